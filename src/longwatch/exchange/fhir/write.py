"""A Record as FHIR R4: one resource per row, within what R4 and R4B have in common.

What is only ours stands in extensions (`own`), so that reading it back gives the same rows. The
table `held` stays here: what could not be filed is not for others.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from typing import Any

from longwatch.core.catalogue import catalogue
from longwatch.core.record import Record
from longwatch.exchange.fhir.codes import OWN_EVENT, sent_codes
from longwatch.exchange.fhir.elements import UCUM, Json
from longwatch.exchange.fhir.own import EMPTY, SOURCE, TABLE, TEST, extras
from longwatch.exchange.intake import LOINC
from longwatch.exchange.matching import OWN_PATIENT, UNNAMED
from longwatch.exchange.shelf import Row

BASE = "https://longwatch.invalid/fhir"
ABSENT = "http://terminology.hl7.org/CodeSystem/data-absent-reason"
_ID = re.compile(r"[A-Za-z0-9.-]{1,64}")
_KINDS = {"procedure": "Procedure", "vaccination": "Immunization"}


def resources(record: Record) -> Iterator[Json]:
    """Every row of patients, infusions, results and events as a resource, patients first.

    >>> next(resources(Record.from_tables(patients={"patient": ["p1"]})))["resourceType"]
    'Patient'
    """
    numbers: dict[str, list[tuple[str, str]]] = {}
    for row in record.identifiers.to_pylist():
        numbers.setdefault(row["patient"], []).append((row["authority"], row["value"]))
    for row in _rows(record.patients):
        yield _patient(row, numbers.get(row["patient"], []))
    for row in _rows(record.infusions):
        yield _infusion(row)
    for row in _rows(record.results):
        yield _result(row)
    for row in _rows(record.events):
        yield _event(row)


def resource_of(table: str, row: Row) -> Json:
    """One row as a resource.

    Inputs:
        table: `patients`, `infusions`, `results` or `events`.
        row: the columns; `patient` is needed.

    >>> resource_of("patients", {"patient": "p1", "sex": "female"})["gender"]
    'female'
    """
    if table == "patients":
        return _patient(row, [])
    written = {"infusions": _infusion, "results": _result, "events": _event}
    return written[table](row)


def bundle_text(record: Record) -> Iterator[str]:
    """One Bundle (type collection) in pieces of text."""
    yield '{"resourceType":"Bundle","type":"collection","entry":['
    for number, resource in enumerate(resources(record)):
        url = f"{BASE}/{resource['resourceType']}/{resource['id']}"
        yield ("," if number else "") + "\n" + line({"fullUrl": url, "resource": resource})
    yield "\n]}\n"


def line(resource: Json) -> str:
    """A resource as one line of JSON."""
    return json.dumps(resource, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _rows(table: Any) -> Iterator[Row]:
    for batch in table.to_batches(max_chunksize=10_000):
        yield from batch.to_pylist()


def patient_id(patient: str) -> str:
    """The FHIR id of a patient: the Record's own where FHIR allows it, else a digest."""
    return patient if _ID.fullmatch(patient) else _digest(patient)


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:24]


def _frame(kind: str, table: str, row: Row, placed: tuple[str, ...]) -> Json:
    """What all resources share: id, tag, subject, the columns without a place of their own."""
    identity = _digest(json.dumps([table, row], default=str, sort_keys=True))
    resource: Json = {
        "resourceType": kind,
        "id": identity,
        "meta": {"tag": [{"system": TABLE, "code": table}]},
    }
    if found := extras(row, placed):
        resource["extension"] = found
    subject = {
        "reference": f"Patient/{patient_id(row['patient'])}",
        "identifier": {"system": OWN_PATIENT, "value": row["patient"]},
    }
    resource["patient" if kind == "Immunization" else "subject"] = subject
    return resource


def _empty(resource: Json, column: str) -> None:
    resource.setdefault("extension", []).append({"url": EMPTY, "valueString": column})


def _patient(row: Row, numbers: list[tuple[str, str]]) -> Json:
    own = {"system": OWN_PATIENT, "value": row["patient"]}
    others = [
        {"value": value} if authority == UNNAMED else {"system": authority, "value": value}
        for authority, value in numbers
    ]
    resource: Json = {
        "resourceType": "Patient",
        "id": patient_id(row["patient"]),
        "meta": {"tag": [{"system": TABLE, "code": "patients"}]},
        "identifier": [own, *others],
    }
    if found := extras(row, ("birth_date", "sex", "name")):
        resource["extension"] = found
    if row.get("name"):
        family, comma, given = row["name"].partition(",")
        parts = {"family": family.strip(), "given": given.split()} if comma else {}
        resource["name"] = [{"text": row["name"], **{k: v for k, v in parts.items() if v}}]
    if row.get("sex"):
        resource["gender"] = row["sex"]
    if row.get("birth_date"):
        resource["birthDate"] = row["birth_date"].isoformat()
    return resource


