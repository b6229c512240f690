"""Our own rows in FHIR: which elements and extensions carry which column, and the way back.

Everything a stranger needs stands in FHIR's own elements. What FHIR has no place for (when a result
reached the clinic, a clinic's extra columns) stands in extensions `urn:longwatch:column:NAME`.
Columns that were empty although FHIR demands a value are named in `urn:longwatch:empty`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from longwatch.exchange.fhir.codes import own_event
from longwatch.exchange.fhir.document import Document, Entry, business_identifiers
from longwatch.exchange.fhir.elements import Json, codes_of, objects, text_of
from longwatch.exchange.intake import Person
from longwatch.exchange.shelf import Row

TABLE = "urn:longwatch:table"
COLUMN = "urn:longwatch:column:"
EMPTY = "urn:longwatch:empty"
SOURCE = "urn:longwatch:source"
TEST = "urn:longwatch:test"
TYPES = frozenset(
    {
        "Patient",
        "Observation",
        "MedicationAdministration",
        "MedicationRequest",
        "Procedure",
        "Immunization",
        "Condition",
    }
)


def table_of(resource: Json) -> str:
    """The Record's table a resource was written from; '' for a stranger's."""
    meta = resource.get("meta")
    if not isinstance(meta, dict) or resource.get("resourceType") not in TYPES:
        return ""
    for tag in objects(meta.get("tag")):
        if tag.get("system") == TABLE:
            return text_of(tag.get("code"))
    return ""


def extension(name: str, value: Any) -> Json:
    """One column as an extension."""
    url = f"{COLUMN}{name}"
    if isinstance(value, bool):
        return {"url": url, "valueBoolean": value}
    if isinstance(value, int):
        return {"url": url, "valueInteger": value}
    if isinstance(value, float):
        return {"url": url, "valueDecimal": value}
    if isinstance(value, datetime):
        # A FHIR dateTime needs an offset, which clinic time does not have.
        return {"url": url, "valueString": f"datetime {value.isoformat()}"}
    if isinstance(value, date):
        return {"url": url, "valueDate": value.isoformat()}
    return {"url": url, "valueString": f"text {value}"}


def columns_of(resource: Json) -> Row:
    """The columns in the extensions of a resource.

    Raises:
        ValueError: when a value is not what `extension` writes.
    """
    row: Row = {}
    for part in objects(resource.get("extension")):
        name = text_of(part.get("url"))
        if not name.startswith(COLUMN):
            continue
        (key,) = part.keys() - {"url"}
        value = part[key]
        if key == "valueString":
            kind, _, text = value.partition(" ")
            value = datetime.fromisoformat(text) if kind == "datetime" else text
        elif key == "valueDate":
            value = date.fromisoformat(value)
        elif key == "valueInteger":
            value = int(value)
        elif key == "valueDecimal":
            value = float(value)
        row[name.removeprefix(COLUMN)] = value
    return row


def read_row(document: Document, entry: Entry) -> tuple[Person, str, Row]:
    """The person, the table and the columns (without `patient`) of a resource of ours.

    Raises:
        ValueError: when the resource is not as we write it.
    """
    resource, table = entry.resource, table_of(entry.resource)
    try:
        row = _PARTS[table](resource)
        row |= columns_of(resource)
    except (KeyError, TypeError, AttributeError, IndexError) as error:
        raise ValueError(f"not as Longwatch writes {table!r}: {error}") from None
    for part in objects(resource.get("extension")):
        if part.get("url") == EMPTY:
            row[text_of(part.get("valueString"))] = None
    if table == "patients":
        who = Person(
            business_identifiers(resource), row.get("name"), row.get("birth_date"), row.get("sex")
        )
        return who, table, row
    return document.subject(entry)[0], table, row


def _patient(resource: Json) -> Row:
    names = objects(resource.get("name"))
    return {
        "birth_date": _date(resource.get("birthDate")),
        "sex": resource.get("gender"),
        "name": names[0]["text"] if names else None,
    }


def _result(resource: Json) -> Row:
    tests = [code.code for code in codes_of(resource["code"]) if code.system == TEST]
    row: Row = {
        "date": _date(resource["effectiveDateTime"]),
        "test": tests[0],
        "value": None,
        "status": resource["status"],
        "text": resource.get("valueString"),
        "source": None,
    }
    if quantity := resource.get("valueQuantity"):
        row |= {
            "value": _float(quantity["value"]),
            "unit": quantity["code"],
            "comparator": quantity.get("comparator"),
        }
    if span := resource.get("valueRange"):
        row |= {
            "value": _float(span["low"]["value"]),
            "value_high": _float(span["high"]["value"]),
            "unit": span["low"]["code"],
        }
    for limits in objects(resource.get("referenceRange")):
        row |= {end: _float(limits[end]["value"]) for end in ("low", "high") if end in limits}
    for identifier in objects(resource.get("identifier")):
        if identifier.get("system") == SOURCE:
            row["source"] = identifier["value"]
    return row


def _infusion(resource: Json) -> Row:
    dose = resource.get("dosage", {}).get("dose")
    planned = resource["resourceType"] == "MedicationRequest"
    if planned:
        instructions = resource["dosageInstruction"][0]
        when = instructions["timing"]["event"][0]
        doses = objects(instructions.get("doseAndRate"))
        dose = doses[0]["doseQuantity"] if doses else None
    else:
        when = resource["effectiveDateTime"]
    status = {"completed": "given", "not-done": "not-done"}.get(resource["status"], "planned")
    return {
        "date": _date(when),
        "dose_mg": _float(dose["value"]) if dose else None,
        "drug": resource["medicationCodeableConcept"]["text"],
        "status": status,
    }


def _event(resource: Json) -> Row:
    kind = resource["resourceType"]
    concept = resource[
        {
            "Immunization": "vaccineCode",
            "MedicationAdministration": "medicationCodeableConcept",
        }.get(kind, "code")
    ]
    when = {
        "Procedure": "performedDateTime",
        "Immunization": "occurrenceDateTime",
        "MedicationAdministration": "effectiveDateTime",
        "Condition": "onsetDateTime",
    }[kind]
    found = own_event(codes_of(concept))
    notes = objects(resource.get("note"))
    return {
        "date": _date(resource[when]),
        "kind": found[0] if found else None,
        "code": found[1] if found else None,
        "end_date": _date(resource.get("abatementDateTime")),
        "text": notes[0]["text"] if notes else None,
    }


_PARTS = {"patients": _patient, "results": _result, "infusions": _infusion, "events": _event}


def _date(value: Any) -> date | None:
    return None if value is None else date.fromisoformat(value)


def _float(value: Any) -> float:
    if not isinstance(value, Decimal):
        raise ValueError(f"{value!r} is not a number")
    return float(value)


def extras(row: Row, standard: Iterable[str]) -> list[Json]:
    """Extensions for every filled column that has no place of its own."""
    placed = {*standard, "patient"}
    return [
        extension(name, value)
        for name, value in row.items()
        if name not in placed and value is not None
    ]
