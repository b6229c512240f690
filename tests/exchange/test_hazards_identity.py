"""Hazards of identity: whose a result is; one named test each."""

from __future__ import annotations

import pytest
from tests.exchange.conftest import MRN, only, reasons


def test_H26_twins_with_one_name_and_birth_date_stay_two(make):
    twins = [make.patient("7", name=[{"text": "Roe, Kim"}]), make.patient("8")]
    report = make.load(make.fhir(*twins), record=type(make.clinic())())
    assert report.record.patients["patient"].to_pylist() == ["7", "8"]


@pytest.mark.parametrize(
    "wrong",
    [{"born": "19900502"}, {"sex": "M"}, {"name": "Roe^Maria"}],
    ids=["birth date", "sex", "given name"],
)
def test_H27_a_known_number_with_other_demographics_is_held(make, wrong):
    report = make.load(make.file(make.oru(**wrong)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"identity-conflict": 1}


def test_H27_the_same_number_of_another_authority_is_somebody_else(make):
    report = make.load(make.file(make.oru(who="1^^^OTHER^MR")))
    assert reasons(report) == {"unknown-patient": 1}


def test_H27_two_servers_with_a_patient_of_one_id_are_not_mixed_up(make):
    stranger = make.patient("99", born="1970-01-01") | {"id": "p1"}
    report = make.load(make.fhir(stranger, make.observation(20)))
    assert report.record.results.num_rows == 0
    assert reasons(report) == {"identity-conflict": 2}


def test_H28_a_merge_of_patients_waits_for_a_person(make):
    text = (
        "MSH|^~\\&|ADT|H|||20250602||ADT^A40|9|P|2.5\r"
        f"PID|1||1^^^&{MRN}&URI^MR\rMRG|2^^^&{MRN}&URI^MR\r"
    )
    report = make.load(make.file(text))
    assert set(reasons(report)) == {"unsupported"}
    assert report.record.patients.num_rows == 2


@pytest.mark.parametrize("name", ["Smith^Ann", "ROE^ANN", "Roe-Smith^Ann^M", "Röe^Ánn", "Ann^Roe"])
def test_H29_a_changed_or_swapped_name_with_the_right_number_is_filed(make, name):
    assert make.load(make.file(make.oru(name=name))).record.results.num_rows == 1


def test_H30_results_of_an_unknown_patient_wait_and_are_filed_when_the_patient_comes(make):
    message = make.file(make.oru(who=f"77^^^&{MRN}&URI^MR", born="19800101"))
    early = make.load(message)
    assert reasons(early) == {"unknown-patient": 1}
    late = make.load(make.fhir(make.patient("77", born="1980-01-01")), record=early.record)
    assert only(late.record.results)["patient"] == "77"
    assert late.record.held.num_rows == 0
    together = make.load(message, *make.folder.glob("*.json"))
    assert together.record.results.drop(["received"]).equals(late.record.results.drop(["received"]))


def test_H30_create_patients_files_them_at_once(make):
    report = make.load(make.file(make.oru(who="5^^^H^MR")), create_patients=True)
    assert only(report.record.results)["patient"] == "5"