def _result(row: Row) -> Json:
    placed = ["date", "test", "status", "source", "low", "high"]
    test = catalogue().tests.get(row["test"])
    unit = row.get("unit")
    body: Json = {}
    if row.get("value") is not None and unit:
        placed += ["value", "unit"]
        number = _quantity(row["value"], unit)
        if row.get("value_high") is not None and not row.get("comparator"):
            placed.append("value_high")
            body["valueRange"] = {"low": number, "high": _quantity(row["value_high"], unit)}
        else:
            if row.get("comparator"):
                placed.append("comparator")
                number["comparator"] = row["comparator"]
            body["valueQuantity"] = number
    elif row.get("text"):
        placed.append("text")
        body["valueString"] = row["text"]
    else:
        absent = {"system": ABSENT, "code": "unknown"}
        body["dataAbsentReason"] = {"coding": [absent], "text": "no value"}
    limits = {
        end: {"value": row[end], **({"unit": unit, "system": UCUM, "code": unit} if unit else {})}
        for end in ("low", "high")
        if row.get(end) is not None
    }
    resource = _frame("Observation", "results", row, tuple(placed))
    if row.get("source"):
        resource["identifier"] = [{"system": SOURCE, "value": row["source"]}]
    codings: list[Json] = [{"system": TEST, "code": row["test"]}]
    if test is not None:
        codings[:0] = [{"system": LOINC, "code": code} for code in test.loinc[:1]]
    resource |= {
        "status": row.get("status") or "final",
        "code": {"coding": codings, "text": test.name if test else row["test"]},
        "effectiveDateTime": row["date"].isoformat(),
        **body,
    }
    if not row.get("status"):
        _empty(resource, "status")
    if limits:
        resource["referenceRange"] = [limits]
    return resource


def _quantity(value: float, unit: str) -> Json:
    return {"value": value, "unit": unit, "system": UCUM, "code": unit}


def _infusion(row: Row) -> Json:
    placed = ("date", "dose_mg", "drug", "status")
    planned = row.get("status") == "planned"
    kind = "MedicationRequest" if planned else "MedicationAdministration"
    resource = _frame(kind, "infusions", row, placed)
    drug = row.get("drug") or "alemtuzumab"
    codings = [{"system": s, "code": c} for s, c in sent_codes("infused", drug)]
    concept: Json = {"text": drug, **({"coding": codings} if codings else {})}
    dose = None if row.get("dose_mg") is None else _quantity(row["dose_mg"], "mg")
    day = row["date"].isoformat()
    if planned:
        instruction: Json = {"timing": {"event": [day]}}
        if dose:
            instruction["doseAndRate"] = [{"doseQuantity": dose}]
        resource |= {
            "status": "active",
            "intent": "plan",
            "medicationCodeableConcept": concept,
            "dosageInstruction": [instruction],
        }
    else:
        status = "not-done" if row.get("status") == "not-done" else "completed"
        resource |= {
            "status": status,
            "medicationCodeableConcept": concept,
            "effectiveDateTime": day,
        }
        if dose:
            resource["dosage"] = {"dose": dose}
    for column in ("status", "drug"):
        if not row.get(column):
            _empty(resource, column)
    return resource


def _event(row: Row) -> Json:
    kind = _KINDS.get(row["kind"], "Condition")
    placed = ["date", "code", "text"]
    if row.get("code"):
        placed.append("kind")
    if kind == "Condition":
        placed.append("end_date")
    resource = _frame(kind, "events", row, tuple(placed))
    codings: list[Json] = []
    if row.get("code"):
        codings.append({"system": f"{OWN_EVENT}{row['kind']}", "code": row["code"]})
        sent = sent_codes(row["kind"], row["code"]) if row["kind"] in _SECTIONS else []
        codings += [{"system": system, "code": code} for system, code in sent]
    concept: Json = {"coding": codings} if codings else {"text": row["kind"]}
    day = row["date"].isoformat()
    if kind == "Procedure":
        resource |= {"status": "completed", "code": concept, "performedDateTime": day}
    elif kind == "Immunization":
        resource |= {"status": "completed", "vaccineCode": concept, "occurrenceDateTime": day}
    else:
        resource |= {"code": concept, "onsetDateTime": day}
        if row.get("end_date"):
            resource["abatementDateTime"] = row["end_date"].isoformat()
    if row.get("text"):
        resource["note"] = [{"text": row["text"]}]
    return resource


_SECTIONS = frozenset({"vaccination", "procedure", "diagnosis"})
