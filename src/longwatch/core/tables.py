"""The tables of a Record and of the watch's answer: names, columns, types (design 5 and 8).

Tables travel as `pyarrow.Table`; everything that offers the Arrow PyCapsule interface is accepted.
"""

from __future__ import annotations

import pyarrow as pa

from longwatch.core.errors import Problem, UsageError

_TEXT = pa.string()
_DATE = pa.date32()
_TIME = pa.timestamp("us")
_INT = pa.int32()
_FLOAT = pa.float64()

RECORD = {
    "patients": pa.schema(
        [
            pa.field("patient", _TEXT, nullable=False),
            ("birth_date", _DATE),
            ("sex", _TEXT),
            ("ms_onset", _DATE),
            ("protocol", _TEXT),
        ]
    ),
    "infusions": pa.schema(
        [
            pa.field("patient", _TEXT, nullable=False),
            pa.field("date", _DATE, nullable=False),
            ("course", _INT),
            ("day", _INT),
            ("dose_mg", _FLOAT),
            ("drug", _TEXT),
            ("started", _TIME),
            ("ended", _TIME),
            ("status", _TEXT),
        ]
    ),
    "results": pa.schema(
        [
            pa.field("patient", _TEXT, nullable=False),
            pa.field("date", _DATE, nullable=False),
            pa.field("test", _TEXT, nullable=False),
            ("value", _FLOAT),
            ("comparator", _TEXT),
            ("text", _TEXT),
            ("unit", _TEXT),
            ("low", _FLOAT),
            ("high", _FLOAT),
            ("status", _TEXT),
            ("source", _TEXT),
            ("received", _TIME),
        ]
    ),
    "events": pa.schema(
        [
            pa.field("patient", _TEXT, nullable=False),
            pa.field("date", _DATE, nullable=False),
            pa.field("kind", _TEXT, nullable=False),
            ("code", _TEXT),
            ("end_date", _DATE),
            ("grade", _INT),
            ("text", _TEXT),
        ]
    ),
}
"""The tables that the watch reads. Extra columns are allowed and kept."""

DESK = {
    "held": pa.schema(
        [
            ("id", _TEXT),
            ("table", _TEXT),
            ("source", _TEXT),
            ("where", _TEXT),
            ("reason", _TEXT),
            ("detail", _TEXT),
            ("mend", _TEXT),
            ("patient", _TEXT),
            ("raw", _TEXT),
            ("received", _TIME),
        ]
    ),
    "identifiers": pa.schema([("authority", _TEXT), ("value", _TEXT), ("patient", _TEXT)]),
}
"""Tables beside them: what could not be filed and waits for a person; who is known by which number.

`held.reason` is one word of a closed list (`exchange`), `detail` the sentence, `mend` the remedy,
`raw` the text as it arrived, whole.
"""

