"""Where a statement comes from, and the base of every part of a pack."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import BaseModel, ConfigDict, Field

Id = Annotated[str, Field(pattern=r"^[A-Za-z0-9][A-Za-z0-9_.-]*$", max_length=64)]
Sentence = Annotated[str, Field(min_length=1)]
Verified = Literal["yes", "recalled", "proposal"]
TierName = Literal["emergency", "same-day", "48-hours", "week", "routine"]
SexName = Literal["female", "male", "other", "unknown"]


class Part(BaseModel):
    """Base of every part of a pack: immutable, strict, unknown keys refused."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Evidence(Part):
    """One source for one or more numbers of the part that carries it.

    `covers` names the fields it speaks for; empty means all that no other evidence covers.
    `verified`: `yes` = read in the source, `recalled` = from memory, `proposal` = ours, unsigned.
    """

    source: Id
    place: Sentence
    verified: Verified
    last_checked_on: date
    covers: tuple[str, ...] = ()
    note: str = ""


class Sourced(Part):
    """A part with an id, a title and its evidence."""

    id: Id
    title: Sentence
    evidence: Annotated[tuple[Evidence, ...], Field(min_length=1)]
    note: str = ""


class Source(Part):
    """A document that evidence points to. `where` says how to find it, `kind` what it is."""

    title: Sentence
    kind: Literal[
        "label", "leaflet", "rems", "guideline", "paper", "web", "standard", "account", "design"
    ]
    where: Sentence
    note: str = ""


class Quantity(Part):
    """A number with its unit, e.g. `{value: 12, unit: mg}`."""

    value: float
    unit: Sentence
