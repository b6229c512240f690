"""H24, H39: silence is a finding; a quiet Sunday is none; a wrong clock hides nothing."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from longwatch.alerts.silence import Expected, silences, working_hours

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = frozenset(range(5))


def at(text, zone=BERLIN):
    return datetime.fromisoformat(text).replace(tzinfo=zone)


SET_UP = at("2026-11-02 08:00")
NORTH = Expected("North", 24, SET_UP, WEEK)

CASES = {
    "heard an hour ago": ("2026-11-20 09:00", "2026-11-20 10:00", ()),
    "heard exactly as long ago as agreed": ("2026-11-19 10:00", "2026-11-20 10:00", ()),
    "one minute longer": ("2026-11-19 10:00", "2026-11-20 10:01", (24.0,)),
    "from Friday to Monday only working days count": ("2026-11-20 17:00", "2026-11-23 10:00", ()),
    "on Monday evening it is too long": ("2026-11-20 17:00", "2026-11-23 20:00", (27.0,)),
    "never heard since it was set up": (None, "2026-11-20 10:00", (338.0,)),
    "never heard, but set up today": (None, "2026-11-02 20:00", ()),
    "heard only before it was set up": ("2026-10-01 10:00", "2026-11-02 20:00", ()),
    "a last message from tomorrow is a wrong clock": (
        "2026-11-21 10:00",
        "2026-11-20 10:00",
        (0.0,),
    ),
    "a last message some minutes ahead is none": ("2026-11-20 10:30", "2026-11-20 10:00", ()),
}


@pytest.mark.parametrize("name", CASES)
def test_silence_is_found(name):
    heard, now, hours = CASES[name]
    last = {"North": at(heard)} if heard else {}

    found = silences([NORTH], last, at(now), BERLIN)

    assert [round(one.hours, 1) for one in found] == list(hours)


def test_a_holiday_does_not_count():
    monday = at("2026-11-23 20:00")

    assert silences([NORTH], {"North": at("2026-11-20 17:00")}, monday, BERLIN)
    assert not silences(
        [NORTH], {"North": at("2026-11-20 17:00")}, monday, BERLIN, {date(2026, 11, 23)}
    )


@pytest.mark.parametrize(
    ("begin", "end", "hours"),
    [
        ("2026-03-28 12:00", "2026-03-29 12:00", 23),
        ("2026-10-24 12:00", "2026-10-25 12:00", 25),
        ("2026-03-29 00:00", "2026-03-30 00:00", 23),
        ("2026-11-20 12:00", "2026-11-20 11:00", 0),
    ],
)
def test_on_the_nights_when_clocks_change_hours_are_real_hours(begin, end, hours):
    assert working_hours(at(begin), at(end), BERLIN, frozenset(range(7))) == hours


def test_the_day_is_that_of_the_clinic():
    # Friday 23:30 in Berlin is Friday 22:30 in UTC: the hour after midnight is Saturday.
    friday = at("2026-11-20 22:30", UTC)

    assert working_hours(friday, friday + timedelta(hours=3), BERLIN, WEEK) == 0.5
    # Saturday 02:00 in UTC is Friday 21:00 in New York.
    saturday = at("2026-11-21 02:00", UTC)
    new_york = ZoneInfo("America/New_York")
    assert working_hours(saturday, saturday + timedelta(hours=9), new_york, WEEK) == 3


def test_the_longest_silence_comes_first_and_says_what_to_do():
    south = Expected("South", 4, SET_UP, WEEK)
    last = {"North": at("2026-11-16 10:00"), "South": at("2026-11-13 10:00")}

    found = silences([NORTH, south], last, at("2026-11-20 10:00"), BERLIN)

    assert [one.laboratory for one in found] == ["South", "North"]
    assert found[0].sentence == (
        "South has sent nothing since 2026-11-13 10:00: 120 working hours, more than the 4 agreed. "
        "Results may be missing for everybody it serves. "
        "Ask the laboratory, then look at the connection."
    )
