"""What a protocol asks to be done, when, and by what it counts as done."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, model_validator

from longwatch.protocols.model.conditions import Condition, EventPattern
from longwatch.protocols.model.evidence import Id, Part, Quantity, Sentence, SexName, Sourced

Days = Annotated[int, Field(ge=0)]


class AnsweredBy(Part):
    """All of `tests` (each with a value), or one of `events`; either is enough."""

    tests: tuple[Id, ...] = ()
    events: tuple[EventPattern, ...] = ()

    @model_validator(mode="after")
    def _something(self) -> AnsweredBy:
        if not (self.tests or self.events):
            raise ValueError("needs tests or events")
        return self


class AppliesIf(Part):
    """Who an activity is for. A sex in neither list is not concerned (`not-applicable`).

    `unclear`: sexes for which nobody can tell without asking; the status is `unknown`.
    """

    sex: Annotated[tuple[SexName, ...], Field(min_length=1)]
    unclear: tuple[SexName, ...] = ("other", "unknown")


class StopsWhen(Part):
    """A result that makes a per-course series unnecessary until the next course."""

    test: Id
    at_least: float
    unit: Sentence


class Recurring(Sourced):
    """A series: item k is due `add_months(anchor, k * every_months)`, k = first_item and up.

    anchor `first`: the first infusion of course 1; the series runs to the end of the watch.
    anchor `course`: day 1 of the earliest course that `stops_when` has not yet released
    (a value dated on or after the course's last infusion releases it); with no such course the
    activity is `not-applicable`.
    """

    every_months: Annotated[int, Field(ge=1)]
    early: Days
    grace: Days
    anchor: Literal["first", "course"] = "first"
    first_item: Annotated[int, Field(ge=1)] = 1
    answered_by: AnsweredBy
    applies_if: AppliesIf | None = None
    stops_when: StopsWhen | None = None
    words: Sentence

    @model_validator(mode="after")
    def _coherent(self) -> Recurring:
        if (self.anchor == "course") != (self.stops_when is not None):
            raise ValueError("anchor 'course' and stops_when belong together")
        if self.early + self.grace >= 28 * self.every_months:
            raise ValueError("early + grace must be shorter than the interval, or windows overlap")
        return self


class BeforeCourse(Sourced):
    """Something to have before a course: in `[day 1 - days_before, day 1]`, or complete earlier.

    `days_before` empty: any time before day 1. `complete_days_before`: the newest answer must be at
    least so many days before day 1, and no answer may lie nearer (vaccines: 42 days).
    `courses`: the courses concerned; empty means every course.
    """

    answered_by: AnsweredBy
    days_before: Days | None = None
    complete_days_before: Days | None = None
    too_late: tuple[EventPattern, ...] = ()
    courses: tuple[Annotated[int, Field(ge=1)], ...] = ()
    blocking: bool = True
    applies_if: AppliesIf | None = None
    words: Sentence

    @model_validator(mode="after")
    def _one_window(self) -> BeforeCourse:
        if self.days_before is not None and self.complete_days_before is not None:
            raise ValueError("give days_before or complete_days_before, not both")
        return self


class Contraindication(Sourced):
    """A fact that forbids (`blocking`) or cautions against a course; judged on facts to `as_of`."""

    when: Condition
    within_days: Days | None = None
    blocking: bool = True
    words: Sentence


class Sign(Part):
    """One vital sign of the infusion day; outside the limits `do` is to be done."""

    id: Id
    title: Sentence
    unit: Sentence
    act_below: float | None = None
    act_above: float | None = None
    do: Sentence


class ReactionGrade(Part):
    """One grade of an infusion reaction, and what it asks for."""

    grade: Annotated[int, Field(ge=1)]
    words: Sentence
    do: Sentence


class InfusionStep(Sourced):
    """One line of the infusion day's checklist, in the order in which it is done."""

    order: Annotated[int, Field(ge=1)]
    role: Literal[
        "preparation", "premedication", "vital-signs", "infusion", "observation", "after", "test"
    ]
    days: tuple[Annotated[int, Field(ge=1)], ...] = ()
    courses: tuple[Annotated[int, Field(ge=1)], ...] = ()
    optional: bool = False
    quantities: dict[Id, Quantity] = Field(default_factory=dict)
    signs: tuple[Sign, ...] = ()
    grades: tuple[ReactionGrade, ...] = ()
    words: Sentence


class Moment(Part):
    """A point of a period: an anchor and a calendar offset."""

    anchor: Literal["course-start", "course-end", "watch-end", "first"]
    days: int = 0
    months: int = 0


class FirstResult(Part):
    """The first value of `test` at or above `at_least`, on or after the course's last infusion."""

    test: Id
    at_least: float
    unit: Sentence


class EndRule(Part):
    """When a period ends: the later of the moments and, if given, of `first_result`.

    Without moments and without a result the period is open until a clinician ends it.
    """

    later_of: tuple[Moment, ...] = ()
    first_result: FirstResult | None = None


class Period(Sourced):
    """A medicine, a diet, a block or another advice that holds between two dates of each course."""

    kind: Literal["medication", "diet", "contraception", "vaccine-block", "self-check", "card"]
    start: Moment
    end: EndRule
    applies_if: AppliesIf | None = None
    codes: tuple[str, ...] = ()
    words: Sentence


class Duty(Sourced):
    """What the authorities ask of prescriber, patient, pharmacy and site (enrollment, forms)."""

    who: Literal["prescriber", "patient", "pharmacy", "infusion-site", "clinic"]
    when: Sentence
    words: Sentence
