"""Rows into a table of the store, column by column; what is there already stays as it is."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import islice
from typing import Any

import pyarrow as pa
from django.db import connection

from longwatch.store.columns import EXTRA, Stored
from longwatch.store.extras import learn_extras
from longwatch.store.plainly import padded, places
from longwatch.store.travel import pack_extras, to_database

_AT_ONCE = 10_000


def cells_of(
    stored: Stored,
    table: pa.Table,
    patients: Sequence[int] | None,
    known: dict[str, pa.DataType] | None = None,
) -> dict[str, Any]:
    """The columns of the store for a table of a Record, as lists of what the database takes.

    Inputs:
        patients: key of each row's patient, where the table refers to one.
        known: its extra columns, where they were asked for in this transaction.

    Returns:
        Every column of the store that a Record fills, `extra` last, in one order always.
    """
    extras = learn_extras(stored, table, known)
    own = {name for name, kind in extras.items() if stored.own.get(name) == kind}
    designed = stored.types.keys() - stored.own.keys()
    cells: dict[str, list[Any]] = {}
    for name in stored.types:
        column = stored.sql_column(name)
        if name == "patient" and patients is not None:
            cells[column] = list(patients)
        elif name in table.column_names and (name in designed or name in own):
            cells[column] = to_database(table[name])
        else:
            cells[column] = [None] * table.num_rows
    packed = {
        name: table[name]
        for name in table.column_names
        if name not in designed and name not in own and name not in stored.derived
    }
    cells[EXTRA] = pack_extras(packed, table.num_rows)
    return cells


def insert(table: str, cells: dict[str, list[Any]], unless: tuple[str, ...]) -> int:
    """Adds rows; one whose columns `unless` are there already is passed over.

    Returns:
        How many were added.
    """
    columns = ", ".join(f'"{name}"' for name in cells)
    line = places(len(cells))
    known = ", ".join(f'"{name}"' for name in unless)
    statement = (
        f'INSERT INTO "{table}" ({columns}) VALUES ({line}) '  # noqa: S608 (own names)
        f"ON CONFLICT ({known}) DO NOTHING"
    )
    rows = zip(*cells.values(), strict=True)
    added = 0
    with connection.cursor() as cursor:
        while batch := list(islice(rows, _AT_ONCE)):
            cursor.executemany(statement, batch)
            added += cursor.rowcount
    return added


def insert_new(table: str, cells: dict[str, list[Any]]) -> None:
    """Adds rows none of which is there.

    Raises:
        IntegrityError: one is.
    """
    columns = ", ".join(f'"{name}"' for name in cells)
    rows = zip(*cells.values(), strict=True)
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            # One statement for all rows: running one for each costs the server ten times as much.
            statement = f'COPY "{table}" ({columns}) FROM STDIN'
            with connection.wrap_database_errors, cursor.copy(statement) as copy:
                for row in rows:
                    copy.write_row(row)
            return
        line = places(len(cells))
        statement = f'INSERT INTO "{table}" ({columns}) VALUES ({line})'  # noqa: S608
        cursor.executemany(statement, list(rows))


def among(table: str, column: str, values: Sequence[str]) -> set[str]:
    """Which of these values a column of text has."""
    if not values:
        return set()
    asked = padded(values)
    query = f'SELECT "{column}" FROM "{table}" WHERE "{column}" IN ({places(len(asked))})'  # noqa: S608
    with connection.cursor() as cursor:
        cursor.execute(query, asked)
        return {row[0] for row in cursor.fetchall()}
