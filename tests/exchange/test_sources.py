"""Where data comes from: every format told by content, folders, mappings, standard input."""

from __future__ import annotations

import io
import json
from datetime import datetime

import pytest

from longwatch.core.errors import ExchangeError
from longwatch.core.record import Record
from longwatch.exchange.sniff import sniff

HEADER = "MRN;Born;Day;Test;Result;Unit"
MAPPING = """
laboratory: C
shape: long
header: [MRN, Born, Day, Test, Result, Unit]
delimiter: ";"
decimal: comma
dates: DD.MM.YYYY
status: final
patient: {column: MRN, authority: "https://clinic.example/mrn", birth_date: Born}
date: Day
test: Test
value: Result
unit: Unit
tests: {PLT: {test: platelets}}
signed_by: [Nora Nurse, Dan Doctor]
signed_on: "2025-01-01"
"""
CSV = f"{HEADER}\n1;01.05.1990;02.06.2025;PLT;240,5;K/uL\n1;01.05.1990;02.06.2025;XYZ;1;K\n"

CONTENTS = [
    ('{"resourceType": "Patient"}', "fhir"),
    ('\ufeff \n{"resourceType": "Patient"}', "fhir"),
    ("MSH|^~\\&|LIS", "hl7"),
    ("\x0bMSH|^~\\&|LIS", "hl7"),
    ("FHS|^~\\&|LIS", "hl7"),
    ("a;b;c\n1;2;3\n", "csv"),
    ("just words", ""),
]


@pytest.mark.parametrize(("content", "kind"), CONTENTS)
def test_a_format_is_told_by_content_whatever_the_name(make, content, kind):
    assert sniff(make.file(content, "data.bin")).format == kind


def test_a_csv_is_read_with_the_mapping_beside_it(make):
    make.file(MAPPING, "mapping.yaml")
    report = make.load(make.folder, make.file(CSV, "c.csv"))
    (row,) = report.record.results.to_pylist()
    assert (row["test"], row["value"], row["laboratory"]) == ("platelets", 240.5, "C")
    assert report.counted["mapping file"] == 1


def test_a_csv_is_read_with_a_mapping_from_elsewhere_chosen_by_its_header(make, tmp_path):
    other = tmp_path / "other.yaml"
    other.write_text(MAPPING.replace("MRN, Born", "Nr, Born").replace("column: MRN", "column: Nr"))
    fitting = tmp_path / "c.yaml"
    fitting.write_text(MAPPING)
    report = make.load(make.file(CSV, "c.csv"), mappings=[other, fitting])
    assert report.record.results.num_rows == 1


def test_a_wrong_mapping_named_by_the_caller_is_refused(make, tmp_path):
    broken = tmp_path / "broken.yaml"
    broken.write_text("shape: long\n")
    with pytest.raises(ExchangeError, match="laboratory"):
        make.load(make.file(CSV, "c.csv"), mappings=[broken])


def test_a_wrong_mapping_found_beside_a_file_is_told(make):
    broken = make.file("shape: long\n", "mapping.yaml")
    report = make.load(broken, make.file(CSV, "c.csv"))
    told = [row["detail"] for row in report.record.held.to_pylist()]
    assert any("laboratory" in words for words in told)


def test_standard_input_is_read(make, monkeypatch):
    class Input:
        buffer = io.BytesIO(make.oru().encode())

    monkeypatch.setattr("sys.stdin", Input)
    assert make.load("-").record.results.num_rows == 1


def test_a_record_is_taken_over_with_its_numbers_and_what_waits(make, tmp_path):
    first = make.load(make.file(make.oru()), make.file(make.oru("clumped", order="B")))
    first.record.write(tmp_path / "record")
    second = make.load(tmp_path / "record", record=Record())
    for name, table in first.record.tables().items():
        assert second.record.tables()[name].num_rows == table.num_rows, name
    assert second.held == {"not-a-value": 1}


def test_a_record_saved_and_read_between_imports_is_the_same_as_one_kept(make, tmp_path, rows):
    paths = [
        make.file(make.oru("90", status="P", sent="20250602100000")),
        make.file(make.oru("<5", "K/uL", order="B", kind="ST")),
        make.file(make.oru("90", sent="20250602120000")),
        make.file(make.oru(who="77^^^H")),
        make.file(make.oru("90", status="W", sent="20250603120000")),
        make.file(make.oru("90", sent="20250602120000")),
    ]
    kept = saved = make.clinic()
    for number, path in enumerate(paths):
        kept = make.load(path, record=kept).record
        saved = make.load(path, record=saved).record
        folder = tmp_path / str(number)
        saved.write(folder)
        saved = Record.read(folder)
    for name in ("patients", "results", "held", "identifiers"):
        assert rows(kept.tables()[name]) == rows(saved.tables()[name]), name


def test_the_record_given_is_left_as_it_was(make):
    before = make.clinic()
    tables = {name: table.to_pylist() for name, table in before.tables().items()}
    make.load(make.file(make.oru()), make.file(json.dumps(make.patient("9"))), record=before)
    assert {name: table.to_pylist() for name, table in before.tables().items()} == tables


def test_a_moment_with_an_offset_is_refused_as_time_of_arrival(make):
    with pytest.raises(ExchangeError, match="offset"):
        make.load(received=datetime.fromisoformat("2025-06-10T08:00+02:00"))


def test_progress_names_each_file_as_it_is_opened(make):
    seen: list[str] = []
    path = make.file(make.oru())
    make.load(path, progress=seen.append)
    assert set(seen) == {str(path)}
