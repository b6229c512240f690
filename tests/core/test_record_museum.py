"""A museum of broken Records: one mistake each, and the words a person needs to mend it.

`FATAL` ones cannot be read at all; `SINGLE` ones lose a row or a cell, which waits in `held`.
"""

import gzip
import os
import zipfile

import pytest
from tests.rights import as_anybody

from longwatch.core.errors import RecordError
from longwatch.core.record import Record

PATIENTS = "patient,birth_date,sex\np1,1980-01-01,female\n"
INFUSIONS = "patient,date,course,day\np1,2025-03-03,1,1\n"
HEAD = "patient,date,test,value,unit,comparator,text,low,status,received\n"
GOOD = "p1,2025-04-01,platelets,240,10*9/L,,,,,\n"

FATAL = {
    "an empty file": ({"results.csv": ""}, ["results.csv", "empty", "column names"]),
    "only line ends": ({"results.csv": "\n\n\n"}, ["results.csv", "empty"]),
    "a required column is missing": (
        {"results.csv": "patient,date,value,unit\n"},
        ["results.csv", "column 'test' is missing", "add it"],
    ),
    "a required column is misspelt": (
        {"results.csv": "patient,date,tests,value,unit\n"},
        ["column 'test' is missing", "'tests'"],
    ),
    "a required column in capitals": (
        {"infusions.csv": "PATIENT,date,course\n"},
        ["column 'patient' is missing", "'PATIENT'"],
    ),
    "two required columns are missing": (
        {"infusions.csv": "patient,day\n"},
        ["column 'date' is missing", "column 'course' is missing"],
    ),
    "semicolons": ({"results.csv": "patient;date;test;unit\n"}, ["separate", "commas"]),
    "one column twice": ({"patients.csv": "patient,sex,sex\n"}, ["'sex'", "twice", ":1:3"]),
    "gzip called csv": ({"results.csv": gzip.compress(b"a" * 9)}, ["gzip", "unpack"]),
    "a spreadsheet called csv": ({"results.csv": b"PK\x03\x04rest"}, ["spreadsheet", "CSV"]),
    "gzip": ({"results.csv.gz": gzip.compress(b"a")}, ["packed", "unpack"]),
    "a spreadsheet": ({"results.xlsx": b"PK\x03\x04"}, ["spreadsheet", "CSV"]),
    "parquet called csv": ({"results.csv": b"PAR1xxxx"}, ["a Parquet file"]),
    "UTF-16": ({"results.csv": HEAD.encode("utf-16")}, ["UTF-16", "UTF-8"]),
    "Latin-1": (
        {"patients.csv": "patient,protocol\np1,x\nM\xfcller,x\n".encode("latin-1")},
        ["patients.csv:3", "not UTF-8"],
    ),
    "line ends of old Macintoshes": ({"results.csv": HEAD.replace("\n", "\r")}, ["LF"]),
    "a NUL byte": ({"results.csv": HEAD + GOOD + "p1\0"}, ["results.csv:3", "NUL"]),
    "a quotation mark that never closes": (
        {"results.csv": HEAD + 'p1,2025-04-01,platelets,240,10*9/L,,"oops,,,\n' + GOOD * 3},
        ["results.csv:2", "not closed"],
    ),
    "a quotation mark that closes in a later row": (
        {
            "results.csv": HEAD
            + GOOD
            + 'p1,2025-04-01,alt,30,U/L,,"a,,,\np1,2025-04-02,alt,30,U/L,,"b",,,\n'
        },
        ["results.csv:3", "not closed"],
    ),
    "a line of a million characters": (
        {"results.csv": HEAD + GOOD + "x" * 1_000_000},
        ["results.csv:3", "longer than"],
    ),
    "too many columns": (
        {"results.csv": ",".join(f"c{n}" for n in range(3000)) + "\n"},
        ["3,000 columns"],
    ),
    "a million columns": (
        {"results.csv": "c" + ",c" * 3_999_999 + "\n"},
        ["results.csv:1", "longer than"],
    ),
    "no table at all": ({"notes.txt": "hello"}, ["no table of a Record", "patients.csv"]),
    "a misspelt table only": ({"patient.csv": PATIENTS}, ["no table", "did you mean patients.csv"]),
    "one table twice": (
        {"results.csv": HEAD, "results.parquet": b"PAR1"},
        ["twice", "results.csv", "results.parquet"],
    ),
    "garbage called parquet": ({"results.parquet": b"garbage" * 9}, ["readable Parquet"]),
    "an empty parquet": ({"results.parquet": b""}, ["results.parquet", "readable Parquet"]),
    "a truncated parquet": ({"results.parquet": b"PAR1\0\0\0PAR1"}, ["readable Parquet"]),
}

