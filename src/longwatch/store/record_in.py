"""A Record into the store, in one call: a clinic's first filling, or what a registry hands over.

What arrives by message goes through the desk, which matches persons and tells versions apart; a
Record is taken at its word, row by row. Writing the same Record again changes nothing.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.db import connection, transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.core.held import HeldReason
from longwatch.core.record import Record
from longwatch.store.audit import record_audit
from longwatch.store.columns import FACTS, STORED
from longwatch.store.digests import digest, digests
from longwatch.store.people_in import Strange, write_people
from longwatch.store.writing import cells_of, insert


@dataclass(frozen=True, slots=True)
class Written:
    """What became of a Record's rows, by table: added, there already, held for a person."""

    added: Mapping[str, int] = field(default_factory=dict)
    known: Mapping[str, int] = field(default_factory=dict)
    held: Mapping[str, int] = field(default_factory=dict)


def write_record(record: Record, *, source: str, at: datetime, actor: str = "longwatch") -> Written:
    """Adds to the store what it does not have yet of a Record; all of it or nothing.

    A patient who is there already keeps what is known; empty cells are filled, and what disagrees
    is held for a person. So is a number whose patient is not in the patients table.

    Inputs:
        source: where the Record came from, for the audit log.
        at: now, with a time zone.
        actor: who does it.

    Raises:
        UsageError: `at` has no time zone.
    """
    if at.tzinfo is None:
        raise UsageError(Problem("at has no time zone", how="give datetime.now(UTC)"))
    filed_at = connection.ops.adapt_datetimefield_value(at)
    added: dict[str, int] = {}
    rows = {name: table.num_rows for name, table in record.tables().items()}
    with transaction.atomic():
        people = write_people(record.patients, source, at)
        added["patients"] = people.added
        held = list(people.strange)
        for name in FACTS:
            added[name] = _write_facts(name, getattr(record, name), people.keys, filed_at)
        added["identifiers"], strangers = _write_identifiers(
            record.identifiers, people.keys, source, filed_at
        )
        held += strangers
        added["held"] = _write_held(record.held, filed_at)
        waiting = _write_held(_held_table(held, source), filed_at)
        count = {
            "patients": len({one.patient for one in people.strange}),
            "identifiers": len(strangers),
        }
        known = {name: rows[name] - added[name] - count.get(name, 0) for name in rows}
        record_audit(
            "wrote a Record",
            actor=actor,
            at=at,
            kind="record",
            detail={"source": source, "added": added, "known": known, "newly_held": waiting},
        )
    return Written(added, known, {name: number for name, number in count.items() if number})


def _write_facts(name: str, table: pa.Table, keys: Mapping[str, int], filed_at: Any) -> int:
    if not table.num_rows:
        cells_of(STORED[name], table, [])
        return 0
    stored = STORED[name]
    patients = [keys[reference] for reference in _plain(table["patient"]).to_pylist()]
    cells = cells_of(stored, table, patients)
    marks = digests(tuple(cells), zip(*cells.values(), strict=True))
    same = {"filed_at": filed_at, "gone": False}
    cells |= {column: [value] * table.num_rows for column, value in same.items()}
    return insert(stored.sql_name, cells | {"digest": marks}, ("digest",))


def _write_identifiers(
    table: pa.Table, keys: Mapping[str, int], source: str, filed_at: Any
) -> tuple[int, list[Strange]]:
    rows = table.to_pylist()
    known = [row for row in rows if row["patient"] in keys]
    strangers = [
        Strange(
            "identifiers",
            row["patient"],
            HeldReason.UNKNOWN_PATIENT,
            f"{row['value']} of {row['authority']} belongs to {row['patient']!r}, "
            "who is not in the patients table",
            row,
        )
        for row in rows
        if row["patient"] not in keys
    ]
    cells = {
        "patient_id": [keys[row["patient"]] for row in known],
        "authority": [row["authority"] for row in known],
        "value": [row["value"] for row in known],
        "learned": [source] * len(known),
        "filed_at": [filed_at] * len(known),
    }
    unless = ("authority", "value", "patient_id")
    return insert(STORED["identifiers"].sql_name, cells, unless), strangers


def _write_held(table: pa.Table, filed_at: Any) -> int:
    stored = STORED["held"]
    cells = cells_of(stored, table, None)
    texts = [repr(row) for row in zip(*cells.values(), strict=True)]
    cells["key"] = [key or digest(text)[:16] for key, text in zip(cells["key"], texts, strict=True)]
    return insert(stored.sql_name, cells | {"filed_at": [filed_at] * table.num_rows}, ("key",))


def _held_table(strange: list[Strange], source: str) -> pa.Table:
    return pa.Table.from_pylist([one.row(source) for one in strange], Record().held.schema)


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return pc.cast(column, pa.string())
