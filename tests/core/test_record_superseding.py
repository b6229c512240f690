"""A correction whose value cannot be used still takes the corrected value out of force."""

from datetime import date

import pyarrow.parquet as pq
import pytest

from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

HEAD = "patient,date,test,value,comparator,text,unit,status,received\n"
FIRST = "p1,2025-04-01,platelets,240,,,10*9/L,final,2025-04-01T10:00:00\n"
LATER = "p1,2025-04-01,platelets,{},corrected,2025-04-02T10:00:00\n"
INFUSIONS = "patient,date,course,day\np1,2025-03-03,1,1\n"
UNUSABLE = {
    "clumped,,,10*9/L": "clumped 10*9/L",
    "250,,,furlongs": "250 furlongs",
    "250,,,": "250",
    "9999999,,,10*9/L": "9999999 10*9/L",
    "12,~,,10*9/L": "~12 10*9/L",
    "12,~,see note,K": "see note (~12 K)",
}


def clinic(folder, *rows):
    return folder(
        {
            "patients.csv": "patient,sex\np1,female\n",
            "infusions.csv": INFUSIONS,
            "results.csv": HEAD + "".join(rows),
        }
    )


def platelets_missing(record):
    status = watch(load_protocol("alemtuzumab-us"), record, date(2025, 4, 5)).status.to_pylist()
    (row,) = (row for row in status if row["activity"] == "cbc")
    return "platelets" in (row["missing"] or "")


@pytest.mark.parametrize("sent", UNUSABLE)
def test_a_correction_without_a_usable_value_leaves_the_test_unanswered(folder, sent):
    before = Record.read(clinic(folder, FIRST))
    after = Record.read(clinic(folder, FIRST, LATER.format(sent)))

    assert not platelets_missing(before)
    assert platelets_missing(after)
    kept = after.results.to_pylist()[1]
    assert (kept["value"], kept["comparator"], kept["text"]) == (None, None, UNUSABLE[sent])
    assert after.problems
    assert {row["patient"] for row in after.held.to_pylist()} == {"p1"}


@pytest.mark.parametrize("kind", ["csv", "parquet"])
def test_it_is_written_and_read_back_as_it_is(folder, tmp_path, kind):
    record = Record.read(clinic(folder, FIRST, LATER.format("clumped,,,10*9/L")))

    record.write(tmp_path / "copy", kind)
    again = Record.read(tmp_path / "copy")

    assert again.problems == ()
    assert again.results.equals(record.results)
    assert again.held.equals(record.held)
    assert platelets_missing(again)


def test_it_holds_for_typed_columns_too(folder, tmp_path):
    there = clinic(folder, FIRST, LATER.format("250,,,10*9/L"))
    table = Record.read(there).results
    wrong = table.set_column(3, "value", [[240.0, 9e9]])
    pq.write_table(wrong, there / "results.parquet")
    (there / "results.csv").unlink()

    assert platelets_missing(Record.read(there))


def test_a_newer_correction_with_a_value_wins(folder):
    newer = LATER.format("180,,,10*9/L").replace("04-02T", "04-03T")
    record = Record.read(clinic(folder, FIRST, LATER.format("clumped,,,10*9/L"), newer))

    assert not platelets_missing(record)


def test_a_cancellation_with_an_unusable_value_still_retracts(folder):
    row = LATER.format("240,,,furlongs").replace("corrected", "cancelled")

    assert platelets_missing(Record.read(clinic(folder, FIRST, row)))


def test_a_final_result_without_a_usable_value_is_only_held(folder):
    row = LATER.format("clumped,,,10*9/L").replace("corrected", "final")
    record = Record.read(clinic(folder, FIRST, row))

    assert record.results.num_rows == 1
    assert record.held.num_rows == 1


@pytest.mark.parametrize("sent", ["negative,,,{presence}", "negative,,,", "1,<,negative,"])
def test_a_word_in_the_wrong_column_does_not_become_a_value_on_the_second_reading(
    folder, tmp_path, sent
):
    row = LATER.format(sent).replace("platelets", "hiv")
    record = Record.read(clinic(folder, row))
    record.write(tmp_path / "copy")

    assert record.results["value"].to_pylist() == [None]
    assert Record.read(tmp_path / "copy").results.equals(record.results)
