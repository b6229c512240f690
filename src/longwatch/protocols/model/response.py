"""How long an alert may wait for a person, and to whom it goes then."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from longwatch.protocols.model.evidence import Part, Sentence, Sourced, TierName


class Wait(Part):
    """A span of time: `{value: 30, unit: min}`; `d` are calendar days."""

    value: Annotated[float, Field(gt=0)]
    unit: Literal["min", "h", "d"]


class Rung(Part):
    """How long an alert of one tier may wait.

    `hours`: `always` counts around the clock, `clinic` only while the clinic is open.
    `seen_within`: until somebody has seen it; after each such span it goes one deputy further.
    `acted_within`: from then until somebody has said what was done.
    `closed_within`: from then until it is closed.
    """

    tier: TierName
    hours: Literal["always", "clinic"]
    seen_within: Wait
    acted_within: Wait
    closed_within: Wait


class Response(Sourced):
    """The waits of every tier, whom an alert asks first, and what is too old to hurry anybody.

    `first`: the role that is asked first; its deputies are settings of the clinic.
    `historic_after`: a result this old when it is entered raises an alert marked historic.
    """

    first: Sentence
    historic_after: Wait
    rungs: tuple[Rung, ...]

    @model_validator(mode="after")
    def _every_tier_once(self) -> Response:
        named = sorted(rung.tier for rung in self.rungs)
        if named != sorted(["emergency", "same-day", "48-hours", "week", "routine"]):
            raise ValueError("each tier must have exactly one rung")
        return self

    def rung(self, tier: str) -> Rung:
        """The waits of a tier."""
        return next(rung for rung in self.rungs if rung.tier == tier)
