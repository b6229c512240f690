"""What the script passes from hand to hand: people, infusions, draws, what happened to whom."""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import date
from typing import Any

from longwatch.sample import AS_OF as AS_OF

AUTHORITY = "https://northside.example/mrn"


@dataclass(frozen=True)
class Course:
    """One course: number, day 1, how many days in a row. Days after `AS_OF` are planned."""

    number: int
    start: date
    days: int


@dataclass(frozen=True)
class Cell:
    """One line of a report: what was measured, as the laboratory writes it."""

    test: str
    text: str
    unit: str
    low: str = ""
    high: str = ""
    status: str = "final"
    flag: str = ""
    code: str = ""


@dataclass(frozen=True)
class Draw:
    """One report of one laboratory on one day's specimens; `reported` is when it was sent."""

    mrn: str
    day: date
    reported: date
    lab: str
    cells: tuple[Cell, ...]
    quirks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Event:
    """Something that happened, as the clinic's own list or the registry keeps it."""

    day: date
    kind: str
    code: str
    end: date | None = None
    grade: int | None = None
    text: str = ""


@dataclass(frozen=True)
class Story:
    """What is special about a named person, as `stories.yaml` tells it."""

    shows: str = ""
    stops: date | None = None
    newest: date | None = None
    values: dict[int, dict[str, Any]] = field(default_factory=dict)
    extra: dict[date, dict[str, Any]] = field(default_factory=dict)
    without: dict[int, list[str]] = field(default_factory=dict)
    moved: dict[int, int] = field(default_factory=dict)
    events: tuple[Event, ...] = ()
    edss: tuple[tuple[date, str], ...] = ()
    lacks: tuple[str, ...] = ()
    quirks: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Person:
    """One invented person. `sex` is empty when the registry does not say."""

    mrn: str
    family: str
    given: str
    sex: str
    born: date | None
    lab: str
    phase: str
    courses: tuple[Course, ...] = ()
    story: Story = Story()

    @property
    def first(self) -> date | None:
        """Day 1 of the first course, given or planned."""
        return self.courses[0].start if self.courses else None

    def but(self, **changes: Any) -> Person:
        """The same person with something changed."""
        return replace(self, **changes)
