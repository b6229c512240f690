"""Why a course may be given or not: what it needs, what forbids it, and the periods around it."""

from __future__ import annotations

from collections.abc import Sequence

from longwatch.protocols.model import (
    BeforeCourse,
    Condition,
    Contraindication,
    EventCondition,
    InfusionCondition,
    Period,
    TestCondition,
)
from longwatch.protocols.words import (
    before_course_words,
    condition_words,
    contraindication_words,
    event_words,
    period_words,
)
from longwatch.watch.explain_chart import Dossier, shown
from longwatch.watch.explain_constraints import held_against
from longwatch.watch.explain_legs import condition_tree, facts_of_leg
from longwatch.watch.explain_rows import (
    cited,
    event_at,
    evidence_of,
    infusion_at,
    result_at,
    uncounted,
)
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import NONE
from longwatch.watch.logic import FALSE
from longwatch.watch.periods import Span, periods
from longwatch.watch.readiness import (
    COURSE,
    INTERVAL,
    LIMIT,
    Check,
    course_plan,
    readiness,
)

COURSE_ITEMS = (COURSE, INTERVAL, LIMIT)
_NO_COURSE = Why("No course is given or planned: nothing is checked")


def explain_before(dossier: Dossier, part: BeforeCourse) -> Why:
    """Something to have before a course, for every course of the dossier's patient."""
    lines = [check for check in readiness(dossier.view) if check.activity == part.id]
    courses = [Why(_line(check), "", _answers(dossier, part, check.day)) for check in lines]
    return Why(
        f"{part.title} ({part.id}): {_states(lines)}",
        cited(part.evidence, dossier.pack),
        (
            Why(before_course_words(part, dossier.pack), "",
                evidence_of(part.evidence, dossier.pack)),
            *(courses or [_no_course(dossier)]),
        ),
    )  # fmt: skip


def _line(check: Check) -> str:
    detail = f" ({check.detail})" if check.detail else ""
    return f"Course {check.course}, day 1 {shown(check.day)}: {check.state}{detail}"


def _states(lines: Sequence[Check]) -> str:
    return ", ".join(f"course {line.course} {line.state}" for line in lines) or "nothing to check"


def _no_course(dossier: Dossier) -> Why:
    return Why("Concerns none of the courses") if dossier.view.courses() else _NO_COURSE


def _answers(dossier: Dossier, part: BeforeCourse, day1: int) -> tuple[Why, ...]:
    """The facts up to day 1 that could answer: those in the window first."""
    since = NONE + 1 if part.days_before is None else day1 - part.days_before
    until = day1 - (part.complete_days_before or 0)
    told = []
    for test in part.answered_by.tests:
        inside = list(dossier.view.values(test, since, until))
        outside = list(dossier.view.values(test, NONE + 1, dossier.view.as_of))
        ignored = uncounted(dossier, (test,), since, until)
        if inside:
            told.append(Why(f"{test}: there", "", (result_at(dossier, inside[-1]), *ignored)))
        else:
            newest = [result_at(dossier, outside[-1], "outside the window")] if outside else []
            told.append(Why(f"{test}: missing", "", (*newest, *ignored)))
    for pattern in part.answered_by.events:
        rows = list(dossier.view.events(pattern, since, until))
        words = event_words(pattern, dossier.pack)
        reported = tuple(event_at(dossier, row) for row in rows)
        told.append(Why(f"{words}: {'there' if rows else 'not recorded'}", "", reported))
    for pattern in part.too_late:
        rows = list(dossier.view.events(pattern, until + 1, day1))
        if rows:
            words = f"{event_words(pattern, dossier.pack)} after {shown(until)}: too late"
            told.append(Why(words, "", tuple(event_at(dossier, row) for row in rows)))
    return tuple(told)


def explain_contraindication(dossier: Dossier, part: Contraindication, number: int) -> Why:
    """A contraindication or a reason to withhold.

    Inputs:
        number: its position among the contraindications and reasons to withhold of the pack.
    """
    lines = {check.course: check for check in readiness(dossier.view) if check.activity == part.id}
    told = []
    for course in dossier.view.courses():
        check = lines.get(course.number)
        head = _line(check) if check else (
            f"Course {course.number}, day 1 {shown(course.first)}: does not hold"
        )  # fmt: skip
        told.append(Why(head, "", _condition(dossier, part, number, course.first)))
    if not told:
        told = [Why(_NO_COURSE.text, "", _condition(dossier, part, number, dossier.view.as_of))]
    holds = f"holds, {_states(list(lines.values()))}" if lines else "does not hold"
    return Why(
        f"{part.title} ({part.id}): {holds}",
        cited(part.evidence, dossier.pack),
        (
            Why(contraindication_words(part, dossier.pack), "",
                evidence_of(part.evidence, dossier.pack)),
            *told,
        ),
    )  # fmt: skip


