"""A table of the store as Arrow columns: which rows count, and their cells in batches."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import pyarrow as pa
from django.db import connection

from longwatch.store.columns import EXTRA, FACTS, Stored
from longwatch.store.extras import known_extras
from longwatch.store.plainly import padded, places
from longwatch.store.travel import from_database, unpack_extras

_BATCH = 20_000
_FEW = 64
"""Up to so many people stand in a query whose plan the server keeps."""


def read_table(
    stored: Stored,
    *,
    as_of: datetime | None = None,
    patients: Sequence[int] | None = None,
    references: Sequence[str] | None = None,
    besides: tuple[str, ...] = (),
    extras: Mapping[str, pa.DataType] | None = None,
    only: tuple[str, ...] | None = None,
) -> pa.Table:
    """The rows of one table that count, in the order in which they were filed.

    Inputs:
        as_of: only what was filed by then, and not superseded by then; None: now.
        patients: keys of the patients whose rows are wanted; None: all.
        references: of `held`, whose rows are wanted; few of them. None: all.
        besides: further columns of the store, as whole numbers.
        extras: its extra columns, where they were asked for in this transaction.
        only: the columns of the Record that are wanted, none of them an extra one; None: all.

    Returns:
        The columns of the Record, extra ones last; `patient` is the key of the patient in the
        store where the table refers to one.
    """
    asked = _asked(stored, as_of, patients, besides, extras, only, references)
    kinds, packed = asked.kinds, asked.packed
    order = [*besides, *asked.base, *asked.extras]
    tables = []
    for rows in _fetched(asked.query, asked.parameters):
        cells = list(zip(*rows, strict=True))
        columns = {
            name: from_database(column, kind)
            for (name, kind), column in zip(kinds.items(), cells, strict=False)
        }
        columns |= unpack_extras(cells[-1], packed) if asked.has_extra else {}
        tables.append(pa.table(columns))
    if not tables:
        empty = {name: pa.array([], kind) for name, kind in (kinds | packed).items()}
        return pa.table(empty).select(order)
    return pa.concat_tables(tables).select(order)


def read_rows(
    stored: Stored,
    patients: Sequence[int],
    besides: tuple[str, ...] = (),
    extras: Mapping[str, pa.DataType] | None = None,
    days: Sequence[str] | None = None,
) -> list[dict[str, Any]]:
    """The rows of `read_table` for few people, without making a table of them.

    Inputs:
        days: ISO dates of the rows that are wanted; None: all.
    """
    asked = _asked(stored, None, patients, besides, extras, None, days=days)
    readers = [(name, _reader(kind)) for name, kind in asked.kinds.items()]
    unlike = [(name, read) for name, read in readers if read is not None]
    none = dict.fromkeys(asked.packed)
    made: list[dict[str, Any]] = []
    packed: list[Any] = []
    for rows in _fetched(asked.query, asked.parameters):
        for cells in rows:
            row = dict(zip(asked.kinds, cells, strict=False)) | none
            for name, read in unlike:
                if row[name] is not None:
                    row[name] = read(row[name])
            made.append(row)
            packed.append(cells[-1])
    if asked.packed and any(packed):
        for name, column in unpack_extras(packed, asked.packed).items():
            for row, cell in zip(made, column.to_pylist(), strict=True):
                row[name] = cell
    return made


def _reader(kind: pa.DataType) -> Callable[[Any], Any] | None:
    """How a cell of the database becomes what Arrow would give; None: it is that already."""
    if pa.types.is_date(kind):
        return _day
    if pa.types.is_timestamp(kind):
        return _moment
    return bool if pa.types.is_boolean(kind) else None


def _day(cell: Any) -> date:
    return date.fromisoformat(cell) if isinstance(cell, str) else cell


def _moment(cell: Any) -> datetime:
    return datetime.fromisoformat(cell) if isinstance(cell, str) else cell


class _Asked(NamedTuple):
    """A query, and what its columns are: `packed` extras come in the last one."""

    query: str
    parameters: list[Any]
    kinds: dict[str, pa.DataType]
    base: Sequence[str]
    extras: Sequence[str]
    packed: dict[str, pa.DataType]
    has_extra: bool


def _asked(
    stored: Stored,
    as_of: datetime | None,
    patients: Sequence[int] | None,
    besides: tuple[str, ...],
    extras: Mapping[str, pa.DataType] | None,
    only: tuple[str, ...] | None,
    references: Sequence[str] | None = None,
    days: Sequence[str] | None = None,
) -> _Asked:
    if only is not None:
        extras = {}
    elif extras is None:
        extras = known_extras(stored)
    base = {name: kind for name, kind in stored.types.items() if name not in stored.own}
    if only is not None:
        base = {name: stored.types[name] for name in only}
    own = {name: kind for name, kind in extras.items() if stored.own.get(name) == kind}
    packed = {name: kind for name, kind in extras.items() if name not in own}
    kinds = {name: pa.int64() for name in besides} | base | own
    if "patient" in kinds and stored.sql_column("patient") == "patient_id":
        kinds["patient"] = pa.int64()
    wanted = [_expression(stored.sql_column(name), kind) for name, kind in kinds.items()]
    has_extra = only is None and stored.has_extra
    if has_extra:
        wanted.append(f't."{EXTRA}"')
    condition, parameters = _which(stored, as_of, patients, references)
    if days is not None:
        asked = padded(days)
        condition += f' AND t."date" IN ({places(len(asked))})'
        parameters += asked
    query = f'SELECT {", ".join(wanted)} FROM "{stored.sql_name}" t {condition} ORDER BY t."id"'  # noqa: S608
    return _Asked(query, parameters, kinds, list(base), list(extras), packed, has_extra)


def _expression(column: str, kind: pa.DataType) -> str:
    name = f't."{column}"'
    if connection.vendor == "sqlite" and pa.types.is_date(kind):
        # Python's sqlite3 would make an object of each cell of a column declared as a date.
        return f"CAST({name} AS TEXT)"
    return name


def _which(
    stored: Stored,
    as_of: datetime | None,
    patients: Sequence[int] | None,
    references: Sequence[str] | None,
) -> tuple[str, list[Any]]:
    conditions: list[str] = []
    parameters: list[Any] = []
    until = None if as_of is None else connection.ops.adapt_datetimefield_value(as_of)
    if until is not None:
        conditions.append('t."filed_at" <= %s')
        parameters.append(until)
    if stored.name in FACTS:
        later = f'SELECT 1 FROM "{stored.sql_name}" s WHERE s."supersedes_id" = t."id"'  # noqa: S608
        if until is not None:
            later += ' AND s."filed_at" <= %s'
            parameters.append(until)
        conditions.append(f'NOT t."gone" AND NOT EXISTS ({later})')
    elif stored.name == "held":
        open_still = 't."resolved_at" IS NULL'
        if until is not None:
            open_still += ' OR t."resolved_at" > %s'
            parameters.append(until)
        conditions.append(f"({open_still})")
    if patients is not None:
        column = {"patients": "id", "held": None}.get(stored.name, "patient_id")
        if column is not None and 0 < len(patients) <= _FEW:
            keys_asked = padded(patients)
            conditions.append(f't."{column}" IN ({places(len(keys_asked))})')
            parameters += keys_asked
        elif column is not None:
            keys = ", ".join(str(int(key)) for key in patients) or "NULL"
            conditions.append(f't."{column}" IN ({keys})')
    if references is not None:
        conditions.append(f't."patient" IN ({", ".join(["%s"] * len(references)) or "NULL"})')
        parameters += references
    return ("WHERE " + " AND ".join(conditions) if conditions else ""), parameters


def _fetched(query: str, parameters: list[Any]) -> Iterable[list[tuple[Any, ...]]]:
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        while rows := cursor.fetchmany(_BATCH):
            yield rows
