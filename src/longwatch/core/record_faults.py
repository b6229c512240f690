"""Rows that cannot be used: where they stand, what is wrong, and how they wait for a person."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from hashlib import sha256
from typing import Any

import pyarrow as pa

from longwatch.core.errors import Problem
from longwatch.core.held import HeldReason
from longwatch.core.tables import DESK

MOST_PROBLEMS = 1000
"""So many problems are listed in words per table; all of them are in `held`."""

_LEAVES_INFUSIONS_OPEN = frozenset(
    {
        HeldReason.BAD_ROW,
        HeldReason.BAD_DATE,
        HeldReason.MISSING_DATE,
        HeldReason.FUTURE_DATE,
        HeldReason.BAD_MESSAGE,
        HeldReason.UNSUPPORTED,
    }
)


@dataclass(frozen=True, slots=True)
class Fault:
    """One thing wrong with one row.

    `row`: its place in the table as it came, from 0. `column`: None when the row as a whole is
    meant. `whole`: the row stays out of the table; otherwise only this cell is emptied.
    """

    row: int
    column: str | None
    reason: HeldReason
    what: str
    how: str
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Origin:
    """Where a table came from, and how to say where one of its rows stands.

    `rows`: from rows (from 0) to `7` or `row 7`; asked once for all, because it reads the file.
    """

    table: str
    label: str
    rows: Callable[[Sequence[int]], Mapping[int, str]]


def rows_by_number(rows: Sequence[int]) -> Mapping[int, str]:
    """How rows of a table without lines are called."""
    return {row: f"row {row + 1}" for row in rows}


def report(
    faults: Sequence[Fault], raw: pa.Table, origin: Origin
) -> tuple[list[Problem], pa.Table]:
    """The faults as problems in words (the first `MOST_PROBLEMS`) and as rows of `held` (all)."""
    if not faults:
        return [], DESK["held"].empty_table()
    rows = sorted({fault.row for fault in faults})
    places = origin.rows(rows)
    texts = _row_texts(raw, rows)
    columns = {name: place for place, name in enumerate(raw.column_names, 1)}
    problems, held = [], []
    for fault in sorted(faults, key=lambda fault: (fault.row, columns.get(fault.column or "", 0))):
        where = f"{origin.label}:{places[fault.row]}"
        if fault.column in columns:
            where += f":{columns[fault.column]}"
        problems.append(Problem(fault.what, where, how=fault.how))
        text, patient = texts[fault.row]
        table = origin.table if fault.whole else f"{origin.table}.{fault.column}"
        held.append(held_row(table, where, fault, patient, text))
    if len(problems) > MOST_PROBLEMS:
        more = Problem(
            f"and {len(problems) - MOST_PROBLEMS:,} more problems in this table",
            origin.label,
            how="see table held for all of them",
        )
        problems = [*problems[:MOST_PROBLEMS], more]
    return problems, pa.Table.from_pylist(held, DESK["held"])


def held_row(
    table: str, where: str, fault: Fault, patient: str | None, text: str
) -> dict[str, str | None]:
    """One row of `held`; its id depends on nothing but what it says, so it is made once."""
    key = "\0".join((table, where, fault.reason, text))
    return {
        "id": sha256(key.encode()).hexdigest()[:16],
        "table": table,
        "source": where.partition(":")[0],
        "where": where,
        "reason": fault.reason,
        "detail": fault.what,
        "mend": fault.how,
        "patient": patient,
        "raw": text,
        "received": None,
    }


def incomplete_patients(held: pa.Table) -> dict[str, str]:
    """Patients of infusion rows that cannot be used, each with a sentence.

    Their courses are not known in full, so nothing reassuring may be said of them. Rows of
    infusions that were not done do not count.
    """
    patients: dict[str, str] = {}
    if not held.num_rows:
        return patients
    for row in held.select(["table", "reason", "patient", "where", "detail", "raw"]).to_pylist():
        open_ends = row["table"] == "infusions" and leaves_infusions_open(row["reason"], row["raw"])
        if open_ends and row["patient"]:
            patients.setdefault(
                row["patient"], f"an infusion cannot be read ({row['where']}: {row['detail']})"
            )
    return patients


def leaves_infusions_open(reason: str, raw: str | None) -> bool:
    """Whether an infusion that waits for a person may have been one that counts."""
    return reason in _LEAVES_INFUSIONS_OPEN and not _was_not_done(raw or "")


def _was_not_done(raw: str) -> bool:
    return any(row.get("status") == "not-done" for row in csv.DictReader(io.StringIO(raw)))


def _row_texts(raw: pa.Table, rows: list[int]) -> dict[int, tuple[str, str | None]]:
    """Each row as a small CSV with its header, and its patient if it names one."""
    texts = {}
    for row, cells in zip(rows, raw.take(pa.array(rows)).to_pylist(), strict=True):
        patient = cells.get("patient")
        named = str(patient).strip() if patient is not None else ""
        texts[row] = (as_csv(cells), named or None)
    return texts


def as_csv(cells: Mapping[str, Any]) -> str:
    r"""Column names and one row, as CSV text.

    >>> as_csv({"patient": "p1", "text": "a, b"})
    'patient,text\r\np1,"a, b"\r\n'
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(cells)
    writer.writerow("" if cell is None else cell for cell in cells.values())
    return text.getvalue()
