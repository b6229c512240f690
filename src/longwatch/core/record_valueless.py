"""Rows of numeric tests without a value: read from `text` where it is one, else shown to a person.

Such a row stays in the table (it may say that the sample failed), answers nothing, and is reported:
a count that nobody could read must not look like a count that nobody took.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.catalogue import Test, catalogue
from longwatch.core.held import HeldReason
from longwatch.core.numbers import Reading, read_number
from longwatch.core.record_faults import Fault
from longwatch.core.status import ResultStatus
from longwatch.core.values import Refusal, read_value

_FILLED = ("value", "comparator", "value_high")


def read_valueless(
    typed: pa.Table, known: set[int], held: pa.Table | None = None
) -> tuple[pa.Table, list[Fault]]:
    """Fills values that stand in `text` ("<5", "3-5"), in the row's own unit; faults the others.

    Inputs:
        typed: results with typed columns.
        known: rows with a fault already; they are left alone.
        held: what waits already; a row that it tells of is not reported again.
    """
    rows = _valueless(typed, known)
    if not rows:
        return typed, []
    names = (*_FILLED, "patient", "date", "test", "text", "unit", "status")
    present = [name for name in names if name in typed.column_names]
    cells = typed.select(present).take(pa.array(rows)).to_pylist()
    told = _told(held)
    corrected = _corrected(typed, cells)
    filled: dict[int, Reading] = {}
    faults: list[Fault] = []
    for row, cell in zip(rows, cells, strict=True):
        test = catalogue().tests[cell["test"]]
        read = _read(test, cell)
        if isinstance(read, Reading):
            filled[row] = read
        elif not _is_told(cell, told) and not (
            cell.get("status") == ResultStatus.CORRECTED and _key(cell) in corrected
        ):
            what = read.detail if test.id in read.detail else f"{test.id}: {read.detail}"
            faults.append(Fault(row, "value", HeldReason(read.reason), what, read.how, whole=False))
    return _fill(typed, filled) if filled else typed, faults


def _valueless(typed: pa.Table, known: set[int]) -> list[int]:
    numeric = [test.id for test in catalogue().tests.values() if test.kind == "number"]
    names = typed["test"].cast(pa.string())
    bare = pc.and_(pc.is_null(typed["value"]), pc.is_in(names, value_set=pa.array(numeric)))
    if "status" in typed.column_names:
        gone = pc.equal(typed["status"].cast(pa.string()), ResultStatus.CANCELLED.value)
        bare = pc.and_(bare, pc.invert(pc.fill_null(gone, False)))
    return [row for row in np.flatnonzero(bare.to_numpy()).tolist() if row not in known]


def _read(test: Test, cell: dict[str, Any]) -> Reading | Refusal:
    """The number in `text`, when the test can have it in this unit."""
    text = (cell.get("text") or "").strip()
    sign = cell.get("comparator") or ""
    sent = f"{sign}{text}" if text else ""
    read = read_value(test, sent, cell.get("unit"))
    if isinstance(read, Refusal):
        return read
    number = read_number(sent)
    if isinstance(number, Reading):
        return number
    return Refusal(HeldReason.NOT_A_VALUE, f"{sent!r} is no number", HeldReason.NOT_A_VALUE.remedy)


def _fill(typed: pa.Table, filled: dict[int, Reading]) -> pa.Table:
    rows = np.array(sorted(filled), np.int64)
    reads = [filled[row] for row in rows.tolist()]
    mask = np.zeros(typed.num_rows, dtype=bool)
    mask[rows] = True
    highs = [None if read.high is None else float(read.high) for read in reads]
    columns: dict[str, tuple[pa.DataType, list[Any]]] = {
        "value": (pa.float64(), [float(read.value) for read in reads]),
        "comparator": (pa.string(), [read.comparator for read in reads]),
        "value_high": (pa.float64(), highs),
    }
    for name, (kind, values) in columns.items():
        if name not in typed.column_names:
            if all(value is None for value in values):
                continue
            typed = typed.append_column(name, pa.nulls(typed.num_rows, kind))
        column = typed[name].cast(kind)
        column = pc.replace_with_mask(column, pa.array(mask), pa.array(values, kind))
        typed = typed.set_column(typed.column_names.index(name), name, column)
    return typed


def _corrected(typed: pa.Table, cells: list[dict[str, Any]]) -> set[tuple[Any, ...]]:
    """Patient, day and test of corrections that came through with a value, after all."""
    if not any(cell.get("status") == ResultStatus.CORRECTED for cell in cells):
        return set()
    words = typed["status"].cast(pa.string())
    hits = pc.and_(pc.equal(words, ResultStatus.CORRECTED.value), pc.is_valid(typed["value"]))
    part = typed.filter(pc.fill_null(hits, False)).select(["patient", "date", "test"])
    return {_key(row) for row in part.to_pylist()}


def _key(row: dict[str, Any]) -> tuple[Any, ...]:
    return (row["patient"], row["date"], row["test"])


def _told(held: pa.Table | None) -> dict[str, list[tuple[str, str]]]:
    """By patient, the sentence and the raw text of each result that waits."""
    told: dict[str, list[tuple[str, str]]] = {}
    if held is None or not held.num_rows:
        return told
    if not {"table", "patient", "detail", "raw"} <= set(held.column_names):
        return told
    for row in held.select(["table", "patient", "detail", "raw"]).to_pylist():
        if str(row["table"] or "").startswith("results") and row["patient"]:
            told.setdefault(row["patient"], []).append((row["detail"] or "", row["raw"] or ""))
    return told


def _is_told(cell: dict[str, Any], told: dict[str, list[tuple[str, str]]]) -> bool:
    """Whether something held speaks of this test on this day."""
    day = cell["date"]
    if day is None:
        return False
    written = (day.isoformat(), day.strftime("%Y%m%d"))
    return any(
        (cell["test"] in detail or cell["test"] in raw) and any(form in raw for form in written)
        for detail, raw in told.get(cell["patient"], ())
    )
