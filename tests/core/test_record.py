"""A Record comes back as it was written, from any format, in any order, with extra columns."""

import os
from datetime import date, datetime

import pandas as pd
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from longwatch.core.errors import RecordError, UsageError
from longwatch.core.record import Record, read_small_tables, results_file
from longwatch.core.tables import DESK, RECORD

HEAD = "patient,date,test,value,unit\n"

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


def test_columns_stand_in_any_order_and_extra_ones_are_kept(folder):
    text = "unit,lab,value,test,date,patient\nK/uL,north,240,platelets,2025-04-01,0042\n"
    record = Record.read(folder({"results.csv": text}))

    row = record.results.to_pylist()[0]
    assert (row["patient"], row["value"], row["unit"]) == ("0042", 240.0, "K/uL")
    assert row["lab"] == "north"
    assert row["comparator"] is None
    assert record.results.schema.field("received").type == pa.timestamp("us")


@pytest.mark.parametrize("ending", ["\n", "\r\n"])
@pytest.mark.parametrize("mark", ["", "\ufeff"])
@pytest.mark.parametrize("last", ["", "end"])
def test_line_ends_and_byte_order_mark_do_not_matter(folder, ending, mark, last):
    text = ending.join([mark + HEAD.strip(), "p1,2025-04-01,platelets,240,K/uL"])
    record = Record.read(folder({"results.csv": text + (ending if last else "")}))

    assert record.problems == ()
    assert record.results["patient"].to_pylist() == ["p1"]


def test_a_header_without_rows_is_an_empty_table(folder):
    record = Record.read(folder({"results.csv": HEAD.strip()}))

    assert record.results.num_rows == 0


def test_formats_may_be_mixed(folder):
    there = folder({"results.csv": HEAD + "p1,2025-04-01,platelets,240,K/uL\n"})
    pq.write_table(pa.table({"patient": ["p1"], "sex": ["female"]}), there / "patients.parquet")

    record = Record.read(there)

    assert record.problems == ()
    assert record.patients["sex"].to_pylist() == ["female"]
    assert record.results.num_rows == 1


def test_patients_are_taken_from_the_other_tables_when_there_is_no_table_of_them(folder):
    record = Record.read(
        folder(
            {
                "results.csv": HEAD + "p2,2025-04-01,platelets,240,K/uL\n",
                "events.csv": "patient,date,kind\np1,2025-04-01,relapse\np2,2025-05-01,note\n",
            }
        )
    )

    assert record.patients["patient"].to_pylist() == ["p1", "p2"]
    assert any("no table patients" in str(notice) for notice in record.notices)


def test_a_patient_of_whom_only_a_bad_row_is_left_stays_on_file(folder):
    """Without it the patient would vanish from the watch instead of being unknown there."""
    record = Record.read(folder({"infusions.csv": "patient,date,course\np1,2025-02-30,1\n"}))

    assert record.patients["patient"].to_pylist() == ["p1"]
    assert set(record.incomplete) == {"p1"}


def test_a_table_nobody_knows_is_named_and_not_read(folder):
    there = folder({"results.csv": HEAD, "result.csv": "x", "readme.txt": "x"})

    notices = [str(notice) for notice in Record.read(there).notices]

    assert any(
        "result.csv" in notice and "did you mean results.csv" in notice for notice in notices
    )
    assert not any("readme" in notice for notice in notices)


def test_tests_nobody_watches_stay_in_the_table_and_are_counted(folder):
    text = HEAD + "p1,2025-04-01,sodium,140,mmol/L\np1,2025-04-01,PLT,240,K/uL\n"
    record = Record.read(folder({"results.csv": text}))

    assert record.problems == ()
    assert record.results.num_rows == 2
    assert record.unwatched == {"sodium": 1, "PLT": 1}
    assert any("did you mean 'platelets'" in str(notice) for notice in record.notices)


def test_a_word_in_text_is_the_value_of_a_presence_test_and_a_failed_sample_has_none(folder):
    text = (
        "patient,date,test,value,unit,text\n"
        "p1,2025-04-01,hiv,,,Not detected\n"
        "p1,2025-04-01,urine_protein,,,2+\n"
        "p1,2025-04-01,platelets,,10*9/L,clumped\n"
    )
    record = Record.read(folder({"results.csv": text}))

    assert record.held["reason"].to_pylist() == ["not-a-value"]
    assert record.results["value"].to_pylist() == [0.0, 2.0, None]
    assert record.results["unit"].to_pylist() == ["{presence}", "{ordinal}", "10*9/L"]


