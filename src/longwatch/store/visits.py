"""A visit that belongs to another patient (ADT A45): which results are its, and moving them.

A result names its visit only in its message (PV1-19). A row is not changed: its successor stands
under the other patient.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from longwatch.exchange.hl7 import read_hl7
from longwatch.exchange.intake import ResultFact
from longwatch.store.audit import record_audit
from longwatch.store.digests import digest
from longwatch.store.models import MovedVisit, Patient, Result


def results_of_visit(patient: str, visit: str) -> tuple[list[Result], bool]:
    """The results of a patient that were made during a visit.

    Returns:
        The rows that count now, and whether every result of the patient names its visit.
    """
    rows = Result.objects.filter(patient__reference=patient, gone=False, superseded_by=None)
    found: list[Result] = []
    certain = True
    visits: dict[int, dict[str, str]] = {}
    for row in rows.select_related("message").order_by("id"):
        named = ""
        if row.message is not None:
            known = visits.get(row.message.pk)
            if known is None:
                known = visits[row.message.pk] = _visits(bytes(row.message.raw))
            named = known.get(row.source or "", "")
        certain = certain and bool(named)
        if named == visit:
            found.append(row)
    return found, certain


def move_visit(
    visit: str,
    patient: str,
    into: str,
    *,
    author: str,
    reason: str,
    at: datetime,
    message: int | None,
) -> int:
    """Moves the results of a visit, and those that come later; in the caller's transaction.

    Returns:
        How many results moved.
    """
    people = {one.reference: one for one in Patient.objects.filter(reference__in=(patient, into))}
    rows, _ = results_of_visit(patient, visit)
    for row in rows:
        old = row.pk
        row.pk, row._state.adding = None, True
        row.digest = digest(f"{row.digest} of {into}", 0, old)
        row.patient, row.supersedes_id, row.filed_at = people[into], old, at
        row.save(force_insert=True)
    MovedVisit.objects.create(
        visit=visit,
        patient=people[patient],
        into=people[into],
        message_id=message,
        author=author,
        reason=reason,
        filed_at=at,
    )
    record_audit(
        "moved a visit",
        actor=author,
        at=at,
        kind="patient",
        target=patient,
        patient=into,
        detail={"visit": visit, "from": patient, "into": into, "results": len(rows)},
    )
    return len(rows)


def moved(visits: Iterable[str]) -> tuple[dict[tuple[str, str], str], dict[str, int]]:
    """To whom the results of these visits belong.

    Returns:
        The patient by visit and by the patient whom the number names; the keys of those patients.
    """
    wanted = {visit for visit in visits if visit}
    if not wanted:
        return {}, {}
    rows = MovedVisit.objects.filter(visit__in=wanted).order_by("id")
    last: dict[str, tuple[str, int]] = {}
    named: list[tuple[str, str]] = []
    columns = ("visit", "patient__reference", "into__reference", "into_id")
    for visit, patient, into, key in rows.values_list(*columns):
        last[visit] = into, key
        named += [(visit, patient), (visit, into)]
    target = {pair: last[pair[0]][0] for pair in named if pair[1] != last[pair[0]][0]}
    return target, dict(last.values())


def _visits(raw: bytes) -> dict[str, str]:
    return {item.source: item.visit for item in read_hl7(raw) if isinstance(item, ResultFact)}
