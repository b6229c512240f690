"""What a Record's tables demand beyond their types: required columns, closed words, bounds."""

from __future__ import annotations

from enum import StrEnum

import pyarrow as pa

from longwatch.core.status import InfusionStatus, ResultStatus, Sex
from longwatch.core.tables import DESK, RECORD

SCHEMAS = {**RECORD, **DESK}

REQUIRED = {
    "patients": ("patient",),
    "infusions": ("patient", "date", "course"),
    "results": ("patient", "date", "test", "unit"),
    "events": ("patient", "date", "kind"),
    "held": (),
    "identifiers": ("authority", "value", "patient"),
}
"""Columns a table must have."""

FILLED = {
    "patients": ("patient",),
    "infusions": ("patient", "date", "course"),
    "results": ("patient", "date", "test"),
    "events": ("patient", "date", "kind"),
    "held": (),
    "identifiers": ("authority", "value", "patient"),
}
"""Columns that must have something in every row."""

ESSENTIAL = {
    "patients": ("patient",),
    "infusions": ("patient", "date", "course", "status"),
    "results": ("patient", "date", "test", "value", "comparator", "unit", "status", "value_high"),
    "events": ("patient", "date", "kind", "end_date"),
    "held": (),
    "identifiers": ("authority", "value", "patient"),
}
"""Columns without which a row says something else: unreadable there, the whole row is held.

An unreadable cell of another column (a birth date, the laboratory's limit) is emptied and reported,
for the row as a whole is safer in the watch than out of it.
"""


class Comparator(StrEnum):
    """How a value with a comparator is meant."""

    BELOW = "<"
    AT_MOST = "<="
    ABOVE = ">"
    AT_LEAST = ">="


WORDS: dict[tuple[str, str], type[StrEnum]] = {
    ("patients", "sex"): Sex,
    ("infusions", "status"): InfusionStatus,
    ("results", "status"): ResultStatus,
    ("results", "comparator"): Comparator,
}
"""Columns that take words of a closed list only."""

FREE_TEXT = frozenset({"text", "raw", "detail", "mend"})
"""Columns whose white space and line breaks belong to the text."""

FROM_ONE = frozenset({("infusions", "course"), ("infusions", "day")})
"""Whole numbers that count from 1."""

EXTRA = {"results": [pa.field("value_high", pa.float64())]}
"""Columns a table need not have but that mean something when it does: the upper end of a range."""


def known_fields(table: str) -> list[pa.Field]:
    """The columns of `table` that have a meaning, extra ones last."""
    return [*SCHEMAS[table], *EXTRA.get(table, ())]
