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
_WHO = 'SELECT "sex", {birth_date} FROM "store_patient" t WHERE t."id" = %s'
_INFUSIONS = 'SELECT {date}, "course", "status" FROM "{table}" t WHERE {counts}'
_EVENTS = 'SELECT {date}, "kind", "code", {end_date} FROM "{table}" t WHERE {counts}'
_RESULTS = """
    SELECT "id", {date}, "test", "value", "value_high", "comparator", "unit", "low", "high",
    "status", "laboratory", "received" FROM "{table}" t WHERE {counts} ORDER BY "date", "id"
"""
_HELD = (
    'SELECT "reason", "raw" FROM "store_helditem" '
    'WHERE "table" = \'infusions\' AND "resolved_at" IS NULL AND "patient" = %s'
)


def one_at_hand(key: int, reference: str) -> PlainPerson:
    """Everything that the kernel needs of one person who is nobody else, too."""
    (sex, birth), *_ = ask(_sql(_WHO), [key])
    infusions = ask(_sql(_INFUSIONS, "store_infusion"), [key])
    held = ask(_HELD, [reference])
    return PlainPerson(
        sex=sex,
        birth=_day(birth),
        incomplete=any(course is None for _, course, _ in infusions)
        or any(leaves_infusions_open(reason, raw) for reason, raw in held),
        infusions=[
            PlainInfusion(_day(day), course, status)
            for day, course, status in infusions
            if course is not None
        ],
        events=[
            PlainEvent(_day(day), kind, code, _day(end))
            for day, kind, code, end in ask(_sql(_EVENTS, "store_event"), [key])
        ],
        results=[
            PlainResult(number, _day(day), *cells, _moment(received))
            for number, day, *cells, received in ask(_sql(_RESULTS, "store_result"), [key])
        ],
    )


def _sql(query: str, table: str = "") -> str:
    known = _MADE.get((connection.vendor, query))
    if known is None:
        # Python's sqlite3 would make an object of each cell of a column declared as a date.
        days = {
            name: f'CAST(t."{name}" AS TEXT)' if connection.vendor == "sqlite" else f't."{name}"'
            for name in ("date", "end_date", "birth_date")
        }
        counts = _COUNTS.format(table=table)
        known = query.format(**days, table=table, counts=counts)
        _MADE[connection.vendor, query] = known
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
