"""What the kernel reads of few people, as plain rows: with every message, so without tables."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from datetime import date, datetime
from itertools import accumulate
from typing import Any

from django.db import connection

from longwatch.alerts.asking import ask, places
from longwatch.core.record_faults import leaves_infusions_open
from longwatch.store.plainly import padded
from longwatch.watch.columns import day_of
from longwatch.watch.facts import NEVER_RECEIVED, NONE
from longwatch.watch.few_people import PlainEvent, PlainInfusion, PlainPerson, PlainResults

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (clinic time)
_COUNTS = (
    't."patient_id" IN ({people}) AND NOT t."gone" '
    'AND NOT EXISTS (SELECT 1 FROM "{table}" s WHERE s."supersedes_id" = t."id")'
)
_LIFE = """
    SELECT 0, t."id", {birth_date}, "sex", NULL, CAST(NULL AS INTEGER), {no_day}
    FROM "store_patient" t WHERE t."id" IN ({people})
    UNION ALL
    SELECT 1, "patient_id", {date}, NULL, "status", "course", {no_day}
    FROM "store_infusion" t WHERE {infusions}
    UNION ALL
    SELECT 2, "patient_id", {date}, "kind", "code", NULL, {end_date}
    FROM "store_event" t WHERE {events}
    UNION ALL
    SELECT 3, p."id", {no_day}, h."reason", h."raw", NULL, {no_day}
    FROM "store_helditem" h JOIN "store_patient" p ON p."reference" = h."patient"
    WHERE h."table" = 'infusions' AND h."resolved_at" IS NULL AND p."id" IN ({people})
"""
"""One question for what is little: each costs more than its answer."""
_RESULTS = """
    SELECT "patient_id", "id", {date}, "test", "value", "value_high", "comparator", "unit", "low",
    "high", "status", "laboratory", "received" FROM "store_result" t WHERE {results}
    ORDER BY "patient_id", "date", "id"
"""
_PERSON, _INFUSION, _EVENT, _HELD = range(4)


def few_at_hand(keys: Sequence[int]) -> tuple[list[PlainPerson], PlainResults]:
    """Everything that the kernel needs of people none of whom is somebody else, too; in order.

    Inputs:
        keys: of the people, ascending.
    """
    asked = padded(keys)
    parts: dict[int, tuple[list[Any], ...]] = {key: ([], [], [], []) for key in keys}
    for part, key, *cells in ask(_sql(_LIFE, len(asked)), asked * 4):
        parts[key][part].append(cells)
    rows = ask(_sql(_RESULTS, len(asked)), asked)
    whose, *columns = zip(*rows, strict=True) if rows else [()] * len(PlainResults._fields)
    numbers = Counter(whose)
    at = [0, *accumulate(numbers[key] for key in keys)]
    found = PlainResults(at, *columns)
    found = found._replace(day=_each(_day, found.day), received=_each(_moment, found.received))
    return [_person(parts[key]) for key in keys], found


def _each(reads: Callable[[Any], int], cells: Sequence[Any]) -> list[int]:
    """Each cell read; most of a column are alike."""
    known = {cell: reads(cell) for cell in set(cells)}
    return [known[cell] for cell in cells]


def _person(parts: tuple[list[Any], ...]) -> PlainPerson:
    birth, sex, *_ = parts[_PERSON][0]
    infusions = parts[_INFUSION]
    return PlainPerson(
        sex=sex,
        birth=_day(birth),
        incomplete=any(course is None for _, _, _, course, _ in infusions)
        or any(leaves_infusions_open(reason, raw) for _, reason, raw, _, _ in parts[_HELD]),
        infusions=[
            PlainInfusion(_day(day), course, status)
            for day, _, status, course, _ in infusions
            if course is not None
        ],
        events=[
            PlainEvent(_day(day), kind, code, _day(end))
            for day, kind, code, _, end in parts[_EVENT]
        ],
    )


def _sql(query: str, people: int) -> str:
    known = _MADE.get((connection.vendor, query, people))
    if known is None:
        sqlite = connection.vendor == "sqlite"
        # Python's sqlite3 would make an object of each cell of a column declared as a date.
        words = {
            name: f'CAST(t."{name}" AS TEXT)' if sqlite else f't."{name}"'
            for name in ("date", "end_date", "birth_date")
        }
        words["no_day"] = "NULL" if sqlite else "CAST(NULL AS DATE)"
        words["people"] = places([None] * people)
        for name in ("infusion", "event", "result"):
            words[f"{name}s"] = _COUNTS.format(table=f"store_{name}", people=words["people"])
        known = _MADE[connection.vendor, query, people] = query.format(**words)
    return known


_MADE: dict[tuple[str, str, int], str] = {}


def _day(cell: Any) -> int:
    if cell is None:
        return NONE
    return day_of(date.fromisoformat(cell) if isinstance(cell, str) else cell)


def _moment(cell: Any) -> int:
    """Microseconds, as Arrow counts a moment without a zone."""
    if cell is None:
        return NEVER_RECEIVED
    span = (datetime.fromisoformat(cell) if isinstance(cell, str) else cell) - _EPOCH
    return (span.days * 86_400 + span.seconds) * 1_000_000 + span.microseconds
