"""Which columns of a Record's table stand in which columns of the store, and how they travel."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import pyarrow as pa
from django.db import models

from longwatch.core.record_schema import SCHEMAS
from longwatch.store.models import Event, HeldItem, Identifier, Infusion, Patient, Result

_TEXT = pa.string()

EXTRA = "extra"
"""Column that holds what the store has no column for, as one JSON object per row."""


@dataclass(frozen=True)
class Stored:
    """One table of a Record in the store.

    Inputs:
        name: the Record's name of it.
        model: the rows.
        own: further columns of the Record that the store has a column for, with their types.
        renamed: columns that have another name in the store.
        derived: columns of the Record that the store keeps elsewhere.
    """

    name: str
    model: type[models.Model]
    own: dict[str, pa.DataType]
    renamed: dict[str, str]
    derived: frozenset[str] = frozenset()

    @cached_property
    def has_extra(self) -> bool:
        """Whether its rows have a column for what has none of its own."""
        return any(field.name == EXTRA for field in self.model._meta.get_fields())

    @cached_property
    def types(self) -> dict[str, pa.DataType]:
        """Every column of the Record that has one of its own in the store, with its type."""
        given = {field.name: field.type for field in SCHEMAS[self.name]}
        return {
            name: kind for name, kind in {**given, **self.own}.items() if name not in self.derived
        }

    @property
    def sql_name(self) -> str:
        """The table's name in the database."""
        return self.model._meta.db_table

    def sql_column(self, column: str) -> str:
        """The name in the database of a column of the Record."""
        return self.renamed.get(column, column)


_PATIENT = {"patient": "patient_id"}

STORED = {
    stored.name: stored
    for stored in (
        Stored(
            "patients",
            Patient,
            {"name": _TEXT},
            {"patient": "reference"},
            frozenset({"protocol"}),
        ),
        Stored(
            "infusions",
            Infusion,
            {"source": _TEXT, "issued": _TEXT, "inferred": _TEXT},
            _PATIENT,
        ),
        Stored(
            "results",
            Result,
            {
                "value_high": pa.float64(),
                "sent_value": _TEXT,
                "sent_unit": _TEXT,
                "laboratory": _TEXT,
                "flag": _TEXT,
                "note": _TEXT,
                "issued": _TEXT,
                "was": _TEXT,
            },
            _PATIENT,
        ),
        Stored("events", Event, {"source": _TEXT}, _PATIENT),
        Stored("held", HeldItem, {"fact": _TEXT}, {"id": "key", "fact": "payload"}),
        Stored("identifiers", Identifier, {}, _PATIENT),
    )
}
"""The tables of a Record, in the order in which they are written."""

FACTS = ("infusions", "results", "events")
"""Tables whose rows are written once and superseded."""
