"""The shapes of the JSON interface."""

from __future__ import annotations

import datetime
from typing import Literal

from ninja import Schema
from pydantic import Field

Where = Literal["act", "soon", "overdue", "in-hand"]
StepName = Literal["see", "act", "snooze", "close"]


class Refusal(Schema):
    """Why something was not done, in words."""

    detail: str


class Invalid(Schema):
    """What of a request cannot be read."""

    detail: list[str]


class AlertLine(Schema):
    """One alert as it stands. `next_at` is missing once it is closed; `value` where none is."""

    id: int
    tier: str
    state: str
    kind: str
    rule: str
    title: str
    episode: str
    value: str | None
    action: str
    raised_at: datetime.datetime
    next_at: datetime.datetime | None
    role: str | None
    historic: bool
    step: int = Field(description="number of the newest step: send it back as `shown`")
    patient: int | None = Field(description="key of the person; missing where it is about no one")
    protocol: str | None
    version: str | None


class Step(Schema):
    """One step in the life of an alert."""

    number: int
    state: str
    at: datetime.datetime
    by: str | None
    note: str | None


class AlertWhole(AlertLine):
    """One alert with everything that happened to it, oldest first."""

    steps: list[Step]


class NewStep(Schema):
    """What somebody did about an alert."""

    step: StepName
    note: str = ""
    until: datetime.date | None = Field(
        None, description="of snooze: the day on which it is raised again"
    )
    follow_up: datetime.date | None = Field(None, description="of close: the day of the repeat")
    shown: int | None = Field(None, description="the newest step that was shown to them")


class WorkLine(Schema):
    """One person of the worklist, with everything that is open."""

    patient: int
    name: str | None
    reference: str
    where: Where
    alerts: list[AlertLine]


class Worklist(Schema):
    """The morning; `counts` adds up to `everybody`."""

    counts: dict[str, int]
    everybody: int
    lines: list[WorkLine]
    more: bool


class Person(Schema):
    """Who is looked after. What is not known is missing."""

    patient: int
    reference: str
    name: str | None
    birth_date: datetime.date | None
    sex: str | None


class People(Schema):
    """Some of them; `next` is the `after` of the next page, missing on the last."""

    people: list[Person]
    next: int | None


class Status(Schema):
    """Where one activity stands; `unknown` where nobody can tell."""

    activity: str
    status: str
    due: datetime.date | None
    closes: datetime.date | None
    overdue_since: datetime.date | None
    days_overdue: int
    next_due: datetime.date | None
    last_answered: datetime.date | None
    missing: str | None
    protocol: str
    version: str


class Finding(Schema):
    """One finding with what it was held against."""

    rule: str
    tier: str
    test: str | None
    date: datetime.date
    value: float | None
    unit: str | None
    compared_with: str | None
    active: bool
    undecided: bool
    suspects: str | None
    action: str
    source: str
    protocol: str
    version: str


class PlanLine(Schema):
    """One step of the plan."""

    activity: str
    kind: str
    title: str
    date: datetime.date
    opens: datetime.date | None
    closes: datetime.date | None
    state: str
    answered: datetime.date | None
    course: int
    item: int
    source: str


class Plan(Schema):
    """The dated plan of one person."""

    protocol: str
    version: str
    first: datetime.date | None
    last: datetime.date | None
    end: datetime.date | None
    notes: list[str]
    items: list[PlanLine]


class Result(Schema):
    """One result that counts, in canonical units; one without a number has its words."""

    date: datetime.date
    test: str
    value: float | None
    comparator: str | None
    text: str | None
    unit: str | None
    low: float | None
    high: float | None
    status: str
    source: str | None
