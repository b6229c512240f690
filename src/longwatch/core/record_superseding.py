"""Corrections and cancellations whose value cannot be used: they stay, without the value.

Left out, such a row would leave in force the result that it was sent to replace (semantics 1.2):
platelets 240, corrected to "clumped", would go on answering as 240.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.catalogue import catalogue
from longwatch.core.catalogue_file import normal_words
from longwatch.core.record_faults import Fault
from longwatch.core.status import ResultStatus

SUPERSEDING = frozenset({ResultStatus.CORRECTED, ResultStatus.CANCELLED})
"""Statuses that take another result out of force, whatever value stands beside them."""

_VALUE = ("value", "comparator", "value_high")
_ABOUT_THE_VALUE = frozenset({*_VALUE, "unit"})


def keep_superseding(
    typed: pa.Table, faults: Sequence[Fault], raw: pa.Table
) -> tuple[pa.Table, list[Fault]]:
    """Rows that supersede and are at fault only in their value: kept, valueless, still reported.

    Inputs:
        typed: results with typed columns; `raw`: the same rows as they came.
        faults: every fault found; those of such rows come back as faults of the cell alone.

    Returns:
        The table with these values emptied and told in `text`, and the faults.
    """
    doubted: dict[int, set[str | None]] = {}
    for fault in faults:
        if fault.whole:
            doubted.setdefault(fault.row, set()).add(fault.column)
    rows = [row for row, columns in sorted(doubted.items()) if columns <= _ABOUT_THE_VALUE]
    if rows:
        status = typed["status"].take(pa.array(rows)).to_pylist()
        rows = [row for row, word in zip(rows, status, strict=True) if word in SUPERSEDING]
    if not rows:
        return typed, list(faults)
    kept = set(rows)
    eased = [replace(fault, whole=False) if fault.row in kept else fault for fault in faults]
    return _without_value(typed, rows, raw), eased


def _without_value(typed: pa.Table, rows: list[int], raw: pa.Table) -> pa.Table:
    names = [name for name in (*_VALUE, "test", "text", "unit") if name in raw.column_names]
    sent = raw.select(names).take(pa.array(rows)).to_pylist()
    mask = np.zeros(typed.num_rows, dtype=bool)
    mask[rows] = True
    for name in _VALUE:
        if name in typed.column_names:
            nothing = pa.scalar(None, typed[name].type)
            column = pc.if_else(pa.array(mask), nothing, typed[name])
            typed = typed.set_column(typed.column_names.index(name), name, column)
    texts = pa.array([as_sent(cells) for cells in sent], typed["text"].type)
    column = pc.replace_with_mask(typed["text"], pa.array(mask), texts)
    return typed.set_column(typed.column_names.index("text"), "text", column)


def as_sent(row: Mapping[str, Any]) -> str | None:
    """Value and unit of a row of `results` as one text that no reader takes for a value.

    >>> as_sent({"test": "platelets", "comparator": "<", "value": 7.0, "unit": "furlongs"})
    '<7 furlongs'
    >>> as_sent({"test": "hiv", "value": "negative"})
    'sent as: negative'
    """
    low, high = _shown(row.get("value")), _shown(row.get("value_high"))
    number = f"{_shown(row.get('comparator'))}{low}{'-' if high else ''}{high}"
    sent = f"{number} {_shown(row.get('unit'))}".strip() if number else ""
    text = _shown(row.get("text"))
    both = f"{text} ({sent})" if text and sent else text or sent
    test = catalogue().tests.get(_shown(row.get("test")))
    if test is not None and normal_words(both) in test.words:
        return f"sent as: {both}"
    return both or None


def _shown(cell: Any) -> str:
    if cell is None:
        return ""
    return f"{cell:.15g}" if isinstance(cell, float) else str(cell).strip()
