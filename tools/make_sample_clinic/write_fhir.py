"""The hospital: its registry and its own laboratory, as a FHIR R4 bulk export (ndjson)."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date, timedelta
from decimal import Decimal, InvalidOperation
from typing import Any

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import AS_OF, AUTHORITY, Cell, Draw, Event, Person
from tools.make_sample_clinic.numbers import numbers

STATUS = {"withdrawn": "entered-in-error"}
COMPARATORS = ("<=", ">=", "<", ">")
OWN = "urn:longwatch:event:"
Json = dict[str, Any]


def fhir_files(
    people: list[Person], draws: list[Draw], events: list[tuple[Person, Event]]
) -> dict[str, str]:
    """File name → text: one ndjson file per resource type."""
    registered = [person for person in people if "not-in-registry" not in person.story.quirks]
    shaped = [_happening(person, event) for person, event in events]
    return {
        "Patient.ndjson": _lines(map(_patient, registered)),
        "Observation.ndjson": _lines(part for draw in draws for part in _observations(draw)),
        "MedicationAdministration.ndjson": _lines(
            part for person in registered for part in _infusions(person)
        ),
        **{
            f"{kind}.ndjson": _lines(part for part in shaped if part["resourceType"] == kind)
            for kind in ("Procedure", "Immunization", "Condition")
        },
    }


def _lines(resources: Any) -> str:
    return "".join(
        json.dumps(part, separators=(",", ":"), ensure_ascii=False, default=float) + "\n"
        for part in resources
    )


def _subject(mrn: str) -> Json:
    return {"reference": f"Patient/{mrn}"}


def _patient(person: Person) -> Json:
    return {
        "resourceType": "Patient",
        "id": person.mrn,
        "identifier": [
            {
                "type": {"coding": [{"code": "MR"}]},
                "system": AUTHORITY,
                "value": person.mrn,
            }
        ],
        "name": [{"family": person.family, "given": [person.given]}],
        "gender": person.sex,
        "birthDate": str(person.born),
    }


def _observations(draw: Draw) -> Iterator[Json]:
    for cell in draw.cells:
        yield {
            "resourceType": "Observation",
            "id": f"{draw.mrn}-{draw.day:%y%m%d}-{cell.test.replace('_', '-')}",
            "status": STATUS.get(cell.status, cell.status),
            "code": {"coding": [{"system": "http://loinc.org", "code": _loinc(cell)}]},
            "subject": _subject(draw.mrn),
            "effectiveDateTime": str(draw.day),
            "issued": f"{draw.reported}T07:30:00Z",
            **_value(cell),
        }


def _loinc(cell: Cell) -> str:
    return str(numbers()["loinc"][cell.test])


def _value(cell: Cell) -> Json:
    if not cell.unit:
        return {"valueCodeableConcept": {"text": cell.text}}
    comparator = next((sign for sign in COMPARATORS if cell.text.startswith(sign)), "")
    number = _number(cell.text.removeprefix(comparator))
    if number is None:
        return {"valueString": cell.text}
    quantity: Json = {"value": number, "system": "http://unitsofmeasure.org", "code": cell.unit}
    if comparator:
        quantity["comparator"] = comparator
    limits = {"low": cell.low, "high": cell.high}
    shown = {name: {"value": _number(text)} for name, text in limits.items() if text}
    return {"valueQuantity": quantity, **({"referenceRange": [shown]} if shown else {})}


def _number(text: str) -> Decimal | int | None:
    try:
        number = Decimal(text)
    except InvalidOperation:
        return None
    return number if "." in text else int(number)


def _infusions(person: Person) -> Iterator[Json]:
    dice = Dice(numbers()["seed"], person.mrn, "infusions")
    for course in person.courses:
        for number in range(course.days):
            day = course.start + timedelta(days=number)
            if day > AS_OF:
                continue
            minute = dice.whole(0, 59)
            yield {
                "resourceType": "MedicationAdministration",
                "id": f"{person.mrn}-{day:%y%m%d}",
                **_counted(person, course.number, number + 1),
                "status": "completed",
                "medicationCodeableConcept": {
                    "coding": [
                        {
                            "system": "http://www.nlm.nih.gov/research/umls/rxnorm",
                            "code": "1594658",
                        }
                    ],
                    "text": "alemtuzumab 12 mg/1.2 mL",
                },
                "subject": _subject(person.mrn),
                "effectivePeriod": {
                    "start": f"{day}T09:{minute:02}:00-05:00",
                    "end": f"{day}T13:{minute:02}:00-05:00",
                },
                "dosage": {"dose": {"value": 12, "unit": "mg"}},
            }


def _counted(person: Person, course: int, day: int) -> Json:
    """Course and day as numbers, only where the hospital wrote them itself."""
    if "course-numbers" not in person.story.quirks:
        return {}
    return {
        "extension": [
            {"url": "urn:longwatch:course", "valueInteger": course},
            {"url": "urn:longwatch:day", "valueInteger": day},
        ]
    }


def _happening(person: Person, event: Event) -> Json:
    common = {"id": f"{person.mrn}-{event.code}-{event.day:%y%m%d}"}
    if event.kind == "vaccination":
        return {
            "resourceType": "Immunization",
            **common,
            "status": "completed",
            "vaccineCode": {
                "coding": [{"system": "http://hl7.org/fhir/sid/cvx", "code": event.code}]
            },
            "patient": _subject(person.mrn),
            "occurrenceDateTime": str(event.day),
        }
    if event.kind == "procedure":
        return {
            "resourceType": "Procedure",
            **common,
            "status": "completed",
            "code": {"coding": [{"system": f"{OWN}procedure", "code": event.code}]},
            "subject": _subject(person.mrn),
            "performedDateTime": str(event.day),
        }
    return {
        "resourceType": "Condition",
        **common,
        "code": {"coding": [_diagnosis(event.code)]},
        "subject": _subject(person.mrn),
        "onsetDateTime": str(event.day),
        **({"abatementDateTime": str(event.end)} if event.end else {}),
    }


def _diagnosis(code: str) -> Json:
    if code == "ms":
        return {"system": "http://hl7.org/fhir/sid/icd-10-cm", "code": "G35.A"}
    return {"system": f"{OWN}diagnosis", "code": code}


def planned_days(person: Person) -> Iterator[tuple[date, int, int]]:
    """Day, course and day of the course of every infusion still to come."""
    for course in person.courses:
        for number in range(course.days):
            day = course.start + timedelta(days=number)
            if day > AS_OF:
                yield day, course.number, number + 1
