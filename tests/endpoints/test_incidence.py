"""Adverse events by year: whose time, which year, which event is the first; cases as data."""

import pytest

from longwatch.endpoints.competing import cumulative_incidence, first_events
from longwatch.endpoints.incidence import associated, incidence

YEAR = 365.25
PEOPLE = {"id": ["p", "q"], "start": [0, 0], "end": [1461, 800]}
COURSES = {"id": ["p", "p", "p", "q"], "day": [10, 11, 400, 5]}


def rows(days, *, anchor="first infusion", who=None, people=PEOPLE, bins=(0, 1, 2, 5), **options):
    events = {"id": who or ["p"] * len(days), "day": days, "term": ["itp"] * len(days)}
    found = incidence(
        events, people, anchor=anchor, infusions=COURSES, bins=bins, terms=["itp"], **options
    )
    return found.table.to_pylist()


@pytest.mark.parametrize(
    ("anchor", "day", "expected"),
    [
        ("first infusion", 10, [1, 0, 0]),  # day 0 belongs to the first year
        ("first infusion", 10 + 365, [1, 0, 0]),
        ("first infusion", 10 + 366, [0, 1, 0]),  # after 365.25 days
        ("first infusion", 9, [0, 0, 0]),  # before the first infusion
        ("last infusion", 399, [0, 1, 0]),  # 388 days after day 11
        ("last infusion", 400, [1, 0, 0]),  # the new infusion begins a new year
        ("last infusion", 400 + 366, [0, 1, 0]),
        ("start", 1461, [0, 0, 1]),  # the last day of follow-up counts
        ("start", 1462, [0, 0, 0]),
    ],
)
def test_the_year_of_an_event(anchor, day, expected):
    assert [row["events"] for row in rows([day], anchor=anchor)] == expected


def test_the_upper_limit_belongs_to_the_year():
    """1461 days are four years of 365.25 to the day."""
    found = rows([1461], anchor="start", bins=(0, 4, 5))

    assert [row["events"] for row in found] == [1, 0]
    assert [row["n"] for row in found] == [2, 0]


def test_time_since_the_first_infusion_begins_with_it():
    found = rows([], anchor="first infusion", who=[])

    assert [row["n"] for row in found] == [2, 2, 2]
    assert found[0]["person_years"] == pytest.approx(2)
    assert found[1]["person_years"] == pytest.approx(2)
    assert found[2]["person_years"] == pytest.approx((1451 + 795) / YEAR - 4)


def test_time_since_the_last_infusion_begins_anew_with_each():
    found = rows([], anchor="last infusion", who=[])

    # p: one day, 389 days, 1061 days; q: 795 days.
    assert found[0]["person_years"] == pytest.approx(3 + 1 / YEAR)
    assert found[1]["person_years"] == pytest.approx((389 - YEAR) / YEAR + 2)
    assert found[2]["person_years"] == pytest.approx((1061 + 795) / YEAR - 4)
    assert [row["n"] for row in found] == [2, 2, 2]


def test_an_infusion_before_follow_up_is_day_0_and_its_time_is_not_counted():
    people = {"id": ["p", "q"], "start": [500, 0], "end": [1461, 800]}

    found = rows([], who=[], people=people, bins=(0, 1, 2))

    assert found[0]["n"] == 1
    assert found[0]["person_years"] == pytest.approx(1)
    assert found[1]["person_years"] == pytest.approx(1 + (10 + 2 * YEAR - 500) / YEAR)


def test_first_events_count_once_and_only_until_they_come():
    found = rows([110, 120, 900])

    assert [row["events"] for row in found] == [2, 0, 1]
    assert [row["with_event"] for row in found] == [1, 0, 1]
    assert [row["first_events"] for row in found] == [1, 0, 0]
    assert found[0]["first_person_years"] == pytest.approx(1 + 100 / YEAR)
    assert found[2]["first_person_years"] == pytest.approx((795 - 2 * YEAR) / YEAR)


def test_years_nobody_was_seen_in_have_neither_share_nor_rate():
    last = rows([], who=[], bins=(0, 1, 20, 30))[-1]

    assert (last["n"], last["events"], last["person_years"]) == (0, 0, 0)
    assert (last["share"], last["rate"], last["rate_hi"], last["first_rate"]) == (None,) * 4


def test_without_bins_every_year_somebody_was_seen_in_is_there():
    assert [row["to_year"] for row in rows([], who=[], anchor="start", bins=None)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("within", "expected"),
    [((0, 0), 1), ((0, 1), 2), ((2, 3), 0), ((1, 1), 2), ((0, 400), 2)],
)
def test_events_tied_to_an_infusion_have_a_share_only(within, expected):
    """p: an event on the second infusion day, one day after the first; q: one day after its own."""
    events = {"id": ["p", "q"], "day": [11, 6], "term": ["rash", "rash"]}

    found = associated(events, PEOPLE, COURSES, within, terms=["rash"])

    assert found.table["with_event"].to_pylist() == [expected]
    assert "no rate" in found.method
    assert "rate" not in found.table.column_names


def test_the_first_event_counts_and_a_competing_one_ends_the_time():
    events = {
        "id": ["p", "p", "q", "q"],
        "day": [300, 200, 100, 100],
        "term": ["itp", "thyroid", "death", "itp"],
    }

    times = first_events(events, PEOPLE, "itp", ["death"]).to_pylist()

    # On one day the event looked at comes before the competing one; other terms end nothing.
    assert [(row["time"], row["event"]) for row in times] == [(300, "itp"), (100, "itp")]
    found = cumulative_incidence(
        events, PEOPLE, cause="thyroid", competing=["death"], times=[150, 250]
    )
    assert [row["estimate"] for row in found.table.to_pylist()] == [0, 0.5]
    assert found.events == 2
