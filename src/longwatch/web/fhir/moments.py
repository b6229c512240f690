"""FHIR's search on dates: `ge2025`, `lt2026-03-01`, `eq2026-03-01T08:00:00Z`."""

from __future__ import annotations

import re
from calendar import monthrange
from datetime import UTC, date, datetime, timedelta

from django.db.models import Q

from longwatch.feed.fhir_words import RefusedError

_SAID = re.compile(r"(eq|ne|gt|lt|ge|le|sa|eb)?(\d{4})(?:-(\d{2})(?:-(\d{2})(T.+)?)?)?")


def on_days(field: str, said: str) -> Q:
    """The condition on a column of calendar days.

    Raises:
        RefusedError: it is no date of FHIR.
    """
    prefix, first, last, moment = _span(said)
    if moment is not None:
        first = last = moment.date()
    return _compared(field, prefix, first, last)


def on_moments(field: str, said: str) -> Q:
    """The condition on a column of moments; a day without a time zone is a day in UTC."""
    prefix, first, last, moment = _span(said)
    if moment is not None:
        precise = timedelta(seconds=1) - timedelta(microseconds=1)
        return _compared(field, prefix, moment, moment + precise)
    begin = datetime(first.year, first.month, first.day, tzinfo=UTC)
    end = datetime(last.year, last.month, last.day, 23, 59, 59, 999_999, tzinfo=UTC)
    return _compared(field, prefix, begin, end)


def _compared(field: str, prefix: str, first: date, last: date) -> Q:
    if prefix in ("gt", "sa"):
        return Q(**{f"{field}__gt": last})
    if prefix in ("lt", "eb"):
        return Q(**{f"{field}__lt": first})
    if prefix == "ge":
        return Q(**{f"{field}__gte": first})
    if prefix == "le":
        return Q(**{f"{field}__lte": last})
    inside = Q(**{f"{field}__gte": first, f"{field}__lte": last})
    return ~inside if prefix == "ne" else inside


def _span(said: str) -> tuple[str, date, date, datetime | None]:
    found = _SAID.fullmatch(said)
    if found is None:
        raise _unread(said)
    prefix, year, month, day, clock = found.groups()
    try:
        if clock is not None:
            moment = datetime.fromisoformat(f"{year}-{month}-{day}{clock}")
            moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
            day_ = moment.date()
            # Also the last second of a day near the end of the calendar must be within it.
            moment.astimezone(UTC) + timedelta(seconds=1)
            return prefix or "eq", day_, day_, moment
        first = date(int(year), int(month or 1), int(day or 1))
        if day is not None:
            return prefix or "eq", first, first, None
        last_month = int(month or 12)
        last = date(first.year, last_month, monthrange(first.year, last_month)[1])
    except (ValueError, OverflowError):
        raise _unread(said) from None
    return prefix or "eq", first, last, None


def _unread(said: str) -> RefusedError:
    words = "a date is written as 2026, 2026-03 or 2026-03-01, with eq, ne, gt, lt, ge or le before"
    return RefusedError(400, "value", words)
