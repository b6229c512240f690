"""A Record comes back as it was written, sorted, in either format; writing is whole or nothing."""

import os
from datetime import date, datetime

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longwatch.core.errors import RecordError, UsageError
from longwatch.core.record import Record, results_file
from longwatch.core.tables import RECORD

BAD_UNIT = "patient,date,test,value,unit\np1,2025-04-01,platelets,240,K\n"

moment = datetime  # moments are naive on purpose: the clinic's clock

ids = st.sampled_from(["p1", "0042", "Ünal-7", "=1+1", "N/A", 'a,"b'])
days = st.dates(date(1900, 1, 1), date(2199, 12, 31))
moments = st.none() | st.datetimes(moment(2000, 1, 1), moment(2100, 1, 1))
words = st.none() | st.text(
    st.characters(codec="utf-8", exclude_characters="\0", exclude_categories=["Cs"]), min_size=1
)
names = st.none() | st.text("abcxyz0189-_ =+@,\"'", min_size=1).filter(lambda t: t == t.strip())
amounts = st.none() | st.floats(min_value=0.5, max_value=4000, allow_nan=False)
results = st.fixed_dictionaries(
    {
        "patient": ids,
        "date": days,
        "test": st.just("alt"),
        "value": st.floats(min_value=1, max_value=49000),
        "comparator": st.sampled_from([None, "<", "<=", ">", ">="]),
        "text": words,
        "unit": st.sampled_from(["U/L", "[IU]/L"]),
        "low": amounts,
        "high": amounts,
        "status": st.sampled_from([None, "preliminary", "final", "corrected", "cancelled"]),
        "source": names,
        "received": moments,
        "lot": names,
    }
)
infusions = st.fixed_dictionaries(
    {
        "patient": ids,
        "date": days,
        "course": st.integers(1, 9),
        "day": st.none() | st.integers(1, 5),
        "dose_mg": amounts,
        "drug": names,
        "started": moments,
        "ended": moments,
        "status": st.sampled_from([None, "planned", "given", "not-done"]),
    }
)


@settings(max_examples=40, deadline=None)
@given(
    st.lists(results, max_size=6),
    st.lists(infusions, max_size=4),
    st.sampled_from(["csv", "parquet"]),
)
def test_what_was_written_is_read_back(tmp_path_factory, result_rows, infusion_rows, kind):
    """Invariant 9, with quotes, line breaks, formulas and letters of every alphabet."""
    path = tmp_path_factory.mktemp("record")
    lot = pa.field("lot", pa.string())
    record = Record.from_tables(
        results=pa.Table.from_pylist(result_rows, RECORD["results"].append(lot)),
        infusions=pa.Table.from_pylist(infusion_rows, RECORD["infusions"]),
    ).sorted()
    assert record.problems == ()
    assert record.results.num_rows == len(result_rows)

    record.write(path, kind)
    again = Record.read(path)

    assert again.problems == ()
    for name, table in record.tables().items():
        assert again.tables()[name].equals(table), name


def test_graded_rows_read_back_without_a_problem(folder, tmp_path):
    text = "patient,date,test,value,unit,comparator\np1,2025-05-01,urine_protein,300,mg/dL,>\n"
    first = Record.read(folder({"results.csv": text}))
    first.write(tmp_path / "copy")

    second = Record.read(tmp_path / "copy")

    assert second.problems == ()
    assert second.results.equals(first.results)


def test_held_rows_survive_and_are_not_held_twice(folder, tmp_path):
    there = folder({"results.csv": BAD_UNIT})
    first = Record.read(there)
    first.write(tmp_path / "copy")
    (tmp_path / "copy" / "results.csv").write_text((there / "results.csv").read_text())

    again = Record.read(tmp_path / "copy")

    assert first.held.num_rows == 1
    assert again.held.equals(first.held)


def test_an_emptied_desk_replaces_the_old_one(folder, tmp_path):
    copy = tmp_path / "copy"
    Record.read(folder({"results.csv": BAD_UNIT})).write(copy)
    assert (copy / "held.csv").exists()

    Record.from_tables(patients={"patient": ["p1"]}).write(copy)

    assert Record.read(copy).held.num_rows == 0


def test_sorting_is_by_patient_and_day_and_keeps_the_order_within_a_day():
    record = Record.from_tables(
        results={
            "patient": ["b", "a", "b", "a", "b"],
            "date": [date(2025, 1, d) for d in (2, 9, 1, 3, 2)],
            "test": ["alt"] * 5,
            "value": [1.0, 2.0, 3.0, 4.0, 5.0],
            "unit": ["U/L"] * 5,
        }
    ).sorted()

    assert record.results["value"].to_pylist() == [4.0, 2.0, 3.0, 1.0, 5.0]
    assert record.results.schema.metadata == {b"longwatch.sorted": b"patient,date"}


def test_parquet_says_that_it_is_sorted(tmp_path):
    Record.from_tables(
        results={
            "patient": ["p1"],
            "date": [date(2025, 4, 1)],
            "test": ["alt"],
            "value": [1.0],
            "unit": ["U/L"],
        }
    ).write(tmp_path, "parquet")

    schema = pq.read_schema(results_file(tmp_path))

    assert schema.metadata[b"longwatch.sorted"] == b"patient,date"


def test_writing_another_format_leaves_one_file_per_table_and_strangers_alone(tmp_path):
    record = Record.from_tables(patients={"patient": ["p1"]})
    (tmp_path / "notes.txt").write_text("keep me")
    record.write(tmp_path, "csv")
    record.write(tmp_path, "parquet")

    assert sorted(os.listdir(tmp_path)) == sorted(
        ["notes.txt", *(f"{name}.parquet" for name in RECORD)]
    )
    assert os.listdir(tmp_path.parent).count(tmp_path.name) == 1
    assert not [
        name for name in os.listdir(tmp_path.parent) if name.startswith(f".{tmp_path.name}")
    ]


def test_a_write_that_fails_leaves_the_old_files(tmp_path, monkeypatch):
    old = Record.from_tables(patients={"patient": ["old"]})
    old.write(tmp_path / "clinic")

    def full_disk(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", full_disk)
    with pytest.raises(RecordError, match="No space left"):
        Record.from_tables(patients={"patient": ["new"]}).write(tmp_path / "clinic")

    assert Record.read(tmp_path / "clinic").patients["patient"].to_pylist() == ["old"]
    assert os.listdir(tmp_path) == ["clinic"]


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="xlsx"):
        Record().write(tmp_path, "xlsx")
