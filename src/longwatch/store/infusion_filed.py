"""From the entries of an infusion day to the Record: the infusion given, and its reactions."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, tzinfo
from typing import Any

from longwatch.exchange.filing_dated import EVENT_EXTRAS, INFUSION_EXTRAS
from longwatch.exchange.shelf import Row
from longwatch.store.models import InfusionEntry, Patient
from longwatch.store.shelves import StoredShelf

_SAID = "infusion day"
Kind = InfusionEntry.Kind


def file_day(
    patient: Patient,
    course: int,
    day: int,
    standing: Sequence[InfusionEntry],
    at: datetime,
    zone: tzinfo,
) -> bool:
    """Writes what differs from the Record, in the caller's transaction; twice is once.

    Inputs:
        standing: the entries that were not replaced.
        at: now. `zone`: the clinic's; a Record holds clinic time.

    Returns:
        Whether anything was written.
    """
    keys = {patient.reference: patient.pk}
    infusions = StoredShelf("infusions", INFUSION_EXTRAS, keys)
    events = StoredShelf("events", EVENT_EXTRAS, keys)
    _infusion(infusions.rows(patient.reference), course, day, standing, zone)
    _reactions(events, patient.reference, f"{_SAID} {course}.{day} ", standing, zone)
    return bool(infusions.write(at, None) | events.write(at, None))


def _infusion(
    rows: list[Row], course: int, day: int, standing: Sequence[InfusionEntry], zone: tzinfo
) -> None:
    row = next((one for one in rows if (one["course"], one["day"]) == (course, day)), None)
    if row is None:
        return
    found: dict[str, InfusionEntry] = {one.kind: one for one in standing}
    end, start = found.get(Kind.END), found.get(Kind.START)
    if end is not None and start is not None:
        began = _clinic_time(start.at, zone)
        told: dict[str, Any] = {
            "status": "given",
            "date": began.date(),
            "dose_mg": json.loads(end.detail).get("dose_mg"),
            "started": began,
            "ended": _clinic_time(end.at, zone),
        }
    elif Kind.NOT_DONE in found:
        told = {"status": "not-done"}
    elif row.get("source") == _SAID:
        told = {"status": "planned", "started": None, "ended": None}
    else:
        return
    row.update(told, source=_SAID)


def _reactions(
    shelf: StoredShelf,
    reference: str,
    mark: str,
    standing: Sequence[InfusionEntry],
    zone: tzinfo,
) -> None:
    rows = shelf.rows(reference)
    wanted: dict[str, Row] = {}
    for one in standing:
        if one.kind == Kind.REACTION:
            said = json.loads(one.detail)
            words = filter(None, (said.get("words"), said.get("given")))
            wanted[f"{mark}{one.number}"] = {
                "patient": reference,
                "date": _clinic_time(one.at, zone).date(),
                "kind": "symptom",
                "code": one.what or None,
                "end_date": None,
                "grade": said.get("grade"),
                "text": "; ".join(words) or None,
                "source": f"{mark}{one.number}",
            }
    here = {str(row.get("source")) for row in rows}
    rows[:] = [
        row
        for row in rows
        if not str(row.get("source")).startswith(mark) or row["source"] in wanted
    ]
    for source, row in wanted.items():
        if source not in here:
            shelf.add(reference, row)


def _clinic_time(moment: datetime, zone: tzinfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, microsecond=0)
