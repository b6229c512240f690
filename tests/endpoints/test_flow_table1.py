"""Counts of the flow, and the baseline: means, shares, what is missing, differences."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.core.errors import UsageError
from longwatch.endpoints.flow import FLOW, Stage, flow
from longwatch.endpoints.table1 import BASELINE, table1


def test_who_left_is_counted_with_the_reason_and_does_not_come_back() -> None:
    people = {"id": [1, 2, 3, 4], "a": [True, True, False, None], "b": [True, False, True, True]}

    table = flow(people, [Stage("A", "a", "no a"), Stage("B", "b", "no b")]).to_pylist()

    assert [(row["n"], row["left"], row["why"]) for row in table] == [
        (4, 0, None), (2, 2, "no a"), (1, 1, "no b"),
    ]  # fmt: skip


def test_a_flow_of_nobody_has_every_stage() -> None:
    table = flow({"id": [], "a": []}, [Stage("A", "a", "no a")])

    assert table.schema == FLOW
    assert table["n"].to_pylist() == [0, 0]


def test_a_stage_without_its_column_is_refused_by_name() -> None:
    with pytest.raises(UsageError, match="'a' is missing"):
        flow({"id": [1]}, [Stage("A", "a", "no a")])


@given(st.lists(st.tuples(st.booleans(), st.booleans(), st.booleans()), max_size=30))
def test_a_flow_adds_up(rows: list[tuple[bool, bool, bool]]) -> None:
    people = {"id": list(range(len(rows)))}
    people.update({name: [row[at] for row in rows] for at, name in enumerate("abc")})

    table = flow(people, [Stage(name, name, name) for name in "abc"]).to_pylist()

    assert table[-1]["n"] == sum(all(row) for row in rows)
    assert table[0]["n"] - sum(row["left"] for row in table) == table[-1]["n"]


def test_numbers_words_and_what_is_missing() -> None:
    people = {"id": [1, 2, 3, 4], "age": [30.0, 40.0, 50.0, None], "sex": ["f", "m", "f", None]}

    age, female, _ = table1(people, ["age", "sex"]).to_pylist()

    assert (age["n"], age["missing"], age["mean"], age["sd"], age["median"]) == (3, 1, 40, 10, 40)
    assert (female["level"], female["count"], female["n"], female["missing"]) == ("f", 2, 3, 1)
    assert female["share"] == pytest.approx(2 / 3)


def test_groups_differ_in_standard_deviations_not_by_p() -> None:
    # (mean 3 - mean 2) / sqrt((1 + 1) / 2) = 1; shares 1/3 and 2/3: (1/3) / sqrt(2/9)
    people = {"id": list(range(6)), "x": [1, 2, 3, 2, 3, 4], "arm": list("aaabbb"),
              "yes": [True, False, False, True, True, False]}  # fmt: skip

    table = table1(people, ["x", "yes"], by="arm")
    smd = [row["smd"] for row in table.to_pylist() if row["smd"] is not None]

    assert table.schema == BASELINE
    assert "p" not in table.column_names
    assert smd[0] == pytest.approx(1.0)
    assert smd[-1] == pytest.approx((1 / 3) / math.sqrt(2 / 9))


def test_one_person_has_no_standard_deviation_and_nobody_no_mean() -> None:
    one = table1({"id": [1], "age": [30.0]}, ["age"]).to_pylist()[0]
    none = table1({"id": [], "age": []}, ["age"])

    assert (one["mean"], one["sd"]) == (30.0, None)
    assert none.schema == BASELINE