OUTCOME = {
    "worklist": pa.schema(
        [
            ("rank", _INT),
            ("patient", _TEXT),
            ("tier", _TEXT),
            ("reason", _TEXT),
            ("since", _DATE),
            ("days", _INT),
            ("findings", _INT),
            ("overdue", _INT),
            ("due", _INT),
            ("blocked", _INT),
        ]
    ),
    "status": pa.schema(
        [
            ("patient", _TEXT),
            ("activity", _TEXT),
            ("status", _TEXT),
            ("due", _DATE),
            ("closes", _DATE),
            ("overdue_since", _DATE),
            ("days_overdue", _INT),
            ("next_due", _DATE),
            ("last_answered", _DATE),
            ("missing", _TEXT),
            ("protocol", _TEXT),
            ("version", _TEXT),
        ]
    ),
    "findings": pa.schema(
        [
            ("patient", _TEXT),
            ("rule", _TEXT),
            ("tier", _TEXT),
            ("test", _TEXT),
            ("date", _DATE),
            ("value", _FLOAT),
            ("unit", _TEXT),
            ("compared_with", _TEXT),
            ("active", pa.bool_()),
            ("undecided", pa.bool_()),
            ("suspects", _TEXT),
            ("action", _TEXT),
            ("source", _TEXT),
            ("protocol", _TEXT),
            ("version", _TEXT),
            ("preliminary", pa.bool_()),
        ]
    ),
    "adherence": pa.schema(
        [
            ("patient", _TEXT),
            ("activity", _TEXT),
            ("items", _INT),
            ("on_time", _INT),
            ("late", _INT),
            ("missed", _INT),
            ("longest_gap_days", _INT),
        ]
    ),
    "readiness": pa.schema(
        [
            ("patient", _TEXT),
            ("course", _INT),
            ("date", _DATE),
            ("activity", _TEXT),
            ("state", _TEXT),
            ("detail", _TEXT),
        ]
    ),
    "prophylaxis": pa.schema(
        [
            ("patient", _TEXT),
            ("period", _TEXT),
            ("course", _INT),
            ("start", _DATE),
            ("end", _DATE),
            ("state", _TEXT),
            ("detail", _TEXT),
        ]
    ),
    "unjudged": pa.schema(
        [
            ("patient", _TEXT),
            ("rule", _TEXT),
            ("test", _TEXT),
            ("since", _DATE),
            ("results", _INT),
            ("why", _TEXT),
        ]
    ),
}
"""What the watch answers with. `unjudged` lists rules that no result could be held against."""


def as_table(data: object, schema: pa.Schema) -> pa.Table:
    """Any Arrow-compatible frame as a `pyarrow.Table`; text plain, other columns as they came.

    Inputs:
        data: a frame, or a mapping of columns; text in it where `schema` has a date or number
            stays text, to be read like a file.

    Raises:
        TypeError: when `data` does not offer the Arrow PyCapsule interface.
        UsageError: when a column of a mapping mixes what cannot stand in one column.

    >>> as_table({"patient": ["p1"]}, RECORD["patients"]).num_rows
    1
    """
    if isinstance(data, pa.Table):
        return plain_text(data)
    if isinstance(data, dict):
        return plain_text(
            pa.table({name: _column(name, cells, schema) for name, cells in data.items()})
        )
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return plain_text(pa.table(data))
    raise TypeError(
        f"{type(data).__name__} is not a table: give pyarrow, polars, pandas, duckdb "
        "or anything else with the Arrow PyCapsule interface"
    )


def _column(name: str, cells: object, schema: pa.Schema) -> pa.Array | pa.ChunkedArray:
    if isinstance(cells, (pa.Array, pa.ChunkedArray)):
        return cells
    try:
        if name in schema.names:
            return pa.array(cells, schema.field(name).type)
    except (pa.ArrowInvalid, pa.ArrowTypeError):
        pass
    try:
        return pa.array(cells)
    except pa.ArrowException as error:
        raise UsageError(
            Problem(
                f"column {name!r} holds several kinds of values",
                why=str(error).splitlines()[0],
                how="give all of them as text, or all as dates or numbers",
            )
        ) from None


def plain_text(table: pa.Table) -> pa.Table:
    """The same table, every text column as `pa.string()`: few functions know the other layouts.

    >>> plain_text(pa.table({"a": pa.array(["x"], pa.string_view())})).schema.field("a").type
    DataType(string)
    """
    for place, column in enumerate(table.itercolumns()):
        if pa.types.is_dictionary(column.type):
            if _is_other_text(column.type.value_type):
                chunks = [
                    pa.DictionaryArray.from_arrays(chunk.indices, chunk.dictionary.cast(_TEXT))
                    for chunk in column.chunks
                ]
                kind = pa.dictionary(column.type.index_type, _TEXT)
                table = table.set_column(
                    place, table.column_names[place], pa.chunked_array(chunks, kind)
                )
        elif _is_other_text(column.type):
            table = table.set_column(place, table.column_names[place], column.cast(_TEXT))
    return table


def _is_other_text(kind: pa.DataType) -> bool:
    return bool(pa.types.is_large_string(kind) or pa.types.is_string_view(kind))
