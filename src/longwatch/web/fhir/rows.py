"""Rows of the store as resources: the writer of files, with the keys and moments of this server."""

from __future__ import annotations

import hashlib
import json
from datetime import datetime
from typing import Any

from longwatch.exchange.fhir.elements import Json
from longwatch.exchange.fhir.write import resource_of
from longwatch.exchange.shelf import Row
from longwatch.store.columns import STORED
from longwatch.store.models import Patient


def row_of(table: str, row: Any) -> Row:
    """A row of the store as the Record has it; its person is the one it is read under today."""
    stored = STORED[table]
    found = {name: getattr(row, stored.sql_column(name)) for name in stored.types}
    return found | {"patient": whose(row.patient).reference}


def whose(person: Patient) -> Patient:
    """The person under whom somebody is read: another reference where two were joined."""
    return person.joined_into or person


def resource(table: str, row: Any) -> Json:
    """A dated fact of the store as a resource of this server."""
    return resource_of(table, row_of(table, row)) | {
        "id": str(row.pk),
        "subject": subject(whose(row.patient)),
    }


def subject(person: Patient) -> Json:
    """Who is meant: by the key of this server only, so that links tell nothing."""
    return {"reference": f"Patient/{person.pk}"}


def stamped(body: Json, at: datetime | None = None) -> Json:
    """The resource with its version: a digest of all it says, so that what is equal is equal."""
    meta = {name: value for name, value in body.get("meta", {}).items() if name == "tag"}
    told = json.dumps({**body, "meta": meta}, sort_keys=True, default=str)
    meta["versionId"] = hashlib.sha256(told.encode()).hexdigest()[:16]
    if at is not None:
        meta["lastUpdated"] = at.isoformat(timespec="milliseconds")
    return {"resourceType": body["resourceType"], "id": body["id"], "meta": meta, **_rest(body)}


def _rest(body: Json) -> Json:
    return {name: part for name, part in body.items() if name not in ("resourceType", "id", "meta")}


def concept(system: str, code: str, words: str = "") -> Json:
    """A CodeableConcept of one code."""
    return {"coding": [{"system": system, "code": code}], **({"text": words} if words else {})}
