"""Queries in SQL for what is asked with every message: building them anew took half the time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.db import connection

ASKED_SINGLY = 500
"""Up to so many are asked for by name; databases limit the parameters of a query."""


def places(values: Sequence[Any]) -> str:
    """The places of these values in a query: `%s, %s`; NULL, which equals nothing, for none."""
    return ", ".join(["%s"] * len(values)) or "NULL"


def ask(query: str, values: Sequence[Any]) -> list[tuple[Any, ...]]:
    """The rows of a query of our own words; whatever comes from outside stands in `values`."""
    with connection.cursor() as cursor:
        cursor.execute(query, values)
        rows: list[tuple[Any, ...]] = cursor.fetchall()
    return rows