SINGLE = {
    "a date that does not exist": (
        "p1,2025-02-30,platelets,240,10*9/L,,,,,",
        "bad-date",
        [":2:2", "does not exist"],
    ),
    "a date with slashes": ("p1,03/04/2025,platelets,240,10*9/L,,,,,", "bad-date", ["YYYY-MM-DD"]),
    "a date in another age": (
        "p1,0225-04-01,platelets,240,10*9/L,,,,,",
        "bad-date",
        ["outside 1890"],
    ),
    "no date": ("p1,,platelets,240,10*9/L,,,,,", "missing-date", ["date is empty"]),
    "no patient": (
        ",2025-04-01,platelets,240,10*9/L,,,,,",
        "missing-patient",
        ["patient is empty"],
    ),
    "a patient nobody knows": (
        "p2,2025-04-01,platelets,240,10*9/L,,,,,",
        "unknown-patient",
        ["'p2'", "not in the patients table"],
    ),
    "no test": ("p1,2025-04-01,,240,10*9/L,,,,,", "bad-row", ["test is empty"]),
    "no unit": ("p1,2025-04-01,platelets,240,,,,,,", "missing-unit", [":2:5", "no unit", "10*9/L"]),
    "an unknown unit": ("p1,2025-04-01,platelets,240,10*9,,,,,", "unknown-unit", ["'10*9'"]),
    "a unit of another property": ("p1,2025-04-01,lymphocytes,20,%,,,,,", "unknown-unit", ["'%'"]),
    "a size wrong by 1000": (
        "p1,2025-04-01,platelets,240,/uL,,,,,",
        "implausible-value",
        [":2:4", "1000"],
    ),
    "a comparator in the value": (
        "p1,2025-04-01,platelets,<5,10*9/L,,,,,",
        "not-a-value",
        ["comparator"],
    ),
    "words in the value": ("p1,2025-04-01,platelets,clumped,10*9/L,,,,,", "not-a-value", ["text"]),
    "a decimal comma": (
        'p1,2025-04-01,platelets,"240,5",10*9/L,,,,,',
        "ambiguous-number",
        ["decimal point"],
    ),
    "not a number": ("p1,2025-04-01,platelets,nan,10*9/L,,,,,", "not-a-value", ["'nan'"]),
    "infinite": ("p1,2025-04-01,platelets,1e999,10*9/L,,,,,", "not-a-value", ["'1e999'"]),
    "an unknown comparator": (
        "p1,2025-04-01,platelets,5,10*9/L,~,,,,",
        "bad-row",
        ["comparator '~'"],
    ),
    "an unknown status": (
        "p1,2025-04-01,platelets,5,10*9/L,,,,Final,",
        "bad-row",
        ["'Final'", "preliminary, final"],
    ),
    "a comparator beside a yes or no": (
        "p1,2025-04-01,hiv,1,{presence},<,,,,",
        "not-a-value",
        ["no comparator"],
    ),
    "half a grade": (
        "p1,2025-04-01,urine_protein,1.7,{ordinal},,,,,",
        "implausible-value",
        ["1.7"],
    ),
    "too few cells": ("p1,2025-04-01,platelets", "bad-row", [":2:", "3 cells", "header 10"]),
    "too many cells": ("p1,2025-04-01,platelets,5,10*9/L,,,,,,,", "bad-row", ["12 cells"]),
}

