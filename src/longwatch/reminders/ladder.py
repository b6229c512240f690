"""When a person is asked: the steps of the ladder as data, and those that a day has reached."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, timedelta
from functools import cache
from importlib.resources import files
from typing import Annotated, Any, Literal

import yaml
import yamlcore
from pydantic import BaseModel, ConfigDict, Field, ValidationError, model_validator

from longwatch.core.errors import Problem, UsageError
from longwatch.protocols.model.evidence import Evidence, Id, Source

Clock = Annotated[str, Field(pattern=r"^([01]\d|2[0-3]):[0-5]\d$")]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)


class Step(_Part):
    """One step: so many days after a day of the item, by this rung or by a person."""

    id: Id
    after: Literal["opens", "due", "closes"] = Field(alias="from")
    days: int
    rung: Annotated[int, Field(ge=1)] | None = None
    person: bool = False
    repeat_every_days: Annotated[int, Field(ge=1)] | None = None

    @model_validator(mode="after")
    def _by_one_way(self) -> Step:
        if (self.rung is None) != self.person:
            raise ValueError(f"step {self.id!r} needs a rung or a person, one of them")
        return self

    @property
    def is_late(self) -> bool:
        """Whether it asks for something that should have been done."""
        return self.after == "closes" and self.days > 0


class Ladder(_Part):
    """All of `ladder.yaml`; see the remarks there."""

    sources: dict[Id, Source]
    steps: Annotated[tuple[Step, ...], Field(min_length=1)]
    days_between_texts: Annotated[int, Field(ge=0)]
    lead_days_before_course: Annotated[int, Field(ge=1)]
    days_left_before_course: Annotated[int, Field(ge=0)]
    not_for_the_person: tuple[Id, ...]
    retry_minutes: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    quiet_from: Clock
    quiet_until: Clock
    digest_from: Clock
    digest_roles: tuple[str, ...]
    evidence: tuple[Evidence, ...]

    @model_validator(mode="after")
    def _never_silent(self) -> Ladder:
        if len({step.id for step in self.steps}) < len(self.steps):
            raise ValueError("two steps have the same id")
        last = self.steps[-1]
        if last.repeat_every_days is None or not last.is_late:
            raise ValueError("the last step must come after the window closes, and repeat")
        return self


@dataclass(frozen=True, slots=True)
class Ask:
    """One item that a person is asked for.

    Inputs:
        patient: reference.
        activity: id in the protocol.
        due: the day on which it is due; it names the item.
        opens, closes: first and last day that count.
        course: the course it has to come before; 0 when to none.
    """

    patient: str
    activity: str
    due: date
    opens: date
    closes: date
    course: int = 0


@dataclass(frozen=True, slots=True)
class Reached:
    """A step that has come. `name` tells the repetitions of a step apart: `call`, `call.2`."""

    name: str
    step: Step
    on: date


def reached(ladder: Ladder, ask: Ask, day: date) -> list[Reached]:
    """Every step of an item that has come by a day, in the order in which they came.

    >>> ask = Ask("p1", "cbc", date(2026, 5, 3), date(2026, 4, 26), date(2026, 5, 10))
    >>> [one.name for one in reached(default_ladder(), ask, date(2026, 5, 11))]
    ['before', 'due', 'late']
    """
    found = []
    for step in ladder.steps:
        on: date = getattr(ask, step.after) + timedelta(days=step.days)
        number = 1
        while on <= day:
            found.append(Reached(step.id if number == 1 else f"{step.id}.{number}", step, on))
            if step.repeat_every_days is None:
                break
            on += timedelta(days=step.repeat_every_days)
            number += 1
    return sorted(found, key=lambda one: one.on)


def next_step(ladder: Ladder, ask: Ask, day: date) -> date:
    """The first day after `day` on which a step of this item comes: there always is one."""
    days = []
    for step in ladder.steps:
        on: date = getattr(ask, step.after) + timedelta(days=step.days)
        every = step.repeat_every_days
        if on <= day and every is not None:
            on += timedelta(days=((day - on).days // every + 1) * every)
        days += [on] if on > day else []
    return min(days)


@cache
def default_ladder() -> Ladder:
    """The ladder that comes with Longwatch, every number of it a proposal."""
    return Ladder.model_validate_json(json.dumps(_shipped(), default=str))


def ladder_with(changes: dict[str, Any]) -> Ladder:
    """The ladder with what a clinic changed.

    Raises:
        UsageError: with what is wrong with the changes.

    >>> ladder_with({"days_between_texts": 5}).days_between_texts
    5
    """
    try:
        return Ladder.model_validate_json(json.dumps({**_shipped(), **changes}, default=str))
    except ValidationError as error:
        raise UsageError(
            [
                Problem(
                    fault["msg"],
                    "setting reminders.ladder: " + ".".join(str(part) for part in fault["loc"]),
                    how="write it as in ladder.yaml",
                )
                for fault in error.errors()
            ]
        ) from None


@cache
def _shipped() -> dict[str, Any]:
    text = files("longwatch.reminders").joinpath("ladder.yaml").read_text(encoding="utf-8")
    shipped: dict[str, Any] = yaml.load(text, Loader=yamlcore.CCoreLoader)  # noqa: S506 (plain data)
    return shipped
