"""Why an outcome says what it says of a patient, down to the results and the label's sections."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial
from typing import TYPE_CHECKING

import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.core.status import Status
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model import Pack
from longwatch.protocols.words_values import counted
from longwatch.watch.explain_activities import anchors_of, explain_activity
from longwatch.watch.explain_chart import Dossier, shown
from longwatch.watch.explain_courses import (
    COURSE_ITEMS,
    explain_before,
    explain_contraindication,
    explain_course,
    explain_period,
)
from longwatch.watch.explain_rules import explain_rule
from longwatch.watch.explain_tree import Why as Why
from longwatch.watch.outcome import CONTRADICTIONS
from longwatch.watch.periods import periods
from longwatch.watch.program import SEXES
from longwatch.watch.readiness import COURSE, readiness

if TYPE_CHECKING:
    from longwatch.watch.api import Outcome

_MANY = 12
"""How many patients an error lists at most; ids of the protocol are all listed."""


def explain(outcome: Outcome, patient: str, item: str | None = None) -> Why:
    """The tree of why for one patient.

    Inputs:
        outcome: what `watch` returned.
        patient: whose.
        item: id of a rule, red flag, activity, thing to have before a course, contraindication,
            reason to withhold or period; `course`, `course-interval` or `course-limit` for these
            lines of readiness; None: everything there is to say of the patient.

    Raises:
        UsageError: an unknown patient or item, with what is meant, perhaps, and what there is.

    >>> from datetime import date
    >>> from longwatch.core.record import Record
    >>> from longwatch.protocols.load import load_protocol
    >>> from longwatch.watch import watch
    >>> record = Record.from_tables(patients={"patient": ["p1"]})
    >>> outcome = watch(load_protocol("alemtuzumab-us"), record, date(2025, 6, 1))
    >>> print(explain(outcome, "p1", "cbc").text)
    Complete blood count with differential (cbc): unknown (no infusion given or planned)
    """
    if patient not in outcome.patients:
        raise _unknown("patient", patient, outcome.patients, _MANY)
    told = explanations(outcome.pack)
    if item is not None and item not in told:
        raise _unknown("rule, activity or period", item, told)
    dossier = Dossier(outcome, patient)
    return _everything(dossier) if item is None else told[item](dossier)


def explanations(pack: Pack) -> dict[str, Callable[[Dossier], Why]]:
    """Everything of a pack that can be explained, by id, in the order of the pack."""
    told: dict[str, Callable[[Dossier], Why]] = {}
    for number, rule in enumerate((*pack.rules, *pack.red_flags)):
        told[rule.id] = partial(explain_rule, number=number)
    for number, activity in enumerate(pack.recurring):
        told[activity.id] = partial(explain_activity, number=number)
    for before in pack.before_course:
        told[before.id] = partial(explain_before, part=before)
    for number, check in enumerate((*pack.contraindications, *pack.withhold)):
        told[check.id] = partial(explain_contraindication, part=check, number=number)
    for period in pack.periods:
        told[period.id] = partial(explain_period, part=period)
    for item in COURSE_ITEMS:
        told.setdefault(item, partial(explain_course, item=item))
    return told


def _unknown(what: str, word: str, known: Iterable[str], most: int | None = None) -> UsageError:
    names = list(known)
    listed = ", ".join(names[:most])
    if most is not None and len(names) > most:
        listed += f" and {len(names) - most} more"
    meant = did_you_mean(word, names)
    how = f"{meant} There are: {listed}".strip() if names else "the Record names nobody"
    return UsageError(Problem(f"no {what} {word!r}", how=how))


def _everything(dossier: Dossier) -> Why:
    """The whole patient: who, what to act on, and everything behind it."""
    worklist = dossier.outcome.worklist
    lines = worklist.filter(pc.equal(worklist["patient"], dossier.name)).to_pylist()
    summary = "nothing to act on"
    children = [_person(dossier)]
    if lines:
        line = lines[0]
        summary = f"{line['tier']}: {line['reason']}"
        since = f" since {line['since']}" if line["since"] else ""
        counts = f"{line['findings']} active findings, {line['overdue']} overdue, {line['due']} due"
        if line["blocked"]:
            counts += f", {counted(line['blocked'], 'planned course')} blocked"
        children.append(
            Why(
                f"Place {line['rank']} of {worklist.num_rows} on the worklist, "
                f"{line['tier']}{since}: {counts}"
            )
        )
    else:
        children.append(Why(f"Not on the worklist of {dossier.as_of}"))
    children += _findings(dossier)
    children += _activities(dossier)
    children += _courses(dossier)
    children += _periods(dossier)
    children += _unjudged(dossier)
    return Why(f"{dossier.name}: {summary}", f"{dossier.pack.id} {dossier.pack.version}",
               tuple(children))  # fmt: skip


def _person(dossier: Dossier) -> Why:
    sex = SEXES[dossier.view.facts.persons.sex[0]]
    born = dossier.person.get("birth_date")
    courses = [
        Why(
            f"Course {course.number}: "
            + (
                f"given {shown(course.given_from)} to {shown(course.given_until)}"
                if course.given_from is not None and course.given_until is not None
                else f"planned {shown(course.first)} to {shown(course.last)}"
            )
        )
        for course in dossier.view.courses()
    ]
    return Why(
        f"{dossier.name}, sex {sex}{f', born {born}' if born else ''}, as known on {dossier.as_of}",
        "",
        (*courses, anchors_of(dossier)),
    )


def _findings(dossier: Dossier) -> list[Why]:
    active = {row["rule"] for _, row in dossier.findings if row["active"]}
    numbers = [number for number, rule in enumerate(dossier.compiled.rules) if rule.id in active]
    told = tuple(explain_rule(dossier, number, active_only=True) for number in numbers)
    over = sum(not row["active"] for _, row in dossier.findings)
    past = f"; {over} more are over" if over else ""
    return [Why(f"Active findings under {len(told)} rules{past}", "", told)]


def _activities(dossier: Dossier) -> list[Why]:
    """Overdue and due activities in full, the others in a line."""
    groups: dict[bool, list[Why]] = {True: [], False: []}
    for number, part in enumerate(dossier.pack.recurring):
        status = dossier.status[part.id]["status"]
        acting = status in (Status.OVERDUE, Status.DUE)
        told = explain_activity(dossier, number)
        groups[acting].append(told if acting else Why(told.text, told.source))
    heads = {True: "Overdue or due", False: "Other activities"}
    if not groups[True] and dossier.view.wrong:
        heads[False] = f"Activities: {CONTRADICTIONS[dossier.view.wrong]}"
    return [Why(heads[key], "", tuple(group)) for key, group in groups.items() if group]


def _courses(dossier: Dossier) -> list[Why]:
    planned = {one.number for one in dossier.view.courses() if one.given_from is None}
    checks = readiness(dossier.view) if planned else []
    told = []
    for total in (one for one in checks if one.activity == COURSE and one.course in planned):
        beneath = tuple(
            Why(f"{one.activity}: {one.state} ({one.detail})")
            for one in checks
            if one.course == total.course and one.activity != COURSE
        )
        text = f"Course {total.course}, planned for {shown(total.day)}: {total.state}"
        told.append(Why(f"{text} ({total.detail})", "", beneath))
    return told


def _periods(dossier: Dossier) -> list[Why]:
    titles = {part.id: part.title for part in dossier.pack.periods}
    told = tuple(
        Why(
            f"{titles[span.period]} ({span.period}), course {span.course}: {span.state}, "
            f"from {shown(span.start)}"
            + (f" to {shown(span.end)}" if span.end is not None else "")
            + (f" ({span.detail})" if span.detail else "")
        )
        for span in periods(dossier.view)
    )
    return [Why("Periods", "", told)] if told else []


def _unjudged(dossier: Dossier) -> list[Why]:
    table = dossier.outcome.unjudged
    rows = table.filter(pc.equal(table["patient"], dossier.name)).to_pylist()
    told = tuple(
        Why(f"{row['rule']}: {row['results']} results of {row['test']} since {row['since']} "
            f"({row['why']})")
        for row in rows
    )  # fmt: skip
    return [Why("Rules that some results could not be held against", "", told)] if told else []
