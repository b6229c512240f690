"""Calendar arithmetic against an independent implementation, on every day anybody can start."""

from datetime import date, timedelta

import numpy as np
import pytest
from dateutil.relativedelta import relativedelta

from longwatch.core.dates import add_days, add_months, due_dates, parse_date

FIRST, LAST = date(2014, 1, 1), date(2100, 12, 31)
START_DAYS = [FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)]


def by_counting_months(months: int) -> list[date]:
    """Every start day moved by numpy's calendar: start of the month, then the day, clipped."""
    days = np.array(START_DAYS, dtype="datetime64[D]")
    of_month = (days - days.astype("datetime64[M]")).astype(int)
    month = days.astype("datetime64[M]") + months
    last = ((month + 1).astype("datetime64[D]") - month.astype("datetime64[D]")).astype(int) - 1
    return (month.astype("datetime64[D]") + np.minimum(of_month, last)).tolist()


def test_every_start_day_from_2014_to_2100_ends_its_watch_on_the_right_day():
    """H35, against an independent calendar: the first and the last of 48 months from every day."""
    for months in (1, 48):
        assert [add_months(day, months) for day in START_DAYS] == by_counting_months(months)


def test_every_month_between_from_start_days_in_turn():
    for months in range(2, 48):
        turn = slice(months % 7, None, 7)
        moved = [add_months(day, months) for day in START_DAYS[turn]]
        assert moved == by_counting_months(months)[turn]


@pytest.mark.campaign
def test_every_month_between_from_every_start_day():
    for months in range(2, 48):
        assert [add_months(day, months) for day in START_DAYS] == by_counting_months(months)


def test_dateutil_puts_the_dates_on_the_same_days():
    for months in (1, 3, 6, 12, 48):
        step = relativedelta(months=months)
        assert [day + step for day in START_DAYS[::7]] == by_counting_months(months)[::7]


@pytest.mark.parametrize(
    ("day", "months", "expected"),
    [
        (date(2024, 1, 31), 1, date(2024, 2, 29)),
        (date(2025, 1, 31), 1, date(2025, 2, 28)),
        (date(2024, 2, 29), 12, date(2025, 2, 28)),
        (date(2024, 2, 29), 48, date(2028, 2, 29)),
        (date(2096, 2, 29), 48, date(2100, 2, 28)),
        (date(2025, 3, 31), -1, date(2025, 2, 28)),
        (date(2025, 12, 31), 0, date(2025, 12, 31)),
    ],
)
def test_month_ends(day, months, expected):
    assert add_months(day, months) == expected


def test_the_31st_survives_february_because_dates_count_from_the_anchor():
    assert due_dates(date(2025, 1, 31), 1, date(2025, 5, 31)) == [
        date(2025, 2, 28),
        date(2025, 3, 31),
        date(2025, 4, 30),
        date(2025, 5, 31),
    ]


def test_the_end_of_the_series_belongs_to_it_and_the_day_before_does_not():
    assert len(due_dates(date(2025, 3, 3), 1, date(2029, 3, 3))) == 48
    assert len(due_dates(date(2025, 3, 3), 1, date(2029, 3, 2))) == 47


def test_beyond_the_calendar_is_an_error_and_not_another_day():
    with pytest.raises(OverflowError, match="outside the calendar"):
        add_months(date(9999, 12, 1), 1)


def test_days_cross_a_leap_day():
    assert add_days(date(2024, 2, 28), 2) == date(2024, 3, 1)


@pytest.mark.parametrize(
    "text",
    [
        "03/04/2025",
        "2025-3-4",
        "20250304",
        "2025-02-29",
        "2025-13-01",
        "2025-03-03T10:00",
        "",
        "２０２５-03-03",
    ],
)
def test_a_date_that_is_not_written_year_month_day_is_refused(text):
    with pytest.raises(ValueError, match=r"YYYY-MM-DD|does not exist"):
        parse_date(text)


def test_white_space_around_a_date_does_not_matter():
    assert parse_date(" 2025-03-03 ") == date(2025, 3, 3)
