"""Times to an event and milestones: what is known, what is censored, what nobody can say."""

import datetime as dt
import math

import pytest

from longwatch.core.errors import UsageError
from longwatch.endpoints.attached import rule_of
from longwatch.endpoints.disability import disability_events
from longwatch.endpoints.frames import set_aside
from longwatch.endpoints.milestones import milestone
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.time_to_event import time_to

RULE = Rule.preset("msprog")
VISITS = {
    "id": [1] * 4 + [2] * 4 + [3],
    "day": [0, 90, 180, 270] * 2 + [0],
    "value": [3, 4, 4, 4, 3, 3, 3, 3, 3],
}
EVENTS = disability_events(VISITS, None, RULE)


def _rows(table):
    names = ("id", "time", "event")
    return [tuple(row[name] for name in names) for row in table.to_pylist()]


def test_the_first_event_or_the_end_of_follow_up():
    subjects = {"id": [2, 1], "start": [0, 0], "end": [300, 300], "arm": ["b", "a"]}

    table = time_to(EVENTS, subjects)

    assert _rows(table) == [(1, 90, True), (2, 300, False)]
    assert table["arm"].to_pylist() == ["a", "b"]
    assert table["status"].to_pylist() == ["event", "censored"]
    assert rule_of(table) == RULE


def test_with_visits_nobody_is_followed_longer_than_measured():
    subjects = {"id": [1, 2, 3, 4], "start": [0] * 4, "end": [400] * 4}

    table = time_to(EVENTS, subjects, visits=VISITS)

    assert _rows(table) == [(1, 90, True), (2, 270, False), (3, None, None), (4, None, None)]
    assert table["status"].to_pylist()[2:] == [
        "not_assessable: one visit",
        "not_assessable: no visit",
    ]


def test_without_a_start_the_first_visit_is_the_start():
    later = {**VISITS, "day": [day + 50 for day in VISITS["day"]]}
    events = disability_events(later, None, RULE)

    table = time_to(events, {"id": [1, 2]}, visits=later)

    assert _rows(table) == [(1, 90, True), (2, 270, False)]


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        (0, 76, "not_assessable: follow-up shorter than confirmation"),
        (0, 77, "censored"),
        (0, None, "not_assessable: no start or end"),
        (None, 300, "not_assessable: no start or end"),
    ],
)
def test_follow_up_that_could_confirm_nothing_says_nothing(start, end, expected):
    table = time_to(EVENTS, {"id": [2], "start": [start], "end": [end]})

    assert table["status"].to_pylist() == [expected]
    assert table["event"].to_pylist() == [False if expected == "censored" else None]


def test_an_event_after_the_end_does_not_count_and_one_before_the_start_is_said():
    subjects = {"id": [1], "start": [0], "end": [89]}
    assert _rows(time_to(EVENTS, subjects)) == [(1, 89, False)]

    late = time_to(EVENTS, {"id": [1], "start": [90], "end": [400]})
    assert late["status"].to_pylist() == ["not_assessable: event before the start"]


def test_events_of_people_who_are_no_subjects_are_counted():
    table = time_to(EVENTS, {"id": [2], "start": [0], "end": [300]})

    assert set_aside(table) == {"event: of nobody among the subjects": 1}


@pytest.mark.parametrize(
    ("changed", "kind", "fits"),
    [
        ({}, "CDW", True),
        ({}, "CDI", False),
        ({"classify": True}, "PIRA", False),
        ({"event": "first"}, "CDW", False),
        ({"event": "multiple", "baseline": "roving"}, "CDI", True),
        ({"event": "multiple", "baseline": "roving"}, "PIRA", False),
        ({"event": "multiple", "baseline": "roving", "classify": True}, "RAW", True),
        ({"event": "firstPIRA", "baseline": "roving"}, "PIRA", True),
    ],
)
def test_a_kind_that_the_rule_would_have_passed_over_is_refused(changed, kind, fits):
    events = disability_events(VISITS, None, RULE.with_(**changed))
    subjects = {"id": [1], "start": [0], "end": [300]}

    if fits:
        assert time_to(events, subjects, kind).num_rows == 1
    else:
        with pytest.raises(UsageError, match=f"did not look for the first {kind}"):
            time_to(events, subjects, kind)


def test_tables_that_do_not_belong_together_are_refused():
    with pytest.raises(UsageError, match="ids are"):
        time_to(EVENTS, {"id": ["1"], "start": [0], "end": [300]})
    dates = {"id": [1], "start": ["2020-01-01"], "end": ["2021-01-01"]}
    with pytest.raises(UsageError, match="count days differently"):
        time_to(EVENTS, dates)
    with pytest.raises(UsageError, match="carries no rule"):
        time_to(EVENTS.replace_schema_metadata(None), dates)


def test_dates_give_the_same_times():
    first = dt.date(2020, 1, 1)
    visits = {**VISITS, "date": [first + dt.timedelta(days=day) for day in VISITS["day"]]}
    del visits["day"]
    subjects = {"id": [1, 2], "start": [first] * 2, "end": [dt.date(2020, 10, 27)] * 2}

    table = time_to(disability_events(visits, None, RULE), subjects)

    assert _rows(table) == [(1, 90, True), (2, 300, False)]


@pytest.mark.parametrize(
    ("values", "status", "time"),
    [
        ([5, 6, 6, 6], "reached", 90),
        ([5, 6, 5, 6], "censored", 270),
        ([5, 7, 6, 5], "reached", 90),
        ([6, 6, 6, 6], "not_assessable: there already at the first visit", None),
        ([6, 5, 6, 6], "reached", 180),
        ([5], "not_assessable: one visit", None),
        ([5, 5, 5, 6], "censored", 270),
    ],
)
def test_a_milestone_is_reached_when_it_is_confirmed(values, status, time):
    visits = {"id": ["a"] * len(values), "day": [90 * n for n in range(len(values))]}

    table = milestone({**visits, "value": values}, None, 6.0, RULE)

    assert table["status"].to_pylist() == [status]
    assert table["time"].to_pylist() == [time]


def test_a_milestone_may_have_to_last_and_is_not_confirmed_in_a_relapse():
    visits = {"id": [1] * 4, "day": [0, 90, 180, 270], "value": [5, 6, 6, 5]}

    lasting = milestone(visits, None, 6, RULE.with_(sustained=math.inf))
    relapsing = milestone(visits, {"id": [1], "day": [170]}, 6, RULE)

    assert lasting["status"].to_pylist() == relapsing["status"].to_pylist() == ["censored"]


def test_milestones_of_nobody_are_an_empty_table_of_the_same_columns():
    none = milestone({"id": [], "day": [], "value": []}, None, 6, RULE)

    assert none.num_rows == 0
    assert none.schema.names == milestone(VISITS, None, 6, RULE).schema.names
