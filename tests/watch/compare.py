"""One form for the answers of engine and oracle, so that equal means equal."""

from collections.abc import Iterable
from datetime import date
from typing import Any

import pyarrow as pa
from tests.oracle import oracle

from longwatch.core.record import Record
from longwatch.core.tables import RECORD
from longwatch.protocols.model import Pack
from longwatch.watch import watch

Rows = dict[str, list[dict[str, Any]]]

COMPARED = {
    "worklist": [
        "rank",
        "patient",
        "tier",
        "since",
        "days",
        "findings",
        "overdue",
        "due",
        "blocked",
    ],
    "status": [
        "patient",
        "activity",
        "status",
        "due",
        "closes",
        "overdue_since",
        "days_overdue",
        "next_due",
        "last_answered",
        "missing",
        "protocol",
        "version",
    ],
    "findings": [
        "patient",
        "rule",
        "date",
        "tier",
        "test",
        "value",
        "unit",
        "active",
        "undecided",
        "action",
        "protocol",
        "version",
        "preliminary",
    ],
    "adherence": [
        "patient",
        "activity",
        "items",
        "on_time",
        "late",
        "missed",
        "longest_gap_days",
    ],
    "readiness": ["patient", "course", "activity", "date", "state"],
    "prophylaxis": ["patient", "period", "course", "start", "end", "state"],
    "unjudged": ["patient", "rule", "test", "since", "results"],
}
"""Left out: texts for people, which two authors word differently."""


def record_of(rows: Rows) -> Record:
    """A Record from lists of rows."""
    return Record.from_tables(**{name: table_of(name, rows[name]) for name in RECORD})


def table_of(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    schema = RECORD[name]
    if name == "results":
        schema = schema.append(pa.field("value_high", pa.float64()))
        schema = schema.append(pa.field("laboratory", pa.string()))
    loose = pa.schema([field.with_nullable(True) for field in schema])
    return pa.Table.from_pylist(rows, schema=loose)


def rows_of(record: Record) -> Rows:
    """What the Record kept, as lists of rows."""
    return {name: getattr(record, name).to_pylist() for name in RECORD}


def engine_answer(
    pack: Pack,
    record: Record,
    as_of: date,
    engine: str = "auto",
    tables: Iterable[str] = tuple(COMPARED),
) -> Rows:
    outcome = watch(pack, record, as_of, engine=engine)
    return {name: normal(name, getattr(outcome, name).to_pylist()) for name in tables}


def oracle_answer(pack: Pack, record: Record, as_of: date) -> Rows:
    slow = oracle(pack, rows_of(record), as_of, dict(record.incomplete))
    return {name: normal(name, slow[name]) for name in COMPARED}


def normal(name: str, rows: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Only the compared columns; sorted by what names a row; no text and no number is None."""
    kept = [{column: row[column] for column in COMPARED[name]} for row in rows]
    for row in kept:
        if name == "status":
            # Beside other statuses it is a sentence for people.
            listed = row["status"] in ("due", "overdue")
            row["missing"] = row["missing"] or "" if listed else ""
        if name == "findings":
            row["test"], row["unit"] = row["test"] or "", row["unit"] or ""
    return sorted(kept, key=lambda row: [str(row[column]) for column in COMPARED[name][:4]])


def differences(fast: Rows, slow: Rows) -> list[str]:
    """Every row that only one of the two has; `-` the engine's, `+` the oracle's."""
    lines = []
    for name in COMPARED:
        if fast[name] == slow[name]:
            continue
        ours = [str(row) for row in fast[name]]
        theirs = [str(row) for row in slow[name]]
        lines += [f"{name} - {row}" for row in sorted(set(ours) - set(theirs))]
        lines += [f"{name} + {row}" for row in sorted(set(theirs) - set(ours))]
        if len(ours) != len(theirs):
            lines.append(f"{name}: {len(ours)} rows against {len(theirs)}")
    return lines
