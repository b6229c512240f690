"""H33: a registry says that somebody has died: what waits for them stops in the same commit."""

import json
from datetime import timedelta

import pytest
from tests.store.messages import MRN, RECEPTION, oru
from tests.store.people import MORNING, adt, believe_the_registry, two_records_of_one_person

from longwatch.store.arrivals import receive
from longwatch.store.models import AuditEntry, HeldItem, Reachability, Result
from longwatch.store.stopping import known_to_have_died


def _tell(trigger="A08", minutes=0, **more):
    raw = adt(trigger, "1", "", control=f"M{minutes}", **{"death": "|Y", **more})
    when = MORNING + timedelta(minutes=minutes)
    return receive(raw, channel="mllp", received=when, reception=RECEPTION)


@pytest.fixture
def people(store):
    two_records_of_one_person()


@pytest.mark.parametrize("trigger", ["A08", "A31", "A03", "A01"])
def test_H33_a_trusted_registry_stops_reminders_whatever_the_message_was_sent_for(people, trigger):
    believe_the_registry()

    assert _tell(trigger).state == "filed"

    assert known_to_have_died("p1")
    assert AuditEntry.objects.filter(action="stopped reminders", patient="p1").exists()
    receive(oru("25", who="1"), channel="mllp", received=MORNING, reception=RECEPTION)
    assert Result.objects.count() == 1, "the record stays and is filled"
    assert _tell(trigger, 5, sent="20250603130000").state == "duplicate"


def test_H33_a_message_without_a_death_stops_nothing(people):
    believe_the_registry()
    for minutes, death in enumerate(("", "|N", "20250602|N")):
        _tell(minutes=minutes, death=death)

    assert not Reachability.objects.exists()


DOUBTS = {
    "the authority is not trusted": (False, {}),
    "the birth date is another": (True, {"born": "19700101"}),
}


@pytest.mark.parametrize("doubt", DOUBTS)
def test_H33_where_it_is_in_doubt_who_died_a_person_decides(people, doubt):
    trusted, more = DOUBTS[doubt]
    if trusted:
        believe_the_registry()

    assert _tell(**more).state == "held"

    assert not known_to_have_died("p1")
    assert HeldItem.objects.filter(resolved_at=None).count() == 1


def _fhir(born="1990-05-01", numbers=({"system": MRN, "value": "1"},), **told):
    known = {"resourceType": "Patient", "id": "77", "gender": "female", "birthDate": born}
    raw = json.dumps({**known, "identifier": list(numbers), **told}).encode()
    return receive(raw, channel="fhir", received=MORNING, reception=RECEPTION)


@pytest.mark.parametrize("told", [{"deceasedBoolean": True}, {"deceasedDateTime": "2025-06"}])
def test_H33_a_FHIR_patient_who_has_died_is_reminded_of_nothing(people, told):
    believe_the_registry()

    assert _fhir(**told).state == "filed"

    assert known_to_have_died("p1")


def test_H33_a_FHIR_patient_who_lives_is_reminded_as_before(people):
    believe_the_registry()
    _fhir(deceasedBoolean=False)
    _fhir()

    assert not Reachability.objects.exists()


FHIR_DOUBTS = {
    "the authority is not trusted": (False, {}),
    "the birth date is another": (True, {"born": "1970-01-01"}),
    "an address on a server is all that is known": (True, {"numbers": ()}),
}


@pytest.mark.parametrize("doubt", FHIR_DOUBTS)
def test_H33_where_a_FHIR_patient_is_in_doubt_a_person_decides(people, doubt):
    trusted, more = FHIR_DOUBTS[doubt]
    if trusted:
        believe_the_registry()
    if "numbers" in more:
        # By number once, so that the address is known as well.
        _fhir()

    assert _fhir(deceasedBoolean=True, **more).state == "held"

    assert not known_to_have_died("p1")