CELLS = {
    "a limit in words": ("p1,2025-04-01,platelets,240,10*9/L,,,150 to 400,,", "low", [":2:8"]),
    "an arrival with a time zone": (
        "p1,2025-04-01,platelets,240,10*9/L,,,,,2025-04-01T10:00:00Z",
        "received",
        ["without an offset"],
    ),
}


@pytest.mark.parametrize("name", FATAL)
def test_what_cannot_be_read_says_why_and_how_to_mend_it(folder, name):
    files, words = FATAL[name]

    with pytest.raises(RecordError) as error:
        Record.read(folder(files))

    for word in words:
        assert word in str(error.value)


@pytest.mark.parametrize("name", SINGLE)
def test_one_bad_row_is_named_and_held_and_the_others_are_used(folder, name):
    row, reason, words = SINGLE[name]
    record = Record.read(folder({"patients.csv": PATIENTS, "results.csv": f"{HEAD}{row}\n{GOOD}"}))

    assert record.results["value"].to_pylist() == [240.0]
    assert record.held["reason"].to_pylist() == [reason]
    assert row.replace('"', "") in record.held["raw"][0].as_py().replace('"', "")
    assert len(record.problems) == 1
    for word in ["results.csv:2", *words]:
        assert word in str(record.problems[0])


@pytest.mark.parametrize("name", CELLS)
def test_a_bad_cell_beside_the_point_is_emptied_and_reported(folder, name):
    """The platelets still reach the watch: losing the row would hide more than it protects."""
    row, column, words = CELLS[name]
    record = Record.read(folder({"patients.csv": PATIENTS, "results.csv": f"{HEAD}{row}\n"}))

    assert record.results["value"].to_pylist() == [240.0]
    assert record.results[column].to_pylist() == [None]
    assert record.held["table"].to_pylist() == [f"results.{column}"]
    for word in words:
        assert word in str(record.problems[0])


@pytest.mark.parametrize(
    "row",
    [
        "p1,2025-02-30,1,1,given",
        "p1,,1,1,given",
        "p1,2025-03-04,,2,given",
        "p1,2025-03-04,zero,2,given",
        "p1,2025-03-04,0,2,given",
        "p1,2025-03-04,1,2,done",
        "p1,2025-03-04,1",
    ],
)
def test_an_infusion_that_cannot_be_used_leaves_its_patient_incomplete(folder, row, tmp_path):
    head = "patient,date,course,day,status\n"
    record = Record.read(folder({"patients.csv": PATIENTS, "infusions.csv": f"{head}{row}\n"}))

    assert record.infusions.num_rows == 0
    assert "infusions.csv:2" in record.incomplete["p1"]

    record.write(tmp_path / "copy")
    assert Record.read(tmp_path / "copy").incomplete == record.incomplete


def test_an_infusion_not_done_leaves_nothing_open(folder):
    infusions = "patient,date,course,day,status\np1,2025-03-04,,2,not-done\n"
    record = Record.read(folder({"patients.csv": PATIENTS, "infusions.csv": infusions}))

    assert record.held.num_rows == 1
    assert record.incomplete == {}


def test_an_unreadable_dose_does_not_hide_the_infusion(folder):
    infusions = "patient,date,course,dose_mg\np1,2025-03-04,1,twelve\n"
    record = Record.read(folder({"patients.csv": PATIENTS, "infusions.csv": infusions}))

    assert record.infusions.num_rows == 1
    assert record.incomplete == {}
    assert "dose_mg 'twelve'" in str(record.problems[0])


def test_a_patient_twice_with_other_facts_keeps_only_what_agrees(folder):
    patients = (
        "patient,birth_date,sex\np1,1980-01-01,female\np2,1970-01-01,male\np1,1980-01-01,male\n"
    )
    record = Record.read(folder({"patients.csv": patients}))

    assert record.patients.select(["patient", "sex"]).to_pylist() == [
        {"patient": "p1", "sex": None},
        {"patient": "p2", "sex": "male"},
    ]
    assert record.patients["birth_date"].null_count == 0
    assert record.held["reason"].to_pylist() == ["duplicate-conflict"]
    assert record.held["where"].to_pylist() == ["patients.csv:4:1"]


