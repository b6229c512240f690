"""FHIR that nobody would write: whatever the file says, it is accounted for and nothing raises."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from longwatch.core.record import Record
from longwatch.exchange import import_files
from longwatch.exchange.fhir.read import read_fhir_text

json_values = st.recursive(
    st.none() | st.booleans() | st.integers(-10, 10_000) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=8,
)
NAMES = [
    "status", "code", "subject", "patient", "effectiveDateTime", "effectivePeriod", "issued",
    "valueQuantity", "valueString", "valueCodeableConcept", "valueRange", "component", "identifier",
    "referenceRange", "interpretation", "note", "performer", "meta", "contained", "result",
    "dosage",
    "medicationCodeableConcept", "vaccineCode", "occurrenceDateTime", "performedDateTime", "name",
    "birthDate", "gender", "extension", "modifierExtension", "specimen", "hasMember", "id",
]  # fmt: skip
TYPES = [
    "Patient", "Observation", "DiagnosticReport", "MedicationAdministration", "Procedure",
    "Immunization", "Condition", "Bundle", "MedicationRequest", "Group", "",
]  # fmt: skip


def valid(dice: random.Random) -> dict:
    kind = dice.choice(TYPES[:7])
    day = f"2025-0{dice.randint(1, 9)}-1{dice.randint(0, 9)}"
    coding = dice.choice(
        [
            {"system": "http://loinc.org", "code": "777-3"},
            {"system": "http://hl7.org/fhir/sid/cvx", "code": "187"},
            {"system": "http://www.nlm.nih.gov/research/umls/rxnorm", "code": "117055"},
            {"system": "http://snomed.info/sct", "code": "32273002"},
        ]
    )
    concept = {"coding": [coding], "text": "x"}
    return {
        "resourceType": kind,
        "id": f"i{dice.randint(1, 9)}",
        "status": dice.choice(["final", "completed", "cancelled", "entered-in-error", "corrected"]),
        "code": concept,
        "vaccineCode": concept,
        "medicationCodeableConcept": concept,
        "subject": {"reference": f"Patient/i{dice.randint(1, 3)}"},
        "patient": {"reference": f"Patient/i{dice.randint(1, 3)}"},
        "effectiveDateTime": day,
        "occurrenceDateTime": day,
        "performedDateTime": day,
        "onsetDateTime": day,
        "valueQuantity": {"value": dice.choice([5, 240, -1, 1e9]), "unit": "K/uL"},
        "dosage": {"dose": {"value": 12, "unit": "mg"}},
        "birthDate": "1990-01-01",
        "meta": dice.choice([{}, {"tag": [{"system": "urn:longwatch:table", "code": "results"}]}]),
    }


RELAXED = settings(max_examples=120, deadline=None, suppress_health_check=list(HealthCheck))
MANY = settings(RELAXED, max_examples=5_000)
drawn = given(
    seed=st.integers(0, 10**9),
    changes=st.lists(st.tuples(st.sampled_from(NAMES), json_values), max_size=4),
    kind=st.sampled_from(TYPES),
)


@RELAXED
@drawn
def test_any_resource_is_accounted_for(seed, changes, kind):
    accounted_for(seed, changes, kind)


@pytest.mark.campaign
@MANY
@drawn
def test_any_resource_is_accounted_for_in_many_tries(seed, changes, kind):
    accounted_for(seed, changes, kind)


def accounted_for(seed, changes, kind):
    dice = random.Random(seed)
    resources = [valid(dice) for _ in range(3)]
    for name, value in changes:
        resources[0][name] = value
    if dice.random() < 0.3:
        resources[1]["resourceType"] = kind
    bundle = {"resourceType": "Bundle", "entry": [{"resource": each} for each in resources]}
    with TemporaryDirectory() as folder:
        path = Path(folder) / "x.json"
        path.write_text(json.dumps(bundle))
        once = import_files([path], Record(), datetime.fromisoformat("2026-01-01T08:00"))
        again = import_files([path], once.record, datetime.fromisoformat("2026-01-02T08:00"))
    assert once.conserved
    assert again.conserved
    assert not once.record.problems
    for name, table in once.record.tables().items():
        assert again.record.tables()[name].equals(table), name


@RELAXED
@given(cut=st.integers(0, 2_000), junk=st.text(max_size=5), seed=st.integers(0, 99))
def test_a_file_cut_or_broken_anywhere_raises_nothing(cut, junk, seed):
    text = json.dumps(
        {"resourceType": "Bundle", "entry": [{"resource": valid(random.Random(seed))}]}
    )
    assert list(read_fhir_text(text[:cut] + junk + text[cut + 3 :], "x.json"))


@RELAXED
@given(value=json_values)
def test_any_json_is_answered(value):
    assert list(read_fhir_text(json.dumps(value), "x.json"))
