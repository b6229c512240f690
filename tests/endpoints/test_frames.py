"""Frames: what comes in, in which order it leaves, and what is refused in words."""

import datetime as dt
import json

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from hypothesis import given
from hypothesis import strategies as st

from longwatch.core.errors import UsageError
from longwatch.endpoints.frames import (
    _order,
    empty,
    frame,
    has_dates,
    people,
    same_days,
    same_ids,
    set_aside,
)

VISITS = {"id": ["b", "a", "b"], "day": [9, 3, 2], "value": [1, 2, 3]}


@pytest.mark.parametrize("make", [dict, pa.table, pd.DataFrame, pl.DataFrame])
def test_any_table_comes_in_and_leaves_sorted(make):
    given_ = make(VISITS)

    table = frame(given_, "visits")

    assert table.to_pydict() == {"id": ["a", "b", "b"], "day": [3, 2, 9], "value": [2, 3, 1]}
    assert table.schema.field("day").type == pa.int32()
    assert frame(table, "visits").equals(table, check_metadata=True)


@given(
    st.lists(
        st.tuples(st.integers(-(2**62), 2**62) | st.integers(0, 3), st.integers(-500, 500)),
        max_size=30,
    ),
    st.booleans(),
)
def test_rows_are_sorted_by_id_and_day_and_keep_their_order_within_a_day(rows, text):
    ids = [str(one) if text else one for one, _ in rows]
    days = [day for _, day in rows]

    table = frame({"id": ids, "day": days, "value": range(len(rows))}, "visits")

    expected = sorted(zip(ids, days, range(len(rows)), strict=True))
    found = [table[name].to_pylist() for name in ("id", "day", "value")]
    assert list(zip(*found, strict=True)) == expected
    owners, starts = people(table)
    assert owners.to_pylist() == sorted(set(ids))
    assert starts[-1] == len(rows)


def test_an_order_too_wide_to_pack_is_the_same():
    owner = np.array([2**61, 0, 2**61, 0])
    days = np.array([5, 9, -(2**31), 9])

    assert _order(owner, days).tolist() == [1, 3, 2, 0]


@pytest.mark.parametrize(
    "dates",
    [
        ["2020-04-01"],
        [dt.date(2020, 4, 1)],
        pa.array(["2020-04-01 23:59"]).cast(pa.timestamp("s")),
        pa.array(["2020-03-31T23:30:00Z"])
        .cast(pa.timestamp("s", "UTC"))
        .cast(pa.timestamp("s", "Europe/Berlin")),
        pd.Series(pd.to_datetime(["2020-04-01 08:00"])),
        np.array(["2020-04-01"], "datetime64[D]"),
    ],
    ids=["text", "date", "datetime", "zone", "pandas", "numpy"],
)
def test_a_date_is_the_calendar_day_at_the_clinic(dates):
    table = frame(pa.table({"id": [1], "date": dates}), "relapses")

    assert table["day"].to_pylist() == [(dt.date(2020, 4, 1) - dt.date(1970, 1, 1)).days]
    assert has_dates(table)


@pytest.mark.parametrize(
    ("kind", "data", "words"),
    [
        ("visits", {"id": [1], "value": [1]}, "column 'day' is missing (or 'date')"),
        ("visits", {"id": [1], "day": [1]}, "column 'value' is missing"),
        ("visits", {"day": [1], "value": [1]}, "column 'id' is missing"),
        ("visits", {"id": [1.5], "day": [1], "value": [1]}, "ids are double"),
        ("visits", {"id": [1], "day": [0.5], "value": [1]}, "column 'day' is not a day"),
        ("visits", {"id": [1], "day": ["soon"], "value": [1]}, "column 'day' is not a day"),
        ("visits", {"id": [1], "date": ["2020-02-30"], "value": [1]}, "is not a day"),
        ("visits", {"id": [1], "day": [True], "value": [1]}, "is not a day"),
        ("visits", {"id": [1], "day": [1], "value": ["3.0"]}, "column 'value' holds string"),
        ("visits", {"id": [1, 2], "day": [1], "value": [1]}, ""),
        ("visits", [1, 2], "list is not a table"),
        ("aes", {"id": [1], "day": [1], "term": [3]}, "column 'term' holds int64"),
        ("relapses", {"id": [1], "day": [1], "confirmed": [2]}, "more than 0 and 1"),
        ("subjects", {"id": [1, 1], "start": [0, 0], "end": [1, 1]}, "1 ids stand there more"),
        ("subjects", {"id": [1], "start": [0], "end": ["2020-01-01"]}, "count days differently"),
        ("vists", {}, "no table is called 'vists'"),
    ],
)
def test_what_cannot_be_read_is_refused_in_words(kind, data, words):
    with pytest.raises(UsageError) as refused:
        frame(data, kind)

    assert words in str(refused.value)


def test_rows_without_id_day_or_value_are_set_aside_and_counted():
    data = {"id": [1, None, 1, 1], "day": [0, 1, None, 3], "value": [1.0, 2.0, 3.0, np.nan]}

    table = frame(data, "visits")

    assert table.num_rows == 1
    assert set_aside(table) == {"no id": 1, "no day": 1, "no value": 1}
    with pytest.raises(UsageError, match="no day in row 3"):
        frame(data, "visits", strict=True)


def test_a_frame_given_again_still_knows_its_dates_and_what_was_set_aside():
    once = frame({"id": [1, 1], "date": ["2020-04-01", None], "value": [3, 3]}, "visits")

    again = frame(once, "visits")

    assert has_dates(again)
    assert again.equals(once, check_metadata=True)


def test_an_empty_table_has_its_columns_and_fits_every_other():
    visits = frame(VISITS, "visits")

    assert empty("relapses", visits).schema.field("id").type == pa.string()
    same_ids(visits, frame({"id": [], "day": []}, "relapses"))
    same_days(visits, frame({"id": [], "day": []}, "relapses"))


def test_ids_that_cannot_meet_are_refused():
    whole = frame({"id": [1], "day": [1]}, "relapses")

    with pytest.raises(UsageError, match="ids are string in visits and int64 in relapses"):
        same_ids(frame(VISITS, "visits"), whole)


def test_words_kept_in_a_dictionary_are_words():
    table = frame({"id": pa.array(["a", "b"]).dictionary_encode(), "day": [1, 2]}, "relapses")

    assert table.schema.field("id").type == pa.string()


def test_further_columns_stay_beside_their_rows():
    table = frame({**VISITS, "site": ["x", "y", "z"]}, "visits")

    assert table["site"].to_pylist() == ["y", "z", "x"]
    assert json.loads(table.schema.metadata[b"longwatch.set_aside"]) == {}
