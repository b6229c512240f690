"""A row of a Record on its way into another: beside the facts of `intake`, one more kind."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

from longwatch.exchange.intake import (
    Counted,
    EventFact,
    IdentityFact,
    InfusionFact,
    PatientFact,
    Person,
    ResultFact,
    Unreadable,
)
from longwatch.exchange.shelf import Row


@dataclass(frozen=True, slots=True)
class RowFact:
    """One row as a Record holds it, already in canonical units.

    Inputs:
        who: the person (of `patients` rows: with demographics).
        table: name of the table.
        row: its columns, `patient` left out.
    """

    who: Person
    table: str
    row: Row
    raw: str
    where: str
    source: str = ""
    entries: int = 1


Incoming: TypeAlias = (
    PatientFact
    | ResultFact
    | InfusionFact
    | EventFact
    | IdentityFact
    | Unreadable
    | Counted
    | RowFact
)
"""Everything an import may meet."""
