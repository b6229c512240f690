"""Silence: a laboratory that has sent nothing for longer than it should is a finding of its own.

A feed dies without a word, and a list without new results looks like good news. Hours count on the
laboratory's working days only: a quiet Sunday is no finding.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta, tzinfo

_HOUR = timedelta(hours=1)
_EVERY_DAY = frozenset(range(7))


@dataclass(frozen=True, slots=True)
class Expected:
    """A laboratory that should be heard.

    Inputs:
        laboratory: its name on the channel.
        hours: working hours of silence that are too many; from the clinic's settings.
        since: when it was set up, with offset: from then on it is waited for.
        weekdays: the days on which it sends, Monday is 0.
    """

    laboratory: str
    hours: float
    since: datetime
    weekdays: frozenset[int] = _EVERY_DAY


@dataclass(frozen=True, slots=True)
class Silence:
    """A laboratory not heard.

    Inputs:
        laboratory: which.
        last_heard: when it last sent; None when never.
        hours: working hours since then.
        sentence: what is wrong and what to do, for a person.
    """

    laboratory: str
    last_heard: datetime | None
    hours: float
    sentence: str


def silences(
    expected: Iterable[Expected],
    last_heard: Mapping[str, datetime],
    now: datetime,
    zone: tzinfo,
    holidays: Collection[date] = (),
) -> list[Silence]:
    """The laboratories that have been silent for too long.

    Inputs:
        expected: who should be heard.
        last_heard: by laboratory, when its last message came, with offset.
        now: the moment to judge at, with offset.
        zone: the clinic's time zone, which says what day it is.
        holidays: days on which nobody sends.

    Returns:
        The silent ones, the longest silence first. A last message from the future is a finding,
        too: with a wrong clock nobody would ever be silent.

    >>> from datetime import UTC
    >>> friday = datetime(2026, 11, 20, 17, tzinfo=UTC)
    >>> lab = Expected("North", 24, friday, frozenset(range(5)))
    >>> monday = datetime(2026, 11, 23, 8, tzinfo=UTC)
    >>> silences([lab], {"North": friday}, monday, UTC)
    []
    >>> [found.hours for found in silences([lab], {}, monday + 10 * _HOUR, UTC)]
    [25.0]
    """
    found = []
    for one in expected:
        heard = last_heard.get(one.laboratory)
        if heard is not None and heard > now + _HOUR:
            words = (
                f"The last message of {one.laboratory} is dated {heard:%Y-%m-%d %H:%M}, after now. "
                "Check the clock of this machine: silence cannot be noticed with a wrong one."
            )
            found.append(Silence(one.laboratory, heard, 0.0, words))
            continue
        begin = max(heard, one.since) if heard else one.since
        hours = working_hours(begin, now, zone, one.weekdays, holidays)
        if hours > one.hours:
            found.append(Silence(one.laboratory, heard, hours, _sentence(one, heard, hours, zone)))
    return sorted(found, key=lambda silence: (-silence.hours, silence.laboratory))


def working_hours(
    begin: datetime,
    end: datetime,
    zone: tzinfo,
    weekdays: frozenset[int],
    holidays: Collection[date] = (),
) -> float:
    """The hours between two moments that fall on working days; 0 when `end` is not after `begin`.

    >>> from datetime import UTC
    >>> friday, monday = (datetime(2026, 11, day, 12, tzinfo=UTC) for day in (20, 23))
    >>> working_hours(friday, monday, UTC, frozenset(range(5)))
    24.0
    """
    total = timedelta()
    day = begin.astimezone(zone).date()
    while (dawn := datetime.combine(day, time(), zone)) < end:
        tomorrow = datetime.combine(day + timedelta(days=1), time(), zone)
        if day.weekday() in weekdays and day not in holidays:
            # As instants: on the nights when the clocks change a day has 23 or 25 hours.
            first = max(begin.timestamp(), dawn.timestamp())
            last = min(end.timestamp(), tomorrow.timestamp())
            total += timedelta(seconds=max(0.0, last - first))
        day += timedelta(days=1)
    return total / _HOUR


def _sentence(one: Expected, heard: datetime | None, hours: float, zone: tzinfo) -> str:
    last = f"since {heard.astimezone(zone):%Y-%m-%d %H:%M}" if heard else "at all, ever"
    return (
        f"{one.laboratory} has sent nothing {last}: {hours:.0f} working hours, more than the "
        f"{one.hours:g} agreed. Results may be missing for everybody it serves. "
        "Ask the laboratory, then look at the connection."
    )
