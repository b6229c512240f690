"""Conditions on results and events: the language in which rules are written.

A condition is one mapping, told apart by its keys:

- `{test: platelets, unit: 10*9/L, at_least: 50, below: 100}`: bounds on one result;
- `{test: alt, above_limit: {limit: high, times: 3}}`: against the laboratory's own limit;
- `{test: creatinine, rise: {more_than: 30, unit: "%", against: baseline}}`: change;
- `{event: {kind: symptom, groups: [bleeding]}}`: something reported;
- `{infusion_within_days: 60}`: a given infusion at most so many days before;
- `{all: […]}`, `{any: […]}`, `{at_least: 2, of: […]}`: combinations.

All constraints inside one test condition hold for one and the same result.
"""

from __future__ import annotations

from typing import Annotated, Any, Literal

from pydantic import Discriminator, Field, Tag, model_validator

from longwatch.protocols.model.evidence import Id, Part, Sentence


class Change(Part):
    """A fall or rise of a test against `baseline` or `previous`, in `%` or in the test's unit."""

    unit: Sentence
    against: Literal["baseline", "previous"]
    at_least: float | None = None
    more_than: float | None = None

    @model_validator(mode="after")
    def _one_bound(self) -> Change:
        if (self.at_least is None) == (self.more_than is None):
            raise ValueError("give either at_least or more_than")
        return self

    @property
    def amount(self) -> tuple[float, bool]:
        """How much, and whether it must be exceeded (`more_than`) or reached (`at_least`)."""
        if self.more_than is not None:
            return self.more_than, True
        assert self.at_least is not None
        return self.at_least, False


class Limit(Part):
    """The laboratory's own `low` or `high` limit, times a factor."""

    limit: Literal["low", "high"]
    times: float = 1.0


class TestCondition(Part):
    """Constraints on one result of one test. `unit` is needed wherever a bound is given.

    `new`: the previous value of this test, if any, does not meet the same bounds and limits.
    `consecutive`: so many newest values in a row, this one included, meet the bounds and limits.
    `context`: only a circumstance (normal platelets beside a bleed): it may trigger,
    but what raised the finding, and what ends it, is another part.
    """

    test: Id
    unit: str | None = None
    below: float | None = None
    at_most: float | None = None
    above: float | None = None
    at_least: float | None = None
    below_limit: Limit | None = None
    above_limit: Limit | None = None
    fall: Change | None = None
    rise: Change | None = None
    new: bool = False
    consecutive: Annotated[int, Field(ge=1)] = 1
    context: bool = False

    @model_validator(mode="after")
    def _meaningful(self) -> TestCondition:
        bounds = (self.below, self.at_most, self.above, self.at_least)
        if any(bound is not None for bound in bounds) and self.unit is None:
            raise ValueError("a bound needs its unit")
        if not any(
            part is not None
            for part in (*bounds, self.below_limit, self.above_limit, self.fall, self.rise)
        ):
            raise ValueError("a test condition needs a bound, a limit, a fall or a rise")
        return self


class EventPattern(Part):
    """Matches an event by kind and by code or by symptom group.

    Neither codes nor groups: every event of the kind (any vaccination within six weeks).
    """

    kind: (
        Literal["relapse", "symptom", "diagnosis", "procedure", "vaccination", "medication", "note"]
        | None
    ) = None
    codes: tuple[Id, ...] = ()
    groups: tuple[Id, ...] = ()

    @model_validator(mode="after")
    def _not_everything(self) -> EventPattern:
        if not (self.kind or self.codes or self.groups):
            raise ValueError("an event needs a kind, codes or groups")
        return self


class EventCondition(Part):
    """An event that matches `event` on a day of the rule's span."""

    event: EventPattern


class InfusionCondition(Part):
    """A given infusion on this day or at most so many days before it."""

    infusion_within_days: Annotated[int, Field(ge=0)]


class AllOf(Part):
    """Every part holds somewhere in the rule's span."""

    all: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AnyOf(Part):
    """At least one part holds."""

    any: Annotated[tuple[Condition, ...], Field(min_length=1)]


class AtLeast(Part):
    """At least so many of the parts hold."""

    at_least: Annotated[int, Field(ge=1)]
    of: Annotated[tuple[Condition, ...], Field(min_length=1)]


CONDITION_KEYS = ("all", "any", "of", "event", "infusion_within_days")
"""Keys by which the kinds of conditions are told apart; a test has none of them."""


def _kind(value: Any) -> str:
    """Tells a condition by its keys, so that an error names one kind and not all six.

    Tags stand in angle brackets: in an error's path they cannot be taken for a key.
    """
    given = value if isinstance(value, dict) else getattr(value, "__dict__", {})
    for key in CONDITION_KEYS:
        if key in given:
            return f"<{key}>"
    return "<test>"


Condition = Annotated[
    Annotated[TestCondition, Tag("<test>")]
    | Annotated[EventCondition, Tag("<event>")]
    | Annotated[InfusionCondition, Tag("<infusion_within_days>")]
    | Annotated[AllOf, Tag("<all>")]
    | Annotated[AnyOf, Tag("<any>")]
    | Annotated[AtLeast, Tag("<of>")],
    Discriminator(_kind),
]

AllOf.model_rebuild()
AnyOf.model_rebuild()
AtLeast.model_rebuild()