def test_a_patient_with_an_unreadable_sex_stays_on_file(folder):
    record = Record.read(
        folder({"patients.csv": "patient,sex\np1,F\n", "results.csv": HEAD + GOOD})
    )

    assert record.patients["sex"].to_pylist() == [None]
    assert record.results.num_rows == 1
    assert "female, male, other, unknown" in str(record.problems[0])


def test_a_misspelt_optional_column_is_not_passed_over_in_silence(folder):
    text = "patient,date,test,value,unit,comparater\np1,2025-04-01,platelets,5,10*9/L,<\n"
    record = Record.read(folder({"patients.csv": PATIENTS, "results.csv": text}))

    assert "comparater" in record.results.column_names
    assert "did you mean 'comparator'" in str(record.problems[0])


def test_a_folder_that_is_not_there_names_its_likely_neighbour(folder):
    there = folder({"results.csv": HEAD})

    with pytest.raises(RecordError, match=r"no such folder.*did you mean clinic"):
        Record.read(there.parent / "clinc")


def test_a_file_instead_of_a_folder_says_so(folder):
    with pytest.raises(RecordError, match="a Record is a folder"):
        Record.read(folder({"results.csv": HEAD}) / "results.csv")


def test_a_pipe_is_not_waited_for(folder):
    there = folder({"patients.csv": PATIENTS})
    os.mkfifo(there / "results.csv")

    with pytest.raises(RecordError, match="not a regular file"):
        Record.read(there)


def test_a_folder_without_rights_says_so(folder):
    there = folder({"patients.csv": PATIENTS})
    there.chmod(0)
    try:
        with as_anybody(), pytest.raises(RecordError, match="cannot be read"):
            Record.read(there)
    finally:
        there.chmod(0o700)


def test_a_zip_bomb_called_csv_is_not_unpacked(tmp_path):
    with zipfile.ZipFile(tmp_path / "results.csv", "w", zipfile.ZIP_DEFLATED) as bomb:
        bomb.writestr("results.csv", b"0" * 50_000_000)

    with pytest.raises(RecordError, match="zip"):
        Record.read(tmp_path)


def test_an_endless_line_is_refused_without_being_kept_in_memory(tmp_path):
    """One line of 1 GB, as a file with a hole: refused after the first block."""
    with (tmp_path / "results.csv").open("wb") as file:
        file.write(b"patient,date,test,unit\n" + b"x" * 5_000_000)
        file.truncate(1_000_000_000)

    with pytest.raises(RecordError, match=r"results.csv:2.*longer than"):
        Record.read(tmp_path)


def test_every_one_of_many_bad_rows_is_held_though_not_each_is_spelt_out(folder):
    bad = "p1,2025-04-01,platelets,240,K,,,,,\n"
    record = Record.read(folder({"patients.csv": PATIENTS, "results.csv": HEAD + bad * 1500}))

    assert record.held.num_rows == 1500
    assert len(record.problems) == 1001
    assert "and 500 more" in str(record.problems[-1])


def test_the_line_is_right_behind_empty_lines_quoted_line_breaks_and_broken_rows(folder):
    text = (
        HEAD
        + "\n"
        + GOOD
        + 'p1,2025-04-02,platelets,240,10*9/L,,"two\nlines",,,\n'
        + "p1,short\n"
        + "\r\n"
        + "p1,2025-02-30,platelets,240,10*9/L,,,,,\n"
    )
    record = Record.read(folder({"patients.csv": PATIENTS, "results.csv": text}))

    assert [problem.where for problem in record.problems] == ["results.csv:6", "results.csv:8:2"]
    assert record.results["text"].to_pylist() == [None, "two\nlines"]


def test_the_truth_beside_a_virtual_cohort_is_neither_read_nor_complained_of(tmp_path):
    (tmp_path / "patients.csv").write_text("patient\np1\n")
    (tmp_path / "truth.csv").write_text("patient,thyroid\np1,2024-01-01\n")

    record = Record.read(tmp_path)

    assert not [notice for notice in record.notices if "truth" in str(notice)]
    assert "truth" not in record.tables()
