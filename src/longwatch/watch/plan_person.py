"""Whom a plan is for: the facts as they are, and the facts once every planned course is given."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any

import numpy as np

from longwatch.core.dates import add_days, add_months
from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record
from longwatch.core.status import InfusionStatus
from longwatch.core.tables import RECORD
from longwatch.protocols.model import Course, Pack
from longwatch.protocols.words_values import counted
from longwatch.watch.api import only
from longwatch.watch.columns import facts_of, people_of, results_of
from longwatch.watch.compiling import Compiled, compile_pack
from longwatch.watch.engine import order_of
from longwatch.watch.explain_chart import shown
from longwatch.watch.facts import GIVEN, INCOMPLETE, NOT_DONE, PLANNED, Facts
from longwatch.watch.outcome import CONTRADICTIONS
from longwatch.watch.readiness import course_plan
from longwatch.watch.view import View

Row = dict[str, Any]
_NOBODY = "nobody"


@dataclass(frozen=True)
class Person:
    """The person of a plan.

    Inputs:
        name: the patient's id; empty when only the first day is known.
        view: the chart as it is on `as_of`.
        assumed: the chart with every infusion planned from `as_of` on given, and no later results.
        infusions: the rows of the Record, by date.
        notes: what the plan takes for granted.
    """

    pack: Pack
    name: str
    view: View
    assumed: View
    infusions: list[Row]
    notes: list[str] = field(default_factory=list)

    @property
    def as_of(self) -> int:
        """The day of the facts."""
        return self.view.as_of


def person_of_first(pack: Pack, first: date) -> Person:
    """Somebody of whom only day 1 of course 1 is known; courses follow at their usual dates."""
    rows: list[Row] = []
    for course in pack.courses:
        if course.course == 1:
            rows += _days(course, first)
        elif isinstance(course.course, int) and course.usual_months_after_first is not None:
            rows += _days(course, add_months(first, course.usual_months_after_first))
    infusions = {name: [row.get(name) for row in rows] for name in RECORD["infusions"].names}
    record = Record.from_tables(patients={"patient": [_NOBODY]}, infusions=infusions)
    if record.problems:
        raise UsageError(Problem(f"no plan begins on {first}", why=record.problems[0].what))
    # A day before all others: nothing of the plan has come yet.
    person = _person(pack, record, "", date.min)
    person.notes.append("Nothing is known but the first day: every date is planned.")
    return person


def _days(course: Course, day1: date) -> list[Row]:
    return [
        {
            "patient": _NOBODY,
            "date": add_days(day1, day - 1),
            "course": course.course,
            "day": day,
            "dose_mg": step.dose.value if step.dose.unit == "mg" else None,
            "status": str(InfusionStatus.PLANNED),
        }
        for step in course.steps
        for day in step.days
    ]


def person_of_record(pack: Pack, record: Record, patient: str, as_of: date) -> Person:
    """A patient of a Record on a day."""
    person = _person(pack, only(record, patient), patient, as_of)
    _say_what_is_wrong(person, record.incomplete.get(patient, ""))
    return person


def person_of_chart(view: View, facts: Facts, infusions: list[Row], name: str) -> Person:
    """The same, of whom a chart was opened that speaks of nobody else.

    Inputs:
        facts: of which the chart was made.
        infusions: as rows of a Record, each of them read whole.
    """
    person = _charted(view, facts, infusions, name)
    _say_what_is_wrong(person, "")
    return person


def _say_what_is_wrong(person: Person, incomplete: str) -> None:
    wrong = person.view.wrong or person.assumed.wrong
    if wrong:
        reason = CONTRADICTIONS[wrong]
        if wrong == INCOMPLETE:
            reason += f": {incomplete}"
        person.notes.append(f"Nothing can be dated by the infusions: {reason}.")
    _say_what_is_not_recorded(person)


def _say_what_is_not_recorded(person: Person) -> None:
    courses = person.view.courses()
    for course in courses:
        if course.given_from is None and course.last < person.as_of:
            person.notes.append(
                f"Course {course.number} was planned for {shown(course.first)} and is not recorded "
                "as given: the plan leaves it out."
            )
    known = {course.number for course in courses}
    following = course_plan(person.pack.courses, max(known, default=0) + 1)
    if known and following is not None and following.usual_months_after_first is not None:
        months = counted(following.usual_months_after_first, "month")
        person.notes.append(
            f"Course {following.course} is usually given {months} after the first; "
            "the Record plans none."
        )


def _person(pack: Pack, record: Record, name: str, as_of: date) -> Person:
    compiled = compile_pack(pack)
    facts = _facts(compiled, record, as_of)
    view = View(compiled, facts)
    view.open(0)
    return _charted(view, facts, record.infusions.to_pylist(), name)


def _charted(view: View, facts: Facts, infusions: list[Row], name: str) -> Person:
    assumed = view
    if _anything_ahead(facts):
        assumed = View(view.compiled, _as_planned(facts))
        assumed.open(0)
    rows = sorted(infusions, key=lambda row: (row["date"], row["course"]))
    person = Person(view.compiled.pack, name, view, assumed, rows)
    for course in assumed.courses():
        if course.last >= facts.as_of and _is_planned(facts, course.number):
            person.notes.append(
                f"Course {course.number} counts as given from {shown(course.first)} to "
                f"{shown(course.last)}, as planned; the end of the watch moves with it."
            )
    return person


def _anything_ahead(facts: Facts) -> bool:
    """Whether an infusion is planned, or dated after the day: else both charts are the same."""
    status, day = facts.infusions.status, facts.infusions.day
    return bool(((status == PLANNED) | (day > facts.as_of)).any())


def _is_planned(facts: Facts, course: int) -> bool:
    infusions = facts.infusions
    planned = (infusions.status == PLANNED) & (infusions.day >= facts.as_of)
    return bool((planned & (infusions.course == course)).any())


def _facts(compiled: Compiled, record: Record, as_of: date) -> Facts:
    people = people_of(
        compiled, record.patients, record.infusions, record.events, record.incomplete
    )
    results, row_at, _ = order_of(record.results, people.ids)
    arrays, words = results_of(results)
    return facts_of(compiled, people, np.arange(1), row_at, arrays, words, as_of)


def _as_planned(facts: Facts) -> Facts:
    """The facts with planned infusions given; what lies after `as_of` else does not exist."""
    infusions, rows = facts.infusions, facts.rows
    ahead = infusions.day >= facts.as_of
    given = (infusions.status == PLANNED) & ahead
    gone = ((infusions.status == PLANNED) & ~ahead) | (
        (infusions.status == GIVEN) & (infusions.day > facts.as_of)
    )
    status = np.where(given, GIVEN, np.where(gone, NOT_DONE, infusions.status))
    known = int(np.count_nonzero(rows.day <= facts.as_of))
    latest = int(np.max(infusions.day[given], initial=facts.as_of))
    return facts._replace(
        as_of=latest,
        rows=type(rows)(np.array([0, known]), *(column[:known] for column in rows[1:])),
        infusions=infusions._replace(status=status),
    )