def test_an_amount_of_urine_protein_becomes_its_grade_and_keeps_the_amount(folder):
    text = (
        "patient,date,test,value,unit,comparator,high\n"
        "p1,2025-04-01,urine_protein,30,mg/dL,,15\n"
        "p1,2025-05-01,urine_protein,300,mg/dL,>,\n"
        "p1,2025-06-01,urine_protein,30,mg/dL,<,\n"
        "p1,2025-07-01,urine_protein,3,{ordinal},,\n"
    )
    results = Record.read(folder({"results.csv": text})).results

    assert results["value"].to_pylist() == [1.0, 3.0, 0.0, 3.0]
    assert results["comparator"].to_pylist() == [None, ">=", None, None]
    assert results["value_high"].to_pylist() == [None, None, 0.5, None]
    assert results["high"].to_pylist() == [0.0, None, None, None]
    assert results["unit"].to_pylist() == ["{ordinal}"] * 4
    assert results["text"].to_pylist()[:2] == ["30 mg/dL", ">300 mg/dL"]


def test_graded_rows_read_back_without_a_problem(folder, tmp_path):
    text = "patient,date,test,value,unit,comparator\np1,2025-05-01,urine_protein,300,mg/dL,>\n"
    first = Record.read(folder({"results.csv": text}))
    first.write(tmp_path / "copy")

    second = Record.read(tmp_path / "copy")

    assert second.problems == ()
    assert second.results.equals(first.results)


def test_equal_rows_count_once_except_among_results(folder):
    infusion = "p1,2025-03-03,1\n"
    result = "p1,2025-04-01,platelets,240,K/uL\n"
    record = Record.read(
        folder(
            {
                "infusions.csv": f"patient,date,course\n{infusion * 3}",
                "results.csv": HEAD + result * 2,
            }
        )
    )

    assert record.infusions.num_rows == 1
    assert record.results.num_rows == 2
    assert any("2 rows repeat" in str(notice) for notice in record.notices)


def test_held_rows_survive_and_are_not_held_twice(folder, tmp_path):
    there = folder({"results.csv": HEAD + "p1,2025-04-01,platelets,240,K\n"})
    first = Record.read(there)
    first.write(tmp_path / "copy")
    (tmp_path / "copy" / "results.csv").write_text((there / "results.csv").read_text())

    again = Record.read(tmp_path / "copy")

    assert first.held.num_rows == 1
    assert again.held.equals(first.held)


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


def test_small_tables_come_without_results(folder):
    there = folder({"results.csv": HEAD + "p1,nonsense\n", "patients.csv": "patient\np1\n"})
    record = read_small_tables(there)

    assert record.results.num_rows == 0
    assert record.problems == ()
    assert record.patients.num_rows == 1
    assert results_file(there) == there / "results.csv"


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


def test_an_emptied_desk_replaces_the_old_one(folder, tmp_path):
    copy = tmp_path / "copy"
    Record.read(folder({"results.csv": HEAD + "p1,2025-04-01,platelets,240,K\n"})).write(copy)
    assert (copy / "held.csv").exists()

    Record.from_tables(patients={"patient": ["p1"]}).write(copy)

    assert Record.read(copy).held.num_rows == 0


def test_an_unknown_format_is_refused(tmp_path):
    with pytest.raises(UsageError, match="xlsx"):
        Record().write(tmp_path, "xlsx")


def test_a_record_of_nothing_has_every_table():
    assert {name: table.schema for name, table in Record().tables().items()} == {**RECORD, **DESK}


def test_one_patient_alone_reads_the_same_as_among_others(folder):
    """Invariant 5, for the Record: other rows, good or bad, change nothing."""
    mine = "p1,2025-04-01,platelets,25000,{cells}/uL\np1,2025-05-01,creatinine,1.02,mg/dL\n"
    others = (
        "p0,2025-01-01,alt,x,U/L\np2,2025-01-01,alt,30,\np2,2025-01-02,urine_protein,30,mg/dL\n"
    )
    alone = Record.read(folder({"results.csv": HEAD + mine})).results
    among = Record.read(folder({"results.csv": HEAD + others + mine + others})).results
    ours = [row for row in among.to_pylist() if row["patient"] == "p1"]

    assert ours == alone.to_pylist()
