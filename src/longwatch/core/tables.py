"""The tables of a Record and of the watch's answer: names, columns, types (design 5 and 8).

Tables travel as `pyarrow.Table`; everything that offers the Arrow PyCapsule interface is accepted.
"""

from __future__ import annotations

import pyarrow as pa

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
    """Any Arrow-compatible frame as a `pyarrow.Table`; not yet cast, columns as they came.

    Raises:
        TypeError: when `data` does not offer the Arrow PyCapsule interface.

    >>> as_table({"patient": ["p1"]}, RECORD["patients"]).num_rows
    1
    """
    if isinstance(data, pa.Table):
        return data
    if isinstance(data, dict):
        return pa.table(
            {
                name: pa.array(column, schema.field(name).type if name in schema.names else None)
                for name, column in data.items()
            }
        )
    if hasattr(data, "__arrow_c_stream__") or hasattr(data, "__arrow_c_array__"):
        return pa.table(data)
    raise TypeError(
        f"{type(data).__name__} is not a table: give pyarrow, polars, pandas, duckdb "
        "or anything else with the Arrow PyCapsule interface"
    )
