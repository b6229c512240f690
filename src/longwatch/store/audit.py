"""The audit log: one way to write it, one way to prove that nobody edited it.

Each entry's hash is SHA-256 over the hash before it and the entry as canonical JSON. Whoever edits,
removes or inserts one must make every later hash anew; whoever makes them all anew, or cuts off the
end, is found out by an anchor: the newest number and hash, kept somewhere else.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db import connection, transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import AuditEntry
from longwatch.store.plainly import fetched, places, put

BEGINNING = "0" * 64
"""The hash before the first entry."""

_LOCK = 5_046_273
"""Number of the lock on PostgreSQL that lets one transaction at a time go on with the chain."""

_FIELDS = ("number", "at", "actor", "action", "kind", "target", "patient", "detail", "previous")
ENTRY = (*_FIELDS, "hash")
"""The columns of an entry that `follow_chain` reads."""

_NEWEST = 'SELECT "number", "hash" FROM "store_auditentry" ORDER BY "number" DESC LIMIT 1'
_ADD = f"""
    INSERT INTO "store_auditentry" ({", ".join(f'"{name}"' for name in ENTRY)}) VALUES
"""  # noqa: S608 (own names)
_LINE = f"({places(len(ENTRY))})"


@dataclass(frozen=True, slots=True)
class Anchor:
    """The newest entry: to be kept outside the database, and compared later."""

    number: int
    hash: str


@dataclass(frozen=True, slots=True)
class AuditReport:
    """What `verify_audit` found. `problem` is None when every entry is as it was written."""

    entries: int
    anchor: Anchor
    problem: Problem | None = None


@dataclass(frozen=True, slots=True)
class Entry:
    """What an entry of the log tells; see `record_audit`."""

    action: str
    actor: str
    at: datetime
    kind: str
    target: str = ""
    patient: str | None = None
    detail: Mapping[str, Any] | None = None


def record_audit(
    action: str,
    *,
    actor: str,
    at: datetime,
    kind: str,
    target: str = "",
    patient: str | None = None,
    detail: Mapping[str, Any] | None = None,
) -> Anchor:
    """Adds one entry, in the caller's transaction: it stands or falls with what it tells of.

    Inputs:
        action: what was done, in words: `read`, `filed`, `closed`.
        actor: user name, or the program.
        at: when, with a time zone.
        kind, target: what it was done to.
        patient: reference of the patient concerned.
        detail: whatever else is worth knowing, as JSON.

    Returns:
        The new end of the chain.

    Raises:
        UsageError: `at` has no time zone, or nobody is named.
    """
    return record_entries([Entry(action, actor, at, kind, target, patient, detail)])


def record_entries(entries: Sequence[Entry]) -> Anchor:
    """Adds several entries, in their order; see `record_audit`."""
    for entry in entries:
        if entry.at.tzinfo is None:
            raise UsageError("an audit entry needs a moment with a time zone")
        if not entry.actor:
            raise UsageError("an audit entry needs an actor: a user name, or the program")
    with transaction.atomic(savepoint=False):
        if connection.vendor == "postgresql":
            fetched("SELECT pg_advisory_xact_lock(%s)", [_LOCK])
        last = _last()
        rows = []
        for entry in entries:
            values: dict[str, Any] = {
                "number": last.number + 1,
                "at": entry.at.astimezone(UTC).isoformat(timespec="microseconds"),
                "actor": entry.actor,
                "action": entry.action,
                "kind": entry.kind,
                "target": entry.target,
                "patient": entry.patient,
                "detail": _canonical(entry.detail or {}),
                "previous": last.hash,
            }
            values["hash"] = _hash(values)
            rows.append([values[name] for name in ENTRY])
            last = Anchor(values["number"], values["hash"])
        put(_ADD, _LINE, rows)
    return last


def verify_audit(anchor: Anchor | None = None) -> AuditReport:
    """Follows the chain from its first entry to its last.

    Inputs:
        anchor: an end of the chain as it was before; an entry with its number and hash must be
            there still.

    Returns:
        How many entries stand, the newest, and the first thing that is wrong.
    """
    entries = AuditEntry.objects.order_by("number").values(*ENTRY)
    return follow_chain(entries.iterator(chunk_size=2000), anchor)


def follow_chain(entries: Iterable[Mapping[str, Any]], anchor: Anchor | None = None) -> AuditReport:
    """The same for entries of any origin (those of a backup), in the order of their numbers."""
    before = Anchor(0, BEGINNING)
    met = anchor is None or anchor == before
    for entry in entries:
        if wrong := _fault(entry, before):
            return AuditReport(before.number, before, wrong)
        before = Anchor(entry["number"], entry["hash"])
        met = met or before == anchor
    if not met:
        assert anchor is not None
        return AuditReport(
            before.number,
            before,
            Problem(
                f"entry {anchor.number} is not the one that was noted outside the database",
                "audit log",
                "the end was cut off, or the whole chain was written anew",
                "compare with a backup, and ask who had access",
            ),
        )
    return AuditReport(before.number, before)


def _last() -> Anchor:
    newest = fetched(_NEWEST)
    return Anchor(*newest[0]) if newest else Anchor(0, BEGINNING)


def _fault(entry: Mapping[str, Any], before: Anchor) -> Problem | None:
    if entry["number"] != before.number + 1:
        what = f"after entry {before.number} comes {entry['number']}: entries were removed"
    elif entry["previous"] != before.hash:
        what = f"entry {entry['number']} does not follow entry {before.number}"
    elif entry["hash"] != _hash(entry):
        what = f"entry {entry['number']} is not what was written"
    else:
        return None
    return Problem(
        what,
        "audit log",
        "somebody changed it past the guards, or the file is damaged",
        "compare with a backup, and ask who had access",
    )


def _hash(values: Mapping[str, Any]) -> str:
    told = _canonical({name: values[name] for name in _FIELDS})
    return hashlib.sha256((values["previous"] + told).encode()).hexdigest()


def _canonical(value: Mapping[str, Any]) -> str:
    """JSON in one way only: keys sorted, no spaces, ASCII."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
