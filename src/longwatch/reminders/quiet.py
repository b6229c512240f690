"""Quiet hours, by the clock on the person's wall: right on every night, also when clocks change."""

from __future__ import annotations

from datetime import datetime, time, tzinfo


def is_quiet(now: datetime, zone: tzinfo, quiet_from: str, quiet_until: str) -> bool:
    """Whether nothing may ring now.

    Inputs:
        now: with a time zone.
        zone: where the person lives.
        quiet_from, quiet_until: `HH:MM`; the first minute that is quiet, and the first that is
            not; equal ones mean that no hour is quiet.

    >>> from zoneinfo import ZoneInfo
    >>> from datetime import UTC
    >>> berlin = ZoneInfo("Europe/Berlin")
    >>> is_quiet(datetime(2026, 3, 29, 5, 59, tzinfo=UTC), berlin, "20:00", "08:00")
    True
    >>> is_quiet(datetime(2026, 3, 29, 6, 0, tzinfo=UTC), berlin, "20:00", "08:00")
    False
    """
    clock = now.astimezone(zone).time().replace(tzinfo=None)
    start, end = time.fromisoformat(quiet_from), time.fromisoformat(quiet_until)
    if start <= end:
        return start <= clock < end
    return clock >= start or clock < end
