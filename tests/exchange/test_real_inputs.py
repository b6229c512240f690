"""Real messages of other people: nothing raises, nothing is lost, twice is once."""

from __future__ import annotations

from datetime import datetime

import pytest

from longwatch.core.record import Record
from longwatch.exchange import ImportOptions, import_files
from longwatch.exchange.hl7 import Hl7Options

LATER = datetime.fromisoformat("2031-01-01T08:00")
EVERYTHING = ImportOptions(
    create_patients=True, hl7=Hl7Options(production=frozenset({"P", "T", "D", ""}))
)


def _files(folder):
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize("kind", ["fhir", "hl7v2"])
def test_every_real_file_is_read_and_every_entry_accounted_for(inputs, kind):
    report = import_files([inputs / kind], Record(), LATER)
    assert report.conserved
    assert len(report.files) == len(_files(inputs / kind))
    assert not report.record.problems
    assert sum(report.held.values()) + sum(report.counted.values()) > 0


@pytest.mark.parametrize("kind", ["fhir", "hl7v2"])
def test_importing_real_files_twice_equals_importing_them_once(inputs, kind):
    once = import_files([inputs / kind], Record(), LATER, options=EVERYTHING)
    again = import_files([inputs / kind], once.record, LATER, options=EVERYTHING)
    assert once.conserved
    assert again.conserved
    assert once.record.results.num_rows > 10
    for name, table in once.record.tables().items():
        assert again.record.tables()[name].equals(table), name


def test_real_files_in_reverse_order_give_the_same_results(inputs, rows):
    files = _files(inputs / "fhir")
    forth = import_files(files, Record(), LATER, options=EVERYTHING).record
    back = import_files(files[::-1], Record(), LATER, options=EVERYTHING).record
    assert rows(forth.results, "received") == rows(back.results, "received")


def test_a_real_platelet_count_arrives_with_unit_and_limits(inputs):
    path = inputs / "fhir" / "HL7__US-Core" / "observation-cbc-platelets.json"
    record = import_files([path], Record(), LATER, create_patients=True).record
    (row,) = record.results.to_pylist()
    assert (row["test"], row["value"], row["low"], row["high"]) == ("platelets", 200, 150, 450)


def test_the_hospital_simulators_stream_files_no_result_of_a_stranger(inputs):
    path = inputs / "hl7v2" / "google__simhospital" / "messages.out"
    report = import_files([path], Record(), LATER)
    assert report.conserved
    assert report.record.results.num_rows == 0
    assert report.read > 5_000
