"""Calendar arithmetic, in one place: a month is a calendar month, every interval is closed.

Other engines differ (31 January + 1 month is 28 February here, 2 or 3 March in SQLite and
JavaScript), so no other module of Longwatch adds months or counts days by itself.
"""

from __future__ import annotations

import calendar
import re
from datetime import date, datetime, timedelta

from longwatch.core.errors import Problem, UsageError

_ISO_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


def add_months(day: date, months: int) -> date:
    """Same day of the month, `months` later, clipped to the month's end.

    Inputs:
        day: a calendar date.
        months: whole months, may be negative.

    Raises:
        OverflowError: when the result lies outside the years 1 to 9999.

    >>> add_months(date(2024, 1, 31), 1)
    datetime.date(2024, 2, 29)
    >>> add_months(date(2024, 2, 29), 48)
    datetime.date(2028, 2, 29)
    """
    year, month0 = divmod(day.year * 12 + day.month - 1 + months, 12)
    if not date.min.year <= year <= date.max.year:
        raise OverflowError(f"{day} + {months} months is outside the calendar")
    month = month0 + 1
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def due_dates(anchor: date, every_months: int, end: date, first: int = 1) -> list[date]:
    """The series `add_months(anchor, k * every_months)` for k = first, first + 1, … up to `end`.

    Counted from the anchor and never from each other, so the 31st survives February.

    >>> due_dates(date(2025, 1, 31), 1, date(2025, 3, 31))
    [datetime.date(2025, 2, 28), datetime.date(2025, 3, 31)]
    """
    dates = []
    k = first
    while (due := add_months(anchor, k * every_months)) <= end:
        dates.append(due)
        k += 1
    return dates


def add_days(day: date, days: int) -> date:
    """`days` later (or earlier, when negative).

    >>> add_days(date(2024, 2, 28), 1)
    datetime.date(2024, 2, 29)
    """
    return day + timedelta(days=days)


def parse_date(text: str) -> date:
    """Reads an ISO calendar date; every other writing is refused, because 03/04 is two dates.

    Raises:
        ValueError: with the reason in words.

    >>> parse_date("2025-03-03")
    datetime.date(2025, 3, 3)
    """
    stripped = text.strip()
    if not _ISO_DATE.fullmatch(stripped):
        raise ValueError(f"{text!r} is not a date written YYYY-MM-DD")
    try:
        return date.fromisoformat(stripped)
    except ValueError:
        raise ValueError(f"date {stripped!r} does not exist") from None


def calendar_day(day: object, name: str = "as_of") -> date:
    """`day` when it is a plain date; a text or a moment is refused, not read.

    Inputs:
        name: what the caller calls it.

    Raises:
        UsageError: it is something else.

    >>> calendar_day(date(2025, 6, 1))
    datetime.date(2025, 6, 1)
    """
    if isinstance(day, date) and not isinstance(day, datetime):
        return day
    raise UsageError(
        Problem(
            f"{name} must be a datetime.date, not {type(day).__name__} {day!r}",
            how="give datetime.date(2025, 6, 1), or the .date() of a moment",
        )
    )
