"""Is the person ready for the alemtuzumab that is being ordered? Asked of the watch itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from typing import Any

import pyarrow as pa

from longwatch.core.dates import add_months
from longwatch.exchange.fhir.codes import known_as, new_course_after_months
from longwatch.exchange.fhir.elements import Json, codes_of, objects
from longwatch.watch import watch
from longwatch.watch.readiness import BLOCKED, COURSE
from longwatch.web.dossier import Dossier
from longwatch.web.hooks.cards import Card, label_of

DRUG = "alemtuzumab"
_NAMES = (DRUG, "lemtrada")


def ordered_days(draft: Json | None, today: date) -> list[date]:
    """The first day of each order of alemtuzumab in a Bundle of drafts; today where none is said.

    >>> drug = {"resourceType": "MedicationRequest",
    ...     "medicationCodeableConcept": {"text": "Lemtrada 12 mg"}}
    >>> ordered_days({"entry": [{"resource": drug}]}, date(2026, 11, 22))
    [datetime.date(2026, 11, 22)]
    """
    parts = [
        part for one in objects((draft or {}).get("entry")) for part in objects(one.get("resource"))
    ]
    named = {f"{part.get('resourceType')}/{part.get('id')}": part for part in parts}
    orders = [part for part in parts if part.get("resourceType") == "MedicationRequest"]
    return sorted({_first_day(one, today) for one in orders if _is_drug(one, named)})


def _is_drug(order: Json, named: Mapping[str, Json]) -> bool:
    concepts = [order.get("medicationCodeableConcept")]
    reference = (objects(order.get("medicationReference")) or [{}])[0]
    there = str(reference.get("reference", ""))
    contained = {f"#{part.get('id')}": part for part in objects(order.get("contained"))}
    if (drug := contained.get(there) or named.get(there)) is not None:
        concepts.append(drug.get("code"))
    codes = [code for concept in concepts for code in codes_of(concept)]
    words = " ".join([*(code.text for code in codes), str(reference.get("display", ""))]).lower()
    return known_as("infused", codes) == DRUG or any(name in words for name in _NAMES)


def _first_day(order: Json, today: date) -> date:
    said = []
    for dose in objects(order.get("dosageInstruction")):
        for timing in objects(dose.get("timing")):
            events = timing.get("event")
            said += events if isinstance(events, list) else []
            for repeat in objects(timing.get("repeat")):
                said += [span.get("start") for span in objects(repeat.get("boundsPeriod"))]
    days = []
    for one in said:
        try:
            days.append(date.fromisoformat(str(one)[:10]))
        except ValueError:
            continue
    return min(days, default=today)


def readiness_cards(dossier: Dossier, days: Sequence[date]) -> list[Card]:
    """One card for each order: ready, or what is missing."""
    return [_card(dossier, day) for day in days]


def stranger(day: date) -> Card:
    """That nothing is known of the person: readiness is unknown, never fine."""
    summary = f"Alemtuzumab ordered for {day}: this person is on no list, readiness is unknown"
    detail = "Longwatch knows nobody by these numbers: nothing could be checked before the course."
    return Card(COURSE, "critical", summary, detail, "Longwatch")


def _card(dossier: Dossier, day: date) -> Card:
    course, rows = _checks(dossier, day)
    titles = {part.id: part.title for part in dossier.pack.before_course}
    parts = [row for row in rows if row["activity"] != COURSE]
    wanted = [row for row in parts if row["state"] in (BLOCKED, "unknown")]
    whole = next((row for row in rows if row["activity"] == COURSE), None)
    label = label_of(dossier)
    what = f"course {course} of alemtuzumab on {day}"
    if whole is not None and whole["state"] != BLOCKED:
        lines = _lines(parts, titles)
        return Card(COURSE, "info", f"Ready for {what}: nothing is missing", lines, label)
    named = ", ".join(titles.get(row["activity"], row["activity"]) for row in wanted)
    why = named or (whole["detail"] if whole is not None else "nothing can be told")
    summary = f"Not ready for {what}: {why}"
    return Card(COURSE, "critical", summary, _lines(wanted, titles) or why, label)


def _lines(rows: Iterable[Mapping[str, Any]], titles: Mapping[str, str]) -> str:
    return "\n".join(
        f"- {titles.get(row['activity'], row['activity'])}: {row['state']}, {row['detail']}"
        for row in rows
    )


def _checks(dossier: Dossier, day: date) -> tuple[int, list[Mapping[str, Any]]]:
    """The watch's readiness with the order as a planned infusion."""
    table = dossier.record.infusions
    rows = [row for row in table.to_pylist() if row["status"] != "planned" or row["date"] == day]
    planned = [row for row in rows if row["status"] == "planned"]
    if planned:
        course = planned[0]["course"]
    else:
        course = _course_of(dossier, day)
        before = sum(1 for row in dossier.infusions if row["course"] == course)
        whose = {"patient": dossier.person.reference, "date": day, "course": course}
        rows.append({**whose, "day": before + 1, "status": "planned"})
    record = replace(dossier.record, infusions=pa.Table.from_pylist(rows, schema=table.schema))
    outcome = watch(dossier.pack, record.sorted(), dossier.as_of, engine="python")
    found = [row for row in outcome.readiness.to_pylist() if row["course"] == course]
    return course, found


def _course_of(dossier: Dossier, day: date) -> int:
    given = dossier.infusions
    if not given:
        return 1
    newest = given[-1]
    same = day < add_months(newest["date"], new_course_after_months())
    return int(newest["course"] or 1) + (0 if same else 1)
