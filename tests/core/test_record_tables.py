"""A Record made of tables in memory: any frame is taken, what cannot be meant is refused."""

from datetime import date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pytest

from longwatch.core.errors import RecordError
from longwatch.core.record import Record
from longwatch.core.tables import DESK, RECORD

moment = datetime  # moments are naive on purpose: the clinic's clock


@pytest.mark.parametrize("make", [pl.DataFrame, pd.DataFrame, pa.table, dict])
def test_any_arrow_frame_is_a_table(make):
    columns = {
        "patient": ["p1", "p1"],
        "date": [date(2025, 4, 1), date(2025, 5, 1)],
        "test": ["platelets", "platelets"],
        "value": [240.0, None],
        "unit": ["K/uL", "K/uL"],
        "status": ["final", "cancelled"],
    }
    record = Record.from_tables(results=make(columns))

    assert record.problems == ()
    assert record.results.schema == RECORD["results"]
    assert record.results["value"].to_pylist() == [240.0, None]


def test_pandas_moments_at_midnight_are_dates_and_nan_is_missing():
    frame = pd.DataFrame(
        {
            "patient": ["p1", "p2"],
            "date": pd.to_datetime(["2025-04-01", "2025-04-02"]),
            "test": pd.Categorical(["alt", "alt"]),
            "value": [30.0, float("nan")],
            "unit": ["U/L", "U/L"],
        }
    )
    record = Record.from_tables(results=frame)

    assert record.results["date"].to_pylist() == [date(2025, 4, 1), date(2025, 4, 2)]
    assert record.results["value"].to_pylist() == [30.0, None]


@pytest.mark.parametrize(
    ("column", "values"),
    [
        ("date", [moment(2025, 4, 1, 12, 30)]),
        ("date", pa.array([moment(2025, 4, 1)], pa.timestamp("us", "UTC"))),
        ("value", [[1.0]]),
        ("test", [True]),
        ("unit", [1.5]),
    ],
)
def test_a_column_of_a_type_that_cannot_be_meant_is_refused(column, values):
    columns = {
        "patient": ["p1"],
        "date": [date(2025, 4, 1)],
        "test": ["alt"],
        "value": [30.0],
        "unit": ["U/L"],
        column: values,
    }
    with pytest.raises(RecordError, match=f"column '{column}' holds"):
        Record.from_tables(results=pa.table(columns))


def test_bad_rows_in_memory_are_named_by_their_number():
    record = Record.from_tables(
        patients={"patient": ["p1"]},
        infusions={"patient": ["p1", "p9"], "date": [date(2025, 3, 3)] * 2, "course": [0, 1]},
    )

    assert [problem.where for problem in record.problems] == [
        "infusions:row 1:3",
        "infusions:row 2:1",
    ]
    assert record.infusions.num_rows == 0


def test_a_table_nobody_knows_is_refused_in_memory():
    with pytest.raises(TypeError, match="no such table: visits"):
        Record.from_tables(visits={"patient": ["p1"]})


def test_a_record_of_nothing_has_every_table():
    assert {name: table.schema for name, table in Record().tables().items()} == {**RECORD, **DESK}
