"""Reports of relapses: near ones are one relapse, at the day of the first."""

import datetime as dt

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longwatch.core.errors import UsageError
from longwatch.endpoints.attached import rule_of
from longwatch.endpoints.frames import set_aside
from longwatch.endpoints.relapses import relapse_days
from longwatch.endpoints.rule import Rule

CARE_MS = Rule.preset("care-ms")


@pytest.mark.parametrize(
    ("days", "expected"),
    [
        ([0, 29], [0]),
        ([0, 30], [0, 30]),
        ([0, 20, 40], [0, 40]),
        ([0, 20, 40, 60, 69, 70], [0, 40, 70]),
        ([5, 5, 5], [5]),
        ([100, 0], [0, 100]),
        ([], []),
    ],
)
def test_a_report_within_30_days_of_a_relapse_is_part_of_it(days, expected):
    found = relapse_days({"id": ["a"] * len(days), "day": days}, CARE_MS)

    assert found["day"].to_pylist() == expected
    assert sum(found["reports"].to_pylist()) == len(days)
    assert rule_of(found) == CARE_MS


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(st.integers(1, 3), st.integers(0, 150)), max_size=20), st.integers(0, 60))
def test_each_relapse_begins_long_enough_after_the_one_before(reports, apart):
    rule = CARE_MS.with_(relapse_apart=apart)
    expected = []
    for person, day in sorted(reports):
        last = expected[-1] if expected and expected[-1][0] == person else None
        if last is None or day - last[1] >= max(apart, 1):
            expected.append((person, day))

    found = relapse_days(
        {"id": [one for one, _ in reports], "day": [day for _, day in reports]}, rule
    )

    pairs = zip(found["id"].to_pylist(), found["day"].to_pylist(), strict=True)
    assert [(int(one), day) for one, day in pairs] == expected


def test_dates_stay_dates():
    found = relapse_days({"id": [1, 1], "date": ["2020-01-01", "2020-03-01"]}, CARE_MS)

    assert found["day"].to_pylist() == [dt.date(2020, 1, 1), dt.date(2020, 3, 1)]


def test_a_rule_for_confirmed_relapses_leaves_the_others_out_and_counts_them():
    rule = CARE_MS.with_(relapses_confirmed=True)
    reports = {"id": [1, 1, 1], "day": [0, 100, 200], "confirmed": [True, False, None]}

    found = relapse_days(reports, rule)

    assert found["day"].to_pylist() == [0]
    assert set_aside(found) == {"relapse: not confirmed": 2}
    with pytest.raises(UsageError, match="column 'confirmed' is missing"):
        relapse_days({"id": [1], "day": [0]}, rule)
