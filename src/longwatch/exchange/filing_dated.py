"""Filing infusions and events."""

from __future__ import annotations

from typing import Any

import pyarrow as pa

from longwatch.core.held import HeldReason
from longwatch.exchange.codebook import shown
from longwatch.exchange.courses import INFERRED
from longwatch.exchange.desk import Desk
from longwatch.exchange.fhir.codes import known_as, own_event
from longwatch.exchange.intake import (
    EventFact,
    InfusionFact,
)
from longwatch.exchange.report import FileReport
from longwatch.exchange.shelf import Row

INFUSION_EXTRAS = {"source": pa.string(), "issued": pa.string(), INFERRED: pa.string()}
EVENT_EXTRAS = {"source": pa.string()}


def take_infusion(desk: Desk, fact: InfusionFact, account: FileReport) -> None:
    """One infusion day: filed, a newer version of one on file, a duplicate, held or counted."""
    drug = known_as("infused", fact.drug) or _own_drug(fact)
    if drug is None:
        account.counted[f"infusion of {shown(fact.drug)}"] += fact.entries
        return
    patient = desk.whose(fact, account)
    if patient is None:
        return
    if fact.status != "planned" and not desk.plausible_day(fact, patient, account):
        return
    try:
        dose = float(fact.dose_mg) if fact.dose_mg else None
    except ValueError:
        detail = f"dose {fact.dose_mg!r} is no number"
        desk.hold(fact, HeldReason.NOT_A_VALUE, detail, account, patient=patient)
        return
    row: Row = {
        "patient": patient,
        "date": fact.date,
        "course": fact.course,
        "day": fact.day,
        "dose_mg": dose,
        "drug": drug,
        "started": fact.started,
        "ended": fact.ended,
        "status": fact.status,
        "source": fact.source,
        "issued": fact.sent_at.isoformat() if fact.sent_at else None,
        INFERRED: "yes" if fact.course is None or fact.day is None else None,
    }
    rows = desk.infusions.rows(patient)
    said = infusion_content(row)
    for known in rows:
        if infusion_content(known) == said:
            account.duplicates += fact.entries
            return
    for known in rows:
        if fact.source and known.get("source") == fact.source:
            # The newer version of one administration replaces the older; ties: more is said.
            if infusion_age(known) >= infusion_age(row):
                account.duplicates += fact.entries
                return
            rows.remove(known)
            break
    desk.infusions.add(patient, row)
    account.filed["infusions"] += fact.entries


def take_event(desk: Desk, fact: EventFact, account: FileReport) -> None:
    """One event: filed, a duplicate, taken back, held or counted."""
    own = own_event(fact.codes)
    kind = own[0] if own else fact.kind
    code = own[1] if own else known_as(kind, fact.codes)
    if code is None and kind == "vaccination" and fact.codes and fact.codes[0].code:
        code = fact.codes[0].code
    if code is None and any(not each.system for each in fact.codes):
        # Our own tables and mappings write the Record's words without a system.
        code = next((each.code for each in fact.codes if not each.system and each.code), None)
    if code is None and fact.codes:
        account.counted[f"{kind} {shown(fact.codes)}"] += fact.entries
        return
    patient = desk.whose(fact, account)
    if patient is None or not desk.plausible_day(fact, patient, account):
        return
    row: Row = {
        "patient": patient,
        "date": fact.date,
        "kind": kind,
        "code": code or None,
        "end_date": fact.end_date,
        "grade": fact.grade,
        "text": fact.text or None,
        "source": fact.source or None,
    }
    rows = desk.events.rows(patient)
    if fact.withdrawn:
        before = len(rows)
        rows[:] = [r for r in rows if not fact.source or r.get("source") != fact.source]
        desk.events.changed |= len(rows) < before
        desk.hold(
            fact,
            HeldReason.WITHDRAWN,
            f"the sender took back {kind} {code or ''} of {fact.date}",
            account,
            patient=patient,
        )
        return
    if desk.held.withdrawals(patient, fact.source) or any(
        event_content(known) == event_content(row) for known in rows
    ):
        account.duplicates += fact.entries
        return
    desk.events.add(patient, row)
    account.filed["events"] += fact.entries


def _own_drug(fact: InfusionFact) -> str | None:
    """A drug named by the Record's own word, without a code system."""
    words = {code.code or code.text.lower() for code in fact.drug if not code.system}
    return "alemtuzumab" if not fact.drug or "alemtuzumab" in words else None


def infusion_content(row: Row) -> tuple[Any, ...]:
    """What an infusion says: equal contents are duplicates."""
    counted = row.get(INFERRED)
    return (
        row["date"],
        None if counted else row.get("course"),
        None if counted else row.get("day"),
        row.get("dose_mg"),
        row.get("started"),
        row.get("ended"),
        row.get("status") or "given",
        row.get("source") or None,
    )


def infusion_age(row: Row) -> tuple[str, int, int]:
    """Which of two versions of one administration is newer: the greater."""
    rank = {"planned": 0, "not-done": 1, "given": 2}
    return (
        row.get("issued") or "",
        rank.get(row.get("status") or "given", 2),
        sum(row.get(name) is not None for name in ("dose_mg", "started", "ended")),
    )


def event_content(row: Row) -> tuple[Any, ...]:
    """What an event says: equal contents are duplicates."""
    return tuple(
        row.get(name) or None
        for name in ("date", "kind", "code", "end_date", "grade", "text", "source")
    )
