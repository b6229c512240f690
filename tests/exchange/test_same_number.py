"""A Record's ids and a registry's numbers: one person is one patient in either order of arrival."""

from __future__ import annotations

import pytest

from longwatch.core.record import Record

PATIENTS = "patient,birth_date,sex\n1,1990-05-01,female\n"
RESULTS = "patient,date,test,value,unit\n1,2025-06-03,alt,30,U/L\n"


def folder(make, patients: str = PATIENTS):
    place = make.folder / "record"
    place.mkdir(exist_ok=True)
    (place / "patients.csv").write_text(patients)
    (place / "results.csv").write_text(RESULTS)
    return place


def load_in_turn(make, *paths) -> Record:
    record = Record.from_tables()
    for path in paths:
        record = make.load(path, record=record).record
    return record


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_the_same_number_birth_date_and_sex_are_one_patient_in_both_orders(make, order):
    both = [folder(make), make.fhir(make.patient("1"), make.observation())]
    record = load_in_turn(make, *(both[place] for place in order))

    assert record.patients["patient"].to_pylist() == ["1"]
    assert record.held.num_rows == 0
    assert sorted(record.results["test"].to_pylist()) == ["alt", "platelets"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
@pytest.mark.parametrize(
    "patients", [PATIENTS.replace("1990", "1991"), PATIENTS.replace("female", "male")]
)
def test_another_birth_date_or_sex_waits_for_a_person_with_every_row(make, order, patients):
    both = [folder(make, patients), make.fhir(make.patient("1"), make.observation())]
    record = load_in_turn(make, *(both[place] for place in order))

    assert record.patients["patient"].to_pylist() == ["1"]
    assert record.results.num_rows == 1
    assert {"identity-conflict"} <= set(record.held["reason"].to_pylist())


def test_what_cannot_be_compared_is_not_taken_for_the_same(make):
    record = load_in_turn(
        make, folder(make, "patient\n1\n"), make.fhir(make.patient("1"), make.observation())
    )

    assert record.patients["patient"].to_pylist() == ["1"]
    assert "identity-conflict" in record.held["reason"].to_pylist()
    assert record.results["test"].to_pylist() == ["alt"]


@pytest.mark.parametrize("order", [(0, 1), (1, 0)])
def test_a_second_number_of_the_registry_is_recognized_in_both_orders(make, order, rows):
    two = [{"system": "https://a.example", "value": "X9"}, make.patient("1")["identifier"][0]]
    both = [folder(make), make.fhir(make.patient("1", identifier=two), make.observation())]
    record = load_in_turn(make, *(both[place] for place in order))
    again = make.load(*both, record=record).record

    assert record.patients.num_rows == 1
    assert record.results.num_rows == 2
    assert rows(again.results) == rows(record.results)
    assert again.held.num_rows == 0


def test_a_number_of_two_authorities_stays_two_people(make):
    other = [{"system": "https://other.example/mrn", "value": "1"}]
    twin = make.patient("1", identifier=other)
    record = load_in_turn(
        make, make.fhir(make.patient("1", id="a")), make.fhir({**twin, "id": "b"})
    )

    assert record.patients.num_rows == 2


def test_a_record_read_back_into_itself_changes_nothing(make, tmp_path, rows):
    record = load_in_turn(make, folder(make), make.fhir(make.patient("1"), make.observation()))
    record.write(tmp_path / "copy")
    again = make.load(tmp_path / "copy", record=record).record

    for name, table in record.tables().items():
        assert rows(again.tables()[name]) == rows(table), name
