"""A Record is read from any format, with columns in any order, equal rows once, words as values."""

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from longwatch.core.record import Record, read_small_tables, results_file

HEAD = "patient,date,test,value,unit\n"


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


def test_small_tables_come_without_results(folder):
    there = folder({"results.csv": HEAD + "p1,nonsense\n", "patients.csv": "patient\np1\n"})
    record = read_small_tables(there)

    assert record.results.num_rows == 0
    assert record.problems == ()
    assert record.patients.num_rows == 1
    assert results_file(there) == there / "results.csv"


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
