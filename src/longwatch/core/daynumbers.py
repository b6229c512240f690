"""Calendar arithmetic on day numbers (days since 1970-01-01), for code that is also compiled.

The same rules as `core.dates`; a test holds every day of 1900–2200 against it.
"""

from __future__ import annotations


def year_month_day(number: int) -> tuple[int, int, int]:
    """The proleptic Gregorian date of a day number.

    Source: H. Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.

    >>> year_month_day(0)
    (1970, 1, 1)
    """
    shifted = number + 719468
    era = shifted // 146097
    day_of_era = shifted - era * 146097
    year_of_era = (
        day_of_era - day_of_era // 1460 + day_of_era // 36524 - day_of_era // 146096
    ) // 365
    day_of_year = day_of_era - (365 * year_of_era + year_of_era // 4 - year_of_era // 100)
    month0 = (5 * day_of_year + 2) // 153
    day = day_of_year - (153 * month0 + 2) // 5 + 1
    month = month0 + 3 if month0 < 10 else month0 - 9
    year = year_of_era + era * 400 + (1 if month <= 2 else 0)
    return year, month, day


def day_number(year: int, month: int, day: int) -> int:
    """The day number of a date.

    >>> day_number(1970, 1, 2)
    1
    """
    shifted = year - 1 if month <= 2 else year
    era = shifted // 400
    year_of_era = shifted - era * 400
    month0 = month - 3 if month > 2 else month + 9
    day_of_year = (153 * month0 + 2) // 5 + day - 1
    day_of_era = year_of_era * 365 + year_of_era // 4 - year_of_era // 100 + day_of_year
    return era * 146097 + day_of_era - 719468


def days_in_month(year: int, month: int) -> int:
    """28 to 31.

    >>> days_in_month(2024, 2)
    29
    """
    if month == 2:
        leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        return 29 if leap else 28
    return 30 if month in (4, 6, 9, 11) else 31


def months_later(number: int, months: int) -> int:
    """The day number of the same day of the month, `months` later, clipped to the month's end.

    >>> months_later(day_number(2024, 1, 31), 1) == day_number(2024, 2, 29)
    True
    """
    year, month, day = year_month_day(number)
    total = year * 12 + month - 1 + months
    later_year = total // 12
    later_month = total - later_year * 12 + 1
    last = days_in_month(later_year, later_month)
    return day_number(later_year, later_month, min(last, day))
