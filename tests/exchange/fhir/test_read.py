"""What a FHIR resource says, as facts: values, statuses, references, happenings."""

from __future__ import annotations

import json
from datetime import date

import pytest

from longwatch.exchange.fhir.read import read_fhir_text
from longwatch.exchange.intake import Counted, EventFact, InfusionFact, ResultFact, Unreadable

PATIENT = {"resourceType": "Patient", "id": "p1", "identifier": [{"system": "m", "value": "1"}]}
LOINC = "http://loinc.org"


def observation(**more):
    body = {
        "resourceType": "Observation",
        "id": "o1",
        "status": "final",
        "code": {"coding": [{"system": LOINC, "code": "777-3"}]},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-06-02",
        "valueQuantity": {"value": 240, "unit": "K/uL"},
        **more,
    }
    return {name: value for name, value in body.items() if value is not None}


def facts(*resources, kind=None):
    entries = [{"resource": resource} for resource in (PATIENT, *resources)]
    found = list(read_fhir_text(json.dumps({"resourceType": "Bundle", "entry": entries}), "x"))[2:]
    return found if kind is None else [fact for fact in found if isinstance(fact, kind)]


def result(**more):
    (fact,) = facts(observation(**more))
    assert isinstance(fact, ResultFact), fact
    return fact


@pytest.mark.parametrize(
    ("sent", "meant"),
    [
        ("preliminary", "preliminary"),
        ("registered", "preliminary"),
        ("final", "final"),
        ("amended", "corrected"),
        ("corrected", "corrected"),
        ("cancelled", "cancelled"),
        ("entered-in-error", "withdrawn"),
    ],
)
def test_each_status_means_one_of_ours(sent, meant):
    assert result(status=sent).status == meant


VALUES = [
    ({"valueQuantity": {"value": 24.950, "unit": "K/uL"}}, "24.95", "K/uL"),
    ({"valueQuantity": {"value": 5, "comparator": "<", "code": "10*9/L"}}, "<5", "10*9/L"),
    (
        {
            "valueQuantity": {
                "value": 5,
                "unit": "x",
                "system": "http://unitsofmeasure.org",
                "code": "g/L",
            }
        },
        "5",
        "g/L",
    ),
    ({"valueInteger": 3}, "3", None),
    ({"valueString": " 1+ "}, "1+", None),
    (
        {"valueRange": {"low": {"value": 0, "unit": "/HPF"}, "high": {"value": 2, "unit": "/HPF"}}},
        "0-2",
        "/HPF",
    ),
    ({"valueRange": {"low": {"value": 50, "unit": "/HPF"}}}, ">=50", "/HPF"),
    ({"valueCodeableConcept": {"text": "Positive"}}, "Positive", None),
    (
        {
            "valueCodeableConcept": {
                "coding": [{"system": "http://snomed.info/sct", "code": "260385009"}]
            }
        },
        "negative",
        None,
    ),
]


@pytest.mark.parametrize(("value", "text", "unit"), VALUES)
def test_each_kind_of_value_becomes_its_text_and_unit(value, text, unit):
    fact = result(**{"valueQuantity": None, **value})
    assert (fact.value, fact.unit) == (text, unit)


def test_why_there_is_no_value_is_kept_as_a_note():
    fact = result(valueQuantity=None, dataAbsentReason={"text": "specimen clotted"})
    assert (fact.value, fact.note) == ("", "specimen clotted")


def test_each_component_is_a_result_of_its_own():
    parts = [
        {"code": {"coding": [{"system": LOINC, "code": code}]}, "valueQuantity": {"value": value}}
        for code, value in (("8480-6", 120), ("8462-4", 80))
    ]
    found = facts(observation(valueQuantity=None, component=parts))
    assert [(fact.codes[0].code, fact.value) for fact in found] == [
        ("8480-6", "120"),
        ("8462-4", "80"),
    ]
    assert len({fact.source for fact in found}) == 2


def test_limits_are_those_of_the_normal_range_in_the_unit_of_the_value():
    ranges = [
        {"low": {"value": 150, "unit": "K/uL"}, "high": {"value": 400, "unit": "K/uL"}},
        {"type": {"coding": [{"code": "therapeutic"}]}, "low": {"value": 1}},
    ]
    assert (result(referenceRange=ranges).low, result(referenceRange=ranges).high) == ("150", "400")
    other = [{"low": {"value": 150000, "unit": "/uL"}}]
    assert result(referenceRange=other).low is None


def test_a_contained_observation_takes_patient_and_date_from_its_report():
    inner = observation(subject=None, effectiveDateTime=None, id="in")
    report = {
        "resourceType": "DiagnosticReport",
        "id": "r1",
        "status": "final",
        "code": {"text": "CBC"},
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-06-01",
        "contained": [inner],
        "result": [{"reference": "#in"}],
    }
    (fact,) = facts(report, kind=ResultFact)
    assert (fact.date, fact.who.identifiers[0]) == (date(2025, 6, 1), ("m", "1"))


def test_the_report_that_lists_a_result_says_what_the_result_leaves_out():
    report = {
        "resourceType": "DiagnosticReport",
        "status": "final",
        "subject": {"reference": "Patient/p1"},
        "effectiveDateTime": "2025-06-01",
        "result": [{"reference": "Observation/o1"}],
    }
    (fact,) = facts(report, observation(subject=None, effectiveDateTime=None), kind=ResultFact)
    assert (fact.date, fact.who.identifiers[0]) == (date(2025, 6, 1), ("m", "1"))


