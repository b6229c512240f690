"""From one protocol to another: first whose dates and findings would change, then the change.

A row of `ProtocolInForce` is added for each person; what was judged before keeps its protocol,
because the Record of an earlier moment names the protocol of that moment.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from django.contrib.auth import get_user_model
from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record
from longwatch.protocols.load import pack_digest
from longwatch.protocols.model import Pack
from longwatch.store.audit import record_audit
from longwatch.store.clinic_facts import clinic_protocol
from longwatch.store.models import Patient, ProtocolInForce
from longwatch.store.overlays import load_by_name
from longwatch.store.record_out import read_record
from longwatch.watch import Outcome, watch
from longwatch.watch.engine import Engine

_DATES = ("status", "due", "closes", "overdue_since", "next_due")
_FOUND = ("tier", "value", "unit", "compared_with", "active", "undecided")
_COMPILED_FROM = 100_000


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that would be different for one person.

    Inputs:
        kind: `date` of an activity, or `finding` of a rule.
        item: the activity or rule. `on`: the day of the finding.
        before, after: what differs, by name; None where there is nothing.
    """

    patient: str
    kind: str
    item: str
    on: date | None
    before: dict[str, Any] | None
    after: dict[str, Any] | None


@dataclass(frozen=True, slots=True)
class Proposal:
    """What a change of protocol would do on a day.

    Inputs:
        old, new: the packs. `name`: how the new one is called in the store.
        patients: everybody whom it concerns, also those for whom nothing would change.
        changes: by patient, sorted.
    """

    old: Pack
    new: Pack
    name: str
    patients: tuple[str, ...]
    changes: tuple[Change, ...]

    @property
    def digest(self) -> str:
        """Of the new protocol's content."""
        return pack_digest(self.new)


def propose(old: str, new: str, as_of: date, default: str | None = None) -> Proposal:
    """Judges everybody who is watched by one protocol by both; changes nothing.

    Inputs:
        old, new: ids of packs, folders, or `clinic:NAME@NUMBER`.
        default: of those who have none of their own; None: as the clinic has set.

    Raises:
        ProtocolError: one of them cannot be used.
    """
    before, after = load_by_name(old), load_by_name(new)
    record = _watched_by(read_record(), old, default or clinic_protocol())
    engine: Engine = "python" if record.results.num_rows <= _COMPILED_FROM else "compiled"
    outcomes = [watch(pack, record, as_of, engine=engine) for pack in (before, after)]
    dates = [_by(_dates(outcome), ("patient", "activity")) for outcome in outcomes]
    found = [_by(_found(outcome), ("patient", "rule", "date", "test")) for outcome in outcomes]
    changes = [
        *_changes("date", dates[0], dates[1], _DATES),
        *_changes("finding", found[0], found[1], _FOUND),
    ]
    changes.sort(key=lambda one: (one.patient, one.kind, one.item, str(one.on)))
    patients = tuple(record.patients["patient"].to_pylist())
    return Proposal(before, after, new, patients, tuple(changes))


def apply(proposal: Proposal, *, by: str, reason: str, since: date, at: datetime) -> int:
    """Puts the new protocol in force for everybody concerned; all of it or nothing.

    Inputs:
        by: user name of whoever answers for it. `reason`: why.
        since: the first day on which it counts. `at`: now, with a time zone.

    Returns:
        How many people are watched by it now.

    Raises:
        UsageError: nobody is named, no reason is given, or it is the same protocol.
    """
    if not reason.strip():
        raise UsageError(Problem("a change of protocol needs a reason", how="give --reason"))
    if not get_user_model().objects.filter(username=by, is_active=True).exists():
        how = "longwatch staff says who there is"
        raise UsageError(Problem(f"nobody here is called {by!r}", how=how))
    if pack_digest(proposal.old) == proposal.digest:
        raise UsageError(Problem("both are the same protocol"))
    with transaction.atomic():
        keys = dict(
            Patient.objects.filter(reference__in=proposal.patients).values_list("reference", "id")
        )
        for reference in proposal.patients:
            ProtocolInForce.objects.create(
                patient_id=keys[reference],
                protocol=proposal.name,
                version=proposal.new.version,
                digest=proposal.digest,
                since=since,
                author=by,
                filed_at=at,
            )
            record_audit(
                "protocol changed",
                actor=by,
                at=at,
                kind="protocol",
                target=proposal.name,
                patient=reference,
                detail={
                    "from": pack_digest(proposal.old),
                    "to": proposal.digest,
                    "since": since.isoformat(),
                    "reason": reason,
                },
            )
    return len(proposal.patients)


def _watched_by(record: Record, protocol: str, default: str) -> Record:
    """Those whose newest protocol is this one; those without one have the default."""
    names = pc.fill_null(record.patients["protocol"].cast(pa.string()), default)
    patients = record.patients.filter(pc.equal(names, protocol))
    wanted = patients["patient"].combine_chunks()
    tables = {
        name: table.filter(pc.is_in(table["patient"], value_set=wanted))
        for name, table in record.tables().items()
        if name in ("infusions", "results", "events")
    }
    return Record.from_tables(patients=patients, **tables)


def _dates(outcome: Outcome) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = outcome.status.to_pylist()
    return rows


def _found(outcome: Outcome) -> list[dict[str, Any]]:
    rows: list[dict[str, Any]] = outcome.findings.to_pylist()
    return rows


def _by(rows: list[dict[str, Any]], names: Sequence[str]) -> dict[tuple[Any, ...], dict[str, Any]]:
    return {tuple(row[name] for name in names): row for row in rows}


def _changes(
    kind: str,
    before: dict[tuple[Any, ...], dict[str, Any]],
    after: dict[tuple[Any, ...], dict[str, Any]],
    names: Sequence[str],
) -> list[Change]:
    changes = []
    for key in before.keys() | after.keys():
        old, new = before.get(key), after.get(key)
        told = [None if row is None else {name: row[name] for name in names} for row in (old, new)]
        if told[0] != told[1]:
            if old is not None and new is not None:
                differing = [name for name in names if old[name] != new[name]]
                told = [{name: row[name] for name in differing} for row in (old, new)]
            day = key[2] if len(key) > 2 else None
            changes.append(Change(key[0], kind, key[1], day, told[0], told[1]))
    return changes
