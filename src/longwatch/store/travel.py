"""Between Arrow columns and what the database takes and gives; no object per row or cell of ours.

Dates and moments travel as ISO text: both databases take it, and Arrow reads it column by column.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

Cells = Sequence[Any]

_NATIVE = {
    str(kind): kind
    for kind in (
        *(pa.null(), pa.bool_(), pa.string(), pa.date32(), pa.float32(), pa.float64()),
        *(pa.int8(), pa.int16(), pa.int32(), pa.int64()),
        *(pa.uint8(), pa.uint16(), pa.uint32(), pa.uint64()),
        *(pa.timestamp(unit) for unit in ("s", "ms", "us", "ns")),
    )
}
"""Types in which an extra column comes back; others come back as text."""


def to_database(column: pa.ChunkedArray) -> list[Any]:
    """The cells of a column as the database takes them.

    >>> from datetime import date
    >>> to_database(pa.chunked_array([[date(2025, 3, 3), None]]))
    ['2025-03-03', None]
    """
    if pa.types.is_dictionary(column.type):
        column = column.cast(column.type.value_type)
    if pa.types.is_temporal(column.type):
        column = column.cast(pa.string())
    if pa.types.is_string(column.type) and pc.any(pc.match_substring(column, "\0")).as_py():
        # PostgreSQL has no NUL in a text.
        column = pc.replace_substring(column, "\0", "\\x00")
    cells: list[Any] = column.to_pylist()
    return cells


def from_database(cells: Cells, kind: pa.DataType) -> pa.Array:
    """A column of what the database gave.

    >>> from_database(("2025-03-03", None), pa.date32()).to_pylist()
    [datetime.date(2025, 3, 3), None]
    """
    if pa.types.is_temporal(kind) and any(isinstance(cell, str) for cell in cells):
        return pa.array(cells, pa.string()).cast(kind)
    return pa.array(cells, kind)


def kept_type(kind: pa.DataType) -> pa.DataType:
    """The type in which an extra column of this type comes back."""
    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return kind if str(kind) in _NATIVE else pa.string()


def type_of(name: str) -> pa.DataType:
    """The type that `str` wrote; text when it is none of those kept."""
    return _NATIVE.get(name, pa.string())


def pack_extras(columns: dict[str, pa.ChunkedArray], rows: int) -> list[str | None]:
    """Extra columns as one JSON object per row, without empty cells; None where all are empty."""
    if not columns:
        return [None] * rows
    cells = {name: _json_cells(column) for name, column in columns.items()}
    packed: list[str | None] = []
    for row in zip(*cells.values(), strict=True):
        told = {name: cell for name, cell in zip(cells, row, strict=True) if cell is not None}
        packed.append(json.dumps(told, ensure_ascii=False, sort_keys=True) if told else None)
    return packed


def unpack_extras(packed: Cells, kinds: dict[str, pa.DataType]) -> dict[str, pa.Array]:
    """The extra columns that `pack_extras` packed, each in its type."""
    if not kinds:
        return {}
    rows = [json.loads(text) if text else {} for text in packed]
    return {name: _typed([row.get(name) for row in rows], kind) for name, kind in kinds.items()}


def _json_cells(column: pa.ChunkedArray) -> list[Any]:
    kind = kept_type(column.type)
    if kind != column.type:
        column = _as_text(column) if pa.types.is_string(kind) else column.cast(kind)
    return to_database(column)


def _as_text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    try:
        return column.cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return pa.chunked_array([[None if c is None else str(c) for c in column.to_pylist()]])


def _typed(cells: list[Any], kind: pa.DataType) -> pa.Array:
    if pa.types.is_string(kind):
        cells = [cell if cell is None or isinstance(cell, str) else str(cell) for cell in cells]
    return from_database(cells, kind)
