"""Queries asked for every message, in plain SQL.

Django's way makes the text of a query anew each time, which takes longer than its answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Any, TypeVar

from django.db import connection

AT_ONCE = 16
"""Rows of one statement: more save little, and each number is a query of its own to the server."""

_Value = TypeVar("_Value")


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


def padded(values: Sequence[_Value]) -> list[_Value]:
    """The same values, the last one several times: lists of so many kinds of length only.

    The server keeps the plan of a query by its text, which has a place for each value.

    >>> padded([7, 8, 9]), padded([])
    ([7, 8, 9, 9], [])
    """
    size = 1 << (len(values) - 1).bit_length() if values else 0
    return [*values, *([values[-1]] * (size - len(values)) if values else ())]


def batched(values: Iterable[_Value], size: int) -> Iterator[list[_Value]]:
    """The same values in lists of at most so many.

    >>> list(batched("abc", 2))
    [['a', 'b'], ['c']]
    """
    left = iter(values)
    while some := list(islice(left, size)):
        yield some


def added(table: str, rows: Sequence[Mapping[str, Any]], named_by: str) -> list[int]:
    """Adds rows with the same columns to a table that counts its rows; their keys, in order.

    Inputs:
        named_by: a column in which no two of them say the same.
    """
    columns = ", ".join(f'"{name}"' for name in rows[0])
    line = f"({places(len(rows[0]))})"
    keys: dict[Any, int] = {}
    with connection.cursor() as cursor:
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            statement = f'INSERT INTO "{table}" ({columns}) VALUES '  # noqa: S608 (own names)
            if connection.vendor == "postgresql":
                lines = ", ".join([line] * len(some))
                told = [cell for row in some for cell in row.values()]
                cursor.execute(f'{statement}{lines} RETURNING "{named_by}", "id"', told)
                keys.update(cursor.fetchall())
                continue
            for row in some:
                cursor.execute(f"{statement}{line}", list(row.values()))
                keys[row[named_by]] = int(cursor.lastrowid)
    return [keys[row[named_by]] for row in rows]


def put(statement: str, line: str, rows: Sequence[Sequence[Any]], end: str = "") -> None:
    """Runs an `INSERT … VALUES` for rows, several at a time.

    Inputs:
        statement: up to the word VALUES.
        line: the places of one row, in brackets.
        end: what comes after the rows.
    """
    with connection.cursor() as cursor:
        for begin in range(0, len(rows), AT_ONCE):
            some = rows[begin : begin + AT_ONCE]
            lines = ", ".join([line] * len(some))
            cursor.execute(f"{statement} {lines} {end}", [cell for row in some for cell in row])


def moment(at: Any) -> Any:
    """A moment with a time zone as the database takes it."""
    return connection.ops.adapt_datetimefield_value(at)
