"""A person made known by hand: complete, not twice, and ready for results and a first course."""

from __future__ import annotations

import pytest

NEW = {
    "family": "Quince",
    "given": "Rosa",
    "born": "1990-02-03",
    "sex": "female",
    "number": "Q7001",
    "authority": "Northside",
}


def people():
    from longwatch.store.models import Patient

    return Patient.objects.count()


WRONG = {
    "no name": {**NEW, "family": " ", "given": ""},
    "no day of birth": {**NEW, "born": ""},
    "born tomorrow": {**NEW, "born": "2026-11-23"},
    "no sex": {**NEW, "sex": ""},
    "no number": {**NEW, "number": ""},
    "nobody's number": {**NEW, "authority": ""},
}


@pytest.mark.parametrize("told", WRONG.values(), ids=WRONG)
def test_nobody_becomes_known_half(told, enter):
    before = people()
    assert enter("priya").post("/patients/new", told).status_code == 422
    assert people() == before


def test_somebody_becomes_known_and_is_watched_from_the_first_course_on(enter):
    from longwatch.store.models import Patient

    nurse = enter("priya")
    answer = nurse.post("/patients/new", NEW)
    assert answer.status_code == 302
    person = Patient.objects.get(name="Quince, Rosa")
    assert answer["Location"] == f"/patients/{person.pk}/enter"
    assert list(person.identifiers.values_list("authority", "value")) == [("Northside", "Q7001")]
    planned = nurse.post(f"/patients/{person.pk}/enter", {"step": "course", "day": "2027-03-01"})
    assert planned.status_code == 302
    shown = nurse.get(f"/patients/{person.pk}/readiness").content.decode()
    assert "1 Mar 2027" in shown
    assert "Quince, Rosa" in nurse.get("/patients").content.decode()


def test_nobody_becomes_known_twice(enter):
    nurse = enter("priya")
    twin = {**NEW, "family": "Sorrel", "number": "S1"}
    assert nurse.post("/patients/new", twin).status_code == 302
    before = people()
    same_number = {**twin, "family": "Tansy"}
    assert nurse.post("/patients/new", same_number).status_code == 422
    alike = {**twin, "family": "SORREL", "number": "S2"}
    answer = nurse.post("/patients/new", alike)
    assert answer.status_code == 422
    assert "I have looked" in answer.content.decode()
    assert people() == before
    assert nurse.post("/patients/new", {**alike, "alike": "yes"}).status_code == 302
    assert people() == before + 1
