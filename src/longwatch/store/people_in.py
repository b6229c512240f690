"""The patients of a Record into the store: new ones, what was empty, and what disagrees."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, TypeVar

import pyarrow as pa
from django.db.models import Model, QuerySet

from longwatch.core.held import HeldReason
from longwatch.core.record_faults import as_csv
from longwatch.store.columns import EXTRA, STORED
from longwatch.store.digests import digest
from longwatch.store.models import Patient, ProtocolInForce
from longwatch.store.writing import cells_of

_Row = TypeVar("_Row", bound=Model)

_ASKED_SINGLY = 500
"""Up to so many are asked for by name; databases limit the parameters of a query."""


@dataclass(frozen=True, slots=True)
class Strange:
    """A row that is held for a person instead of being written."""

    table: str
    patient: str
    reason: HeldReason
    detail: str
    cells: Mapping[str, Any]

    def row(self, source: str) -> dict[str, Any]:
        """The row of `held`."""
        raw = as_csv(self.cells)
        return {
            "id": digest(repr((self.table, self.reason, self.detail, raw)))[:16],
            "table": self.table,
            "source": source,
            "where": f"{source}: {self.table}",
            "reason": self.reason,
            "detail": self.detail,
            "mend": self.reason.remedy,
            "patient": self.patient,
            "raw": raw,
            "received": None,
        }


@dataclass(frozen=True, slots=True)
class PeopleWritten:
    """The key of every patient of the Record, how many are new, and what disagrees."""

    keys: Mapping[str, int]
    added: int
    strange: tuple[Strange, ...]


def write_people(table: pa.Table, source: str, at: datetime) -> PeopleWritten:
    """Adds new patients, fills what was empty, and notes the protocol."""
    stored = STORED["patients"]
    cells = cells_of(stored, table, None)
    rows = [dict(zip(cells, row, strict=True)) for row in zip(*cells.values(), strict=True)]
    people = _of(Patient.objects.all(), "reference", [row["reference"] for row in rows])
    present = {patient.reference: patient for patient in people}
    new = [Patient(**row, filed_at=at) for row in rows if row["reference"] not in present]
    strange: list[Strange] = []
    filled: list[Patient] = []
    for row in rows:
        if (patient := present.get(row["reference"])) is None:
            continue
        changed, disagreeing = _merge(patient, row)
        filled += [patient] if changed else []
        if disagreeing:
            detail = f"{row['reference']} is known with another {', '.join(disagreeing)}"
            conflict = HeldReason.DUPLICATE_CONFLICT
            strange.append(Strange("patients", row["reference"], conflict, detail, row))
    Patient.objects.bulk_create(new, batch_size=1000)
    Patient.objects.bulk_update(filled, [name for name in cells if name != "reference"], 500)
    people = _of(Patient.objects.all(), "reference", [row["reference"] for row in rows])
    keys = dict(people.values_list("reference", "id"))
    strange += _note_protocols(table, keys, source, at)
    return PeopleWritten(keys, len(new), tuple(strange))


def _of(rows: QuerySet[_Row], column: str, values: list[Any]) -> QuerySet[_Row]:
    """Those whose column has one of the values; all rows when so many are asked for."""
    return rows if len(values) > _ASKED_SINGLY else rows.filter(**{f"{column}__in": values})


def _merge(patient: Patient, row: Mapping[str, Any]) -> tuple[bool, list[str]]:
    """Fills the empty cells of a patient; whether anything changed, and what disagrees."""
    changed, disagreeing = False, []
    for name, value in row.items():
        here = getattr(patient, name)
        if name == EXTRA:
            mine, theirs = json.loads(here or "{}"), json.loads(value or "{}")
            both = {**theirs, **mine}
            disagreeing += [key for key in theirs if theirs[key] != both[key]]
            value, here = (json.dumps(both, ensure_ascii=False, sort_keys=True), None)
            if both == mine:
                continue
        elif value is None or value == _told(here):
            continue
        elif here is not None:
            disagreeing.append(name)
            continue
        setattr(patient, name, value)
        changed = True
    return changed, disagreeing


def _told(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


def _note_protocols(
    table: pa.Table, keys: Mapping[str, int], source: str, at: datetime
) -> list[Strange]:
    """The protocol of those who have none yet; a person decides where it is another."""
    newest = dict(
        ProtocolInForce.objects.order_by("since", "id").values_list("patient", "protocol")
    )
    new, strange = [], []
    for row in table.select(["patient", "protocol"]).to_pylist():
        reference, protocol = row["patient"], row["protocol"]
        known = newest.get(keys[reference])
        if protocol and known is None:
            new.append(
                ProtocolInForce(
                    patient_id=keys[reference],
                    protocol=protocol,
                    since=at.date(),
                    author=source,
                    filed_at=at,
                )
            )
        elif protocol and known != protocol:
            detail = f"{reference} is watched by {known!r} here and by {protocol!r} there"
            strange.append(
                Strange("patients", reference, HeldReason.DUPLICATE_CONFLICT, detail, row)
            )
    ProtocolInForce.objects.bulk_create(new, batch_size=1000)
    return strange
