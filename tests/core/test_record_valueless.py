"""A numeric result without a value is read from its text, or shown to a person; never silent."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from longwatch.core.record import Record

DAY = date(2025, 3, 1)


def record(**cells: object) -> Record:
    row = {"patient": "p1", "date": DAY, "test": "platelets", "value": None, "unit": "10*9/L"}
    return Record.from_tables(results={name: [cell] for name, cell in (row | cells).items()})


@pytest.mark.parametrize(
    ("cells", "value", "comparator", "high"),
    [
        ({"text": "<5"}, 5.0, "<", None),
        ({"text": "12"}, 12.0, None, None),
        ({"text": "5", "comparator": "<"}, 5.0, "<", None),
        ({"text": "12", "value": float("nan")}, 12.0, None, None),
        ({"text": "12000", "unit": "/uL"}, 12000.0, None, None),
        ({"text": "3-5", "test": "urine_rbc", "unit": "/[HPF]"}, 3.0, None, 5.0),
    ],
)
def test_a_value_that_stands_in_the_text_is_taken_in_the_rows_own_unit(
    cells: dict[str, object], value: float, comparator: str | None, high: float | None
) -> None:
    read = record(**cells)
    row = read.results.to_pylist()[0]
    assert (row["value"], row["comparator"], row.get("value_high")) == (value, comparator, high)
    assert row["unit"] == cells.get("unit", "10*9/L")
    assert read.problems == ()
    assert read.held.num_rows == 0


@pytest.mark.parametrize(
    ("cells", "reason"),
    [
        ({}, "missing-value"),
        ({"value": float("nan")}, "missing-value"),
        ({"text": "clumped"}, "not-a-value"),
        ({"text": "TNTC", "test": "urine_rbc", "unit": "/[HPF]"}, "not-a-value"),
        ({"text": "12", "unit": None}, "missing-unit"),
        ({"text": "90000"}, "implausible-value"),
        ({"text": "clumped", "status": "corrected"}, "not-a-value"),
    ],
)
def test_a_text_that_is_no_value_stays_in_the_table_and_waits_for_a_person(
    cells: dict[str, object], reason: str
) -> None:
    read = record(**cells)
    assert read.results["value"].to_pylist() == [None]
    assert read.held["reason"].to_pylist() == [reason]
    assert len(read.problems) == 1
    assert cells.get("test", "platelets") in str(read.problems[0])


def test_a_cancelled_result_needs_no_value() -> None:
    read = record(status="cancelled", text="sample clotted")
    assert read.problems == ()
    assert read.held.num_rows == 0


def test_a_test_that_nobody_watches_needs_no_value() -> None:
    assert record(test="vitamin-x", text="plenty").held.num_rows == 0


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_a_row_that_waits_already_is_not_reported_again(tmp_path: Path, kind: str) -> None:
    first = record(text="clumped")
    first.write(tmp_path, kind)  # type: ignore[arg-type]
    again = Record.read(tmp_path)
    assert again.problems == ()
    assert again.held["id"].to_pylist() == first.held["id"].to_pylist()


def test_another_day_of_the_same_test_is_reported_although_one_waits() -> None:
    waiting = record(text="clumped").held
    both = Record.from_tables(
        held=waiting,
        results={
            "patient": ["p1", "p1"],
            "date": [DAY, date(2025, 4, 1)],
            "test": ["platelets", "platelets"],
            "value": [None, None],
            "text": ["clumped", "clumped"],
            "unit": ["10*9/L", "10*9/L"],
        },
    )
    assert len(both.problems) == 1
    assert both.held.num_rows == 2


def test_a_correction_that_came_again_with_its_value_is_no_longer_reported() -> None:
    rows = {
        "patient": ["p1", "p1"],
        "date": [DAY, DAY],
        "test": ["platelets", "platelets"],
        "value": [None, 7.0],
        "text": ["7 furlongs", None],
        "unit": [None, "10*9/L"],
        "status": ["corrected", "corrected"],
    }
    assert Record.from_tables(results=rows).problems == ()
    alone = {name: cells[:1] for name, cells in rows.items()}
    assert len(Record.from_tables(results=alone).problems) == 1