def _condition(dossier: Dossier, part: Contraindication, number: int, day1: int) -> tuple[Why, ...]:
    """The facts behind a condition on day 1, or on the day asked if that is earlier."""
    rules = dossier.view.program.book.rules
    begin = rules.legs_at[dossier.view.program.rule_count + number]
    day = min(dossier.view.as_of, day1)
    since = NONE + 1 if part.within_days is None else day - part.within_days

    def leaf(position: int, condition: Condition) -> Why:
        leg = rules.legs[begin + position]
        words = condition_words(condition, dossier.pack)
        if isinstance(condition, EventCondition):
            rows = list(dossier.view.events(condition.event, since, day))
            facts = tuple(event_at(dossier, row) for row in rows)
            return Why(words, "", facts or (Why("nothing of the kind is recorded"),))
        if isinstance(condition, InfusionCondition):
            return Why(words, "", facts_of_leg(dossier, leg, condition, since, day, FALSE))
        assert isinstance(condition, TestCondition)
        values = dossier.view.chart.values
        test = dossier.compiled.test_index[condition.test]
        places = [
            place
            for place in range(values.at[test], values.at[test + 1])
            if since <= values.day[place] <= day
        ]
        held = tuple(held_against(dossier, leg, place, place) for place in places[-1:])
        return Why(words, "", held or (Why(f"no value of {condition.test} is on record"),))

    tree, _ = condition_tree(dossier, part.when, 0, leaf)
    return (tree,)


def explain_course(dossier: Dossier, item: str) -> Why:
    """The sum of a course's readiness, the time to the course before, or how many are allowed."""
    checks = readiness(dossier.view)
    lines = [check for check in checks if check.activity == item]
    told = []
    for check in lines:
        plan = course_plan(dossier.pack.courses, check.course)
        sources = evidence_of(plan.evidence, dossier.pack) if plan else ()
        beneath = tuple(
            Why(f"{other.activity}: {other.state} ({other.detail})")
            for other in checks
            if other.course == check.course and other.activity not in (COURSE, item)
        )
        days = _course_days(dossier, check.course)
        before = _course_days(dossier, check.course - 1) if item == INTERVAL else ()
        told.append(
            Why(_line(check), "", (*days, *before, *(beneath if item == COURSE else ()), *sources))
        )
    titles = {
        COURSE: "Readiness for the course",
        INTERVAL: "Time since the course before",
        LIMIT: "How many courses the protocol allows",
    }
    return Why(
        f"{titles[item]} ({item}): {_states(lines)}", "", tuple(told) or (_no_course(dossier),)
    )


def _course_days(dossier: Dossier, number: int) -> tuple[Why, ...]:
    return tuple(
        infusion_at(dossier, row)
        for row, infusion in enumerate(dossier.infusions)
        if infusion["course"] == number
    )


def explain_period(dossier: Dossier, part: Period) -> Why:
    """A medicine, a diet or another advice that holds between two dates, for every given course."""
    spans = [span for span in periods(dossier.view) if span.period == part.id]
    told = [_span_of(dossier, part, span) for span in spans]
    states = ", ".join(f"course {span.course} {span.state}" for span in spans)
    applies = dossier.view.applies(part.applies_if)
    if not told:
        none = "not for this person" if applies is False else "no infusion is given"
        told = [Why(f"Holds at no time: {none}")]
    return Why(
        f"{part.title} ({part.id}): {states or 'at no time'}",
        cited(part.evidence, dossier.pack),
        (
            Why(period_words(part), "", evidence_of(part.evidence, dossier.pack)),
            Why(part.words),
            *told,
        ),
    )


def _span_of(dossier: Dossier, part: Period, span: Span) -> Why:
    end = f" to {shown(span.end)}" if span.end is not None else ", with no end yet"
    detail = f" ({span.detail})" if span.detail else ""
    facts = list(_course_days(dossier, span.course))
    awaited = part.end.first_result
    if awaited is not None:
        course = next(one for one in dossier.view.courses() if one.number == span.course)
        since = course.given_until if course.given_until is not None else course.first
        places = list(dossier.view.values(awaited.test, since, dossier.view.as_of))
        facts += [result_at(dossier, place) for place in places]
        facts += uncounted(dossier, (awaited.test,), since, dossier.view.as_of)
        if not places:
            facts.append(Why(f"no {awaited.test} since {shown(since)}"))
    return Why(
        f"Course {span.course}: {span.state}, from {shown(span.start)}{end}{detail}",
        "",
        tuple(facts),
    )