def test_the_day_of_the_specimen_stands_in_for_a_missing_effective_date():
    specimen = {
        "resourceType": "Specimen",
        "id": "s1",
        "collection": {"collectedDateTime": "2025-05-30"},
    }
    sent = observation(effectiveDateTime=None, specimen={"reference": "Specimen/s1"})
    assert facts(specimen, sent, kind=ResultFact)[0].date == date(2025, 5, 30)


def test_references_by_full_url_lead_to_the_patient_in_the_file():
    url = "urn:uuid:0b0e0c62-0000-4000-8000-000000000001"
    bundle = {
        "resourceType": "Bundle",
        "entry": [
            {"fullUrl": url, "resource": {"resourceType": "Patient", "birthDate": "1990-05-01"}},
            {"resource": observation(subject={"reference": url})},
        ],
    }
    found = [f for f in read_fhir_text(json.dumps(bundle), "x") if isinstance(f, ResultFact)]
    assert found[0].who.birth_date == date(1990, 5, 1)


def test_the_subject_may_be_named_by_an_identifier_alone():
    fact = result(subject={"identifier": {"system": "m", "value": "9"}})
    assert fact.who.identifiers == (("m", "9"),)


def test_a_result_of_a_group_is_counted():
    (item,) = facts(observation(subject={"reference": "Group/g1"}))
    assert item == Counted("Observation of a Group")


def infusion(status="completed", **more):
    return {
        "resourceType": "MedicationAdministration",
        "id": "m1",
        "status": status,
        "medicationCodeableConcept": {
            "coding": [{"system": "http://www.whocc.no/atc", "code": "L04AA34"}]
        },
        "subject": {"reference": "Patient/p1"},
        "effectivePeriod": {
            "start": "2025-03-03T09:00:00+01:00",
            "end": "2025-03-03T13:10:00+01:00",
        },
        "dosage": {"dose": {"value": 0.012, "unit": "g"}},
        **more,
    }


@pytest.mark.parametrize(
    ("status", "meant"),
    [
        ("completed", "given"),
        ("in-progress", "given"),
        ("stopped", "given"),
        ("not-done", "not-done"),
    ],
)
def test_an_infusion_says_day_dose_and_hours(status, meant):
    (fact,) = facts(infusion(status))
    assert isinstance(fact, InfusionFact)
    assert (fact.date, fact.status, fact.dose_mg) == (date(2025, 3, 3), meant, "12")
    assert fact.started is not None
    assert (fact.started.hour, fact.started.tzinfo) == (9, None)


@pytest.mark.parametrize(
    ("resource", "words"),
    [
        (infusion("unknown"), "nobody can tell"),
        (infusion("entered-in-error"), "took this infusion back"),
        (infusion(dosage={"dose": {"value": 12, "unit": "mL"}}), "number of mg"),
        (infusion(effectivePeriod={"start": "2025"}), "not a calendar day"),
    ],
)
def test_an_infusion_that_is_not_clear_is_held(resource, words):
    (fact,) = facts(resource)
    assert isinstance(fact, Unreadable)
    assert words in fact.detail


HAPPENINGS = [
    (
        {
            "resourceType": "Immunization",
            "status": "completed",
            "vaccineCode": {"coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": "187"}]},
            "patient": {"reference": "Patient/p1"},
            "occurrenceDateTime": "2025-01-02",
        },
        ("vaccination", date(2025, 1, 2), None),
    ),
    (
        {
            "resourceType": "Condition",
            "code": {"coding": [{"system": "http://snomed.info/sct", "code": "32273002"}]},
            "subject": {"reference": "Patient/p1"},
            "onsetDateTime": "2025-01-02",
            "abatementDateTime": "2025-02-03",
        },
        ("diagnosis", date(2025, 1, 2), date(2025, 2, 3)),
    ),
    (
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"coding": [{"system": LOINC, "code": "18500-9"}]},
            "subject": {"reference": "Patient/p1"},
            "performedPeriod": {"start": "2025-01-02", "end": "2025-01-02"},
        },
        ("procedure", date(2025, 1, 2), None),
    ),
    (
        {
            "resourceType": "Procedure",
            "status": "completed",
            "code": {"coding": [{"system": "urn:longwatch:event:procedure", "code": "skin-exam"}]},
            "subject": {"reference": "Patient/p1"},
            "performedDateTime": "2025-01-02",
        },
        ("procedure", date(2025, 1, 2), None),
    ),
]


@pytest.mark.parametrize(("resource", "said"), HAPPENINGS)
def test_vaccines_diagnoses_and_examinations_become_events(resource, said):
    (fact,) = facts(resource)
    assert isinstance(fact, EventFact)
    assert (fact.kind, fact.date, fact.end_date) == said


@pytest.mark.parametrize(("resource", "said"), HAPPENINGS[:1] + HAPPENINGS[2:])
def test_what_was_not_done_is_counted(resource, said):
    (item,) = facts(resource | {"status": "not-done"})
    assert isinstance(item, Counted)


def test_a_condition_nobody_watches_is_counted_by_its_code():
    resource = HAPPENINGS[1][0] | {"code": {"coding": [{"system": "x", "code": "E11.9"}]}}
    assert facts(resource) == [Counted("Condition E11.9")]


def test_a_refuted_diagnosis_is_taken_back():
    refuted = {"verificationStatus": {"coding": [{"code": "refuted"}]}}
    (fact,) = facts(HAPPENINGS[1][0] | refuted)
    assert isinstance(fact, EventFact)
    assert fact.withdrawn
