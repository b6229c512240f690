"""Calendar months, written a second time so that nothing is shared with the engine."""

import calendar
from datetime import date, timedelta
from functools import cache

DAY = timedelta(days=1)


@cache
def months_later(day: date, months: int) -> date:
    """The same day of the month, so many months on; the last day where the month is shorter."""
    year, month = day.year, day.month
    for _ in range(abs(months)):
        month += 1 if months > 0 else -1
        if month == 13:
            year, month = year + 1, 1
        if month == 0:
            year, month = year - 1, 12
    return date(year, month, min(day.day, calendar.monthrange(year, month)[1]))


def days_later(day: date, days: int) -> date:
    return day + timedelta(days=days)
