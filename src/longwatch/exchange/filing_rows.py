"""Filing rows that come from another Record, and people."""

from __future__ import annotations

from typing import Any

from longwatch.core.catalogue import catalogue
from longwatch.core.held import HeldReason
from longwatch.core.record_superseding import SUPERSEDING, as_sent
from longwatch.core.units import to_canonical
from longwatch.exchange.desk import Desk
from longwatch.exchange.intake import (
    IdentityFact,
    PatientFact,
)
from longwatch.exchange.report import FileReport
from longwatch.exchange.rowfact import RowFact
from longwatch.exchange.shelf import Row

LABORATORY = "laboratory"
"""In the place of a format: whatever it is, it only speaks of people and makes nobody known."""


def take_patient(desk: Desk, fact: PatientFact, account: FileReport) -> None:
    """A person: made known by a registry; a laboratory only speaks of persons."""
    for doubt in fact.who.doubts:
        account.notices.append(f"{fact.where}: {doubt}")
    if account.format in ("hl7", "csv", LABORATORY):
        # A laboratory's word on a person proves nothing; its results decide what happens.
        account.counted["person in a message"] += fact.entries
        return
    match, learned = desk.people.register(fact.who)
    if match.patient is None:
        desk.hold(fact, match.reason or HeldReason.MISSING_PATIENT, match.detail, account)
    elif learned:
        account.filed["patients"] += fact.entries
        desk.patients_changed = True
    else:
        account.duplicates += fact.entries


def take_identity(desk: Desk, fact: IdentityFact, account: FileReport) -> None:
    """Who is who: a Record's folder joins nobody, so a person decides (the store follows it)."""
    if fact.change == "update":
        account.counted[f"message {fact.title}"] += fact.entries
        return
    detail = f"{fact.title} merges, moves or renames patients; nothing was changed"
    mend = "check which patients of the clinic it concerns"
    desk.hold(fact, HeldReason.UNSUPPORTED, detail, account, mend)


def take_row(desk: Desk, fact: RowFact, account: FileReport) -> None:
    """A row that already is one of a Record: added unless the very same is there."""
    if fact.table in ("patients", "identifiers"):
        _known_person(desk, fact, account)
        return
    if fact.table == "held":
        if desk.held.add_row(fact.row):
            account.held[fact.row["reason"]] += fact.entries
        else:
            account.duplicates += fact.entries
        return
    match = desk.people.match(fact.who)
    if match.patient is None:
        _hold_row(desk, fact, match.reason or HeldReason.UNKNOWN_PATIENT, match.detail, account)
        return
    row = {"patient": match.patient, **fact.row}
    day = row["date"]
    planned = fact.table == "infusions" and row.get("status") == "planned"
    if day > desk.received.date() and not planned:
        detail = f"dated {day}, but it arrived on {desk.received.date()}"
        _hold_row(desk, fact, HeldReason.FUTURE_DATE, detail, account, match.patient)
        return
    if fact.table == "results" and (doubt := _unfit(row)):
        _hold_row(desk, fact, *doubt, account, match.patient)
        if row.get("status") not in SUPERSEDING:
            return
        # What it corrects no longer holds: filed without a value, accounted for as held.
        row |= {"text": as_sent(row), "value": None, "comparator": None, "value_high": None}
        account = FileReport(account.name)
    shelf = {"results": desk.results, "infusions": desk.infusions, "events": desk.events}[
        fact.table
    ]
    rows = desk.same_day(row) if shelf is desk.results else shelf.rows(match.patient)
    said = _row_content(row)
    if any(_row_content(known) == said for known in rows):
        account.duplicates += fact.entries
        return
    shelf.add(match.patient, row)
    if shelf is desk.results:
        rows.append(row)
    account.filed[fact.table] += fact.entries


def _known_person(desk: Desk, fact: RowFact, account: FileReport) -> None:
    match, learned = desk.people.register(fact.who)
    if match.patient is None:
        _hold_row(desk, fact, match.reason or HeldReason.MISSING_PATIENT, match.detail, account)
        return
    row = desk.people.rows[match.patient]
    for column, value in fact.row.items():
        if value is not None and row.get(column) is None:
            row[column], learned = value, True
    desk.patients_changed |= learned
    if learned:
        account.filed[fact.table] += fact.entries
    else:
        account.duplicates += fact.entries


def _hold_row(
    desk: Desk,
    fact: RowFact,
    reason: HeldReason,
    detail: str,
    account: FileReport,
    patient: str | None = None,
) -> None:
    added = desk.held.add(
        table=fact.table,
        source=fact.source,
        where=fact.where,
        reason=reason,
        detail=detail,
        mend=reason.remedy,
        patient=patient,
        raw=fact.raw,
        received=desk.received,
        identity=(fact.table, repr(fact.who.identifiers), fact.raw),
    )
    if added:
        account.held[reason] += fact.entries
    else:
        account.duplicates += fact.entries


def _unfit(row: Row) -> tuple[HeldReason, str] | None:
    """Why a row of `results` cannot be used by the watch."""
    test, value, unit = catalogue().tests.get(row["test"]), row.get("value"), row.get("unit")
    if test is None or value is None or to_canonical(test, value, unit) is not None:
        return None
    if (unit or "") in test.units:
        return HeldReason.IMPLAUSIBLE_VALUE, f"{test.id}: {value:g} {unit} is no patient's value"
    return HeldReason.UNKNOWN_UNIT, f"{test.id}: unit {unit!r} is not one of this test"


def _row_content(row: Row) -> frozenset[tuple[str, Any]]:
    """Everything a row says but when it came; empty cells say nothing."""
    return frozenset(
        (name, value)
        for name, value in row.items()
        if name != "received" and value is not None and value != ""
    )
