"""The whole protocol pack, and the checks that need more than one part of it."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from longwatch.protocols.model.activities import (
    BeforeCourse,
    Contraindication,
    Duty,
    InfusionStep,
    Period,
    Recurring,
)
from longwatch.protocols.model.evidence import (
    Id,
    Part,
    Quantity,
    Sentence,
    Source,
    Sourced,
    TierName,
)
from longwatch.protocols.model.response import Response
from longwatch.protocols.model.rules import OperationalRule, RedFlag, Rule, Symptom


class Approval(Part):
    """Who signed this version for use, and when."""

    name: Sentence
    role: Sentence
    on: date


class DoseStep(Part):
    """Doses on `days` of the course (day 1 = first), each of `dose`, over `over` if known."""

    days: Annotated[tuple[Annotated[int, Field(ge=1)], ...], Field(min_length=1)]
    dose: Quantity
    over: Quantity | None = None


class Course(Sourced):
    """One treatment course. `course` is its number, or `further` for every later one.

    `min_months_after_previous`: calendar months from the last infusion of the course before;
    `usual_months_after_first`: when it is planned, from day 1 of course 1.
    """

    course: Annotated[int, Field(ge=1)] | Literal["further"]
    steps: Annotated[tuple[DoseStep, ...], Field(min_length=1)]
    min_months_after_previous: int | None = None
    usual_months_after_first: int | None = None
    max_further_courses: int | None = None


class Watch(Sourced):
    """How long the watch lasts: calendar months after the newest given infusion."""

    months_after_last_infusion: Annotated[int, Field(ge=0)]


class EscalationStep(Part):
    """From so many days overdue on, the overdue item has this tier."""

    days_overdue: Annotated[int, Field(ge=1)]
    tier: TierName


class Escalation(Sourced):
    """How an overdue item climbs the tiers."""

    steps: Annotated[tuple[EscalationStep, ...], Field(min_length=1)]


class AheadStep(Part):
    """So many days before a planned course and nearer, the blocked course has this tier."""

    days_before: Annotated[int, Field(ge=0)]
    tier: TierName


class CourseAhead(Sourced):
    """From when on a planned course that is blocked stands on the worklist, and how urgently."""

    steps: Annotated[tuple[AheadStep, ...], Field(min_length=1)]


class TierMeaning(Sourced):
    """What a tier asks for, in words, and within which time."""

    tier: TierName
    act_within: Quantity
    words: Sentence


class Text(Sourced):
    """A text for the person treated, in plain language."""

    topic: Sentence
    words: Sentence


class Translated(Part):
    """One sentence of the pack in another language; a sentence that was changed has none."""

    english: Sentence
    says: Sentence


class Translation(Sourced):
    """Sentences for the person treated in another language, with who answers for them."""

    language: Literal["es"]
    words: Annotated[tuple[Translated, ...], Field(min_length=1)]


class Felt(Sourced):
    """How many people had something in studies, of 100, with the drug and with the other one.

    `first_week`, `last_week`: of the time since an infusion it speaks of; empty: no source says.
    """

    words: Sentence
    of_100: Annotated[float, Field(ge=0)]
    others_of_100: Annotated[float | None, Field(ge=0)] = None
    symptoms: tuple[Id, ...] = ()
    first_week: int | None = None
    last_week: int | None = None


class Statement(Sourced):
    """A statement heard about the treatment, and what the sources say of it."""

    heard: Sentence
    verdict: Literal["right", "partly", "differs", "wrong", "unsupported", "anecdote"]
    words: Sentence


class EmergencyNumber(Sourced):
    """The number of the ambulance where this protocol holds; a clinic may set another."""

    number: Sentence


class Pack(Part):
    """One protocol, loaded: every part, validated together, immutable."""

    id: Id
    version: Sentence
    title: Sentence
    drug: Sentence
    jurisdiction: Sentence
    valid_from: date
    follows: Sentence
    state: Literal["draft", "approved"]
    approved_by: tuple[Approval, ...] = ()
    extends: Id | None = None
    note: str = ""

    sources: dict[Id, Source]
    watch: Watch
    escalation: Escalation
    course_ahead: CourseAhead | None = None
    response: Response | None = None
    emergency_number: EmergencyNumber | None = None
    tiers: tuple[TierMeaning, ...]
    courses: Annotated[tuple[Course, ...], Field(min_length=1)]
    infusion_day: tuple[InfusionStep, ...] = ()
    recurring: tuple[Recurring, ...] = ()
    before_course: tuple[BeforeCourse, ...] = ()
    contraindications: tuple[Contraindication, ...] = ()
    withhold: tuple[Contraindication, ...] = ()
    periods: tuple[Period, ...] = ()
    duties: tuple[Duty, ...] = ()
    rules: tuple[Rule, ...] = ()
    red_flags: tuple[RedFlag, ...] = ()
    symptoms: tuple[Symptom, ...] = ()
    operations: tuple[OperationalRule, ...] = ()
    texts: tuple[Text, ...] = ()
    statements: tuple[Statement, ...] = ()
    felt: tuple[Felt, ...] = ()
    translations: tuple[Translation, ...] = ()
