"""Filing results: which test, whose, what value, and what of it was said before.

1. does anybody watch this test? (else counted by its code)
2. whose is it? (else held: unknown patient, identity conflict)
3. can the day be true? (else held)
4. what is the value in the canonical unit? (else held with the catalogue's reason; a correction
   is filed besides, without a value, for what it corrects no longer holds)
5. was it filed before? (duplicate), was it taken back?, does it contradict what was filed?
"""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa

from longwatch.core.held import HeldReason
from longwatch.exchange.codebook import shown
from longwatch.exchange.desk import Desk
from longwatch.exchange.intake import (
    ResultFact,
)
from longwatch.exchange.numbers_sent import contradiction, read_result
from longwatch.exchange.report import FileReport
from longwatch.exchange.shelf import Row
from longwatch.exchange.versions import (
    WITHDRAWN_NOTE,
    content,
    original_status,
    take_back,
)

RESULT_EXTRAS = {
    "value_high": pa.float64(),
    "sent_value": pa.string(),
    "sent_unit": pa.string(),
    "laboratory": pa.string(),
    "flag": pa.string(),
    "note": pa.string(),
    "issued": pa.string(),
    "was": pa.string(),
}


def take_result(desk: Desk, fact: ResultFact, account: FileReport) -> None:
    """One result: its fate by the questions of this module."""
    laboratory = fact.source.split("|")[0]
    test = desk.codebook.find(fact.codes, laboratory, fact.test)
    if test is None:
        near = desk.codebook.resembles(fact.codes)
        if near is None:
            account.counted[shown(fact.codes)] += fact.entries
            return
        desk.hold(
            fact,
            HeldReason.UNSUPPORTED,
            f"{shown(fact.codes)!r} of {laboratory or 'this sender'} may be {near.id}, "
            "but no LOINC code says so",
            account,
            "say what the code means in the table of local codes and import again",
            desk.people.match(fact.who).patient,
        )
        return
    patient = desk.whose(fact, account)
    if patient is None or not desk.plausible_day(fact, patient, account):
        return
    if fact.status == "withdrawn":
        _withdraw(desk, fact, patient, test.id, account)
        return
    taught = desk.codebook.unit(laboratory, test, fact.unit) if desk.codebook.units else None
    row, refusal = read_result(test, replace(fact, unit=taught) if taught else fact)
    if taught:
        row["sent_unit"] = fact.unit
        said = f"unit {fact.unit!r} read as {taught!r}, as taught at the desk"
        row["note"] = "; ".join(filter(None, (row["note"], said)))
    if refusal is not None:
        reason = HeldReason(refusal.reason)
        desk.hold(fact, reason, refusal.detail, account, refusal.how, patient)
        if fact.status != "corrected":
            return
        # Its entry is accounted for as held.
        account = FileReport(account.name)
    row |= {
        "patient": patient,
        "source": fact.source,
        "laboratory": laboratory or None,
        "issued": fact.sent_at.isoformat() if fact.sent_at else None,
        "received": desk.received,
    }
    _file(desk, fact, row, account)


def _file(desk: Desk, fact: ResultFact, row: Row, account: FileReport) -> None:
    same_day = desk.same_day(row)
    if same_day:
        said = content(row)
        for known in same_day:
            if content(known) == said:
                _seen_again(desk, known, row)
                account.duplicates += fact.entries
                return
    same_source = [r for r in same_day if r.get("source") == row["source"]]
    if withdrawn := desk.held.withdrawals(row["patient"], row["source"]):
        # Out of order: it was taken back before it came.
        if not row["issued"] or any(not when or when >= row["issued"] for when in withdrawn):
            take_back([row], row["source"], None, WITHDRAWN_NOTE)
    elif row["status"] == "cancelled" and len(same_source) < len(same_day):
        take_back(same_source, row["source"], row["issued"], "cancelled by the laboratory")
        row["received"] = None
    else:
        for other in same_source:
            gone = other.get("status") == "cancelled" and not other.get("received")
            if gone and (other.get("issued") or "") >= (row["issued"] or ""):
                take_back([row], row["source"], None, "cancelled by the laboratory")
                break
    desk.results.add(row["patient"], row)
    same_day.append(row)
    if row["received"] is not None:
        desk.fresh.add(id(row))
    if words := contradiction(row):
        desk.disagreements.append(f"{row['patient']} {row['date']}: {words}")
    if conflict := _conflict(row, same_source):
        _hold_conflict(desk, fact, row, conflict, account)
    else:
        account.filed["results"] += fact.entries


def _seen_again(desk: Desk, known: Row, row: Row) -> None:
    """The same content again; the newest time of issue counts, whichever came first."""
    if (row["issued"] or "") > (known.get("issued") or ""):
        known["issued"] = row["issued"]
        desk.results.changed = True


def _conflict(row: Row, same_source: list[Row]) -> Row | None:
    """Another row of one source and status, issued at the same time, that says otherwise."""
    status = original_status(row)
    for other in same_source:
        if original_status(other) != status or _same_unread(other, row):
            continue
        told_apart = row["issued"] and other.get("issued") and row["issued"] != other["issued"]
        if status == "final" or not told_apart:
            return other
    return None


def _same_unread(other: Row, row: Row) -> bool:
    """Whether one is the other, filed before anybody could read its value."""
    sent = ("sent_value", "sent_unit", "issued")
    return other.get("value") is None and all(other.get(name) == row[name] for name in sent)


def _hold_conflict(desk: Desk, fact: ResultFact, row: Row, other: Row, account: FileReport) -> None:
    """Both contents are filed, so that either can raise an alarm; a person sees both."""
    both = sorted(f"{_told(one)}" for one in (row, other))
    desk.held.add(
        table="results",
        source=row["source"],
        where=fact.where,
        reason=HeldReason.DUPLICATE_CONFLICT,
        detail=f"one source says of {row['test']} on {row['date']}: {' and '.join(both)}",
        mend=HeldReason.DUPLICATE_CONFLICT.remedy,
        patient=row["patient"],
        raw=" | ".join(both),
        received=desk.received,
        identity=(row["patient"], row["source"], str(row["date"]), *both),
    )
    account.held[HeldReason.DUPLICATE_CONFLICT] += fact.entries


def _withdraw(desk: Desk, fact: ResultFact, patient: str, test: str, account: FileReport) -> None:
    issued = fact.sent_at.isoformat() if fact.sent_at else None
    rows = [row for row in desk.results.rows(patient) if row["test"] == test]
    known = desk.held.holds(desk.identity(fact))
    cancelled = 0 if known else take_back(rows, fact.source, issued, WITHDRAWN_NOTE)
    desk.results.changed |= cancelled > 0
    desk.hold(
        fact,
        HeldReason.WITHDRAWN,
        f"the laboratory took back {test} of {fact.date}: {cancelled} filed result(s) cancelled",
        account,
        patient=patient,
    )


def _told(row: Row) -> str:
    value = row.get("text") or f"{row.get('comparator') or ''}{row.get('value')} {row.get('unit')}"
    return f"{value} ({original_status(row)})"
