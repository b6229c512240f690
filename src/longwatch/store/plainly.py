"""Queries asked for every message, in plain SQL.

Django's way makes the text of a query anew each time, which takes longer than its answer.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from django.db import connection


def fetched(query: str, parameters: Sequence[Any] = ()) -> list[tuple[Any, ...]]:
    """All rows of a query."""
    with connection.cursor() as cursor:
        cursor.execute(query, parameters)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows


def fetched_among(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """All rows of a query that ends with `IN`; none for no values."""
    return fetched(f"{query} ({places(len(values))})", values) if values else []


def places(number: int) -> str:
    """Room for so many parameters.

    >>> places(3)
    '%s, %s, %s'
    """
    return ", ".join(["%s"] * number)


def added(table: str, cells: Mapping[str, Any]) -> int:
    """Adds one row to a table that counts its rows; the key of the row."""
    columns = ", ".join(f'"{name}"' for name in cells)
    statement = f'INSERT INTO "{table}" ({columns}) VALUES ({places(len(cells))})'  # noqa: S608
    with connection.cursor() as cursor:
        if connection.vendor == "postgresql":
            cursor.execute(f'{statement} RETURNING "id"', list(cells.values()))
            return int(cursor.fetchone()[0])
        cursor.execute(statement, list(cells.values()))
        return int(cursor.lastrowid)


def moment(at: Any) -> Any:
    """A moment with a time zone as the database takes it."""
    return connection.ops.adapt_datetimefield_value(at)
