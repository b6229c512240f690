"""What the kernel reads of one person, as plain rows: with every message, so without tables."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import connection

from longwatch.alerts.asking import ask
from longwatch.core.record_faults import leaves_infusions_open
from longwatch.watch.columns import day_of
from longwatch.watch.facts import NEVER_RECEIVED, NONE
from longwatch.watch.one_person import PlainEvent, PlainInfusion, PlainPerson, PlainResult

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (clinic time)
_COUNTS = (
    't."patient_id" = %s AND NOT t."gone" '
    'AND NOT EXISTS (SELECT 1 FROM "{table}" s WHERE s."supersedes_id" = t."id")'
)
_LIFE = """
    SELECT 0, {birth_date}, "sex", NULL, CAST(NULL AS INTEGER), {no_day}
    FROM "store_patient" t WHERE t."id" = %s
    UNION ALL
    SELECT 1, {date}, NULL, "status", "course", {no_day} FROM "store_infusion" t WHERE {infusions}
    UNION ALL
    SELECT 2, {date}, "kind", "code", NULL, {end_date} FROM "store_event" t WHERE {events}
    UNION ALL
    SELECT 3, {no_day}, "reason", "raw", NULL, {no_day} FROM "store_helditem"
    WHERE "table" = 'infusions' AND "resolved_at" IS NULL AND "patient" = %s
"""
"""One question for what is little: each costs more than its answer."""
_RESULTS = """
    SELECT "id", {date}, "test", "value", "value_high", "comparator", "unit", "low", "high",
    "status", "laboratory", "received" FROM "store_result" t WHERE {results} ORDER BY "date", "id"
"""
_PERSON, _INFUSION, _EVENT, _HELD = range(4)


def one_at_hand(key: int, reference: str) -> PlainPerson:
    """Everything that the kernel needs of one person who is nobody else, too."""
    parts: tuple[list[Any], ...] = ([], [], [], [])
    for part, *cells in ask(_sql(_LIFE), [key, key, key, reference]):
        parts[part].append(cells)
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
        results=[
            PlainResult._make((number, _day(day), *cells, _moment(received)))
            for number, day, *cells, received in ask(_sql(_RESULTS), [key])
        ],
    )


def _sql(query: str) -> str:
    known = _MADE.get((connection.vendor, query))
    if known is None:
        sqlite = connection.vendor == "sqlite"
        # Python's sqlite3 would make an object of each cell of a column declared as a date.
        words = {
            name: f'CAST(t."{name}" AS TEXT)' if sqlite else f't."{name}"'
            for name in ("date", "end_date", "birth_date")
        }
        words["no_day"] = "NULL" if sqlite else "CAST(NULL AS DATE)"
        for name in ("infusion", "event", "result"):
            words[f"{name}s"] = _COUNTS.format(table=f"store_{name}")
        known = _MADE[connection.vendor, query] = query.format(**words)
    return known


_MADE: dict[tuple[str, str], str] = {}


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
