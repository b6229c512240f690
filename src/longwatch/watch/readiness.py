"""Is a person ready for a course? What is missing, what forbids it (docs/semantics.md, 6)."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.core.daynumbers import months_later
from longwatch.protocols.model import BeforeCourse, Contraindication, Course
from longwatch.watch.facts import NONE
from longwatch.watch.judging import judge, tree
from longwatch.watch.logic import FALSE, TRUE
from longwatch.watch.outcome import CONTRADICTIONS
from longwatch.watch.program import EVENT_LEG, TEST_LEG
from longwatch.watch.view import CourseDates, View, date_of

CLEARED, BLOCKED, OPEN = "cleared", "blocked", "open"
COURSE, INTERVAL, LIMIT = "course", "course-interval", "course-limit"
_LONG_AGO = NONE + 1


@dataclass(frozen=True)
class Check:
    """One line of a course's readiness."""

    course: int
    day: int
    activity: str
    state: str
    detail: str


def readiness(view: View) -> list[Check]:
    """All checks of every planned and given course of the view's patient, by course.

    `course-interval` compares with the course before, `course` sums up: `cleared` only when
    nothing blocks.
    """
    checks = []
    courses = view.courses()
    for course in courses:
        lines = [_before(view, part, course) for part in _concerned(view, course.number)]
        lines += _forbidding(view, course)
        lines += _interval(view, course, courses)
        blocking = [line.activity for line in lines if line.state in (BLOCKED, "unknown")]
        if view.wrong:
            blocking.append(CONTRADICTIONS[view.wrong])
        detail = ", ".join(blocking) if blocking else "nothing missing"
        state = BLOCKED if blocking else CLEARED
        checks += [*lines, Check(course.number, course.first, COURSE, state, detail)]
    return checks


def _concerned(view: View, number: int) -> list[BeforeCourse]:
    parts = view.compiled.pack.before_course
    return [part for part in parts if not part.courses or number in part.courses]


def _before(view: View, part: BeforeCourse, course: CourseDates) -> Check:
    """One thing to have before the course."""

    def line(state: str, detail: str) -> Check:
        return Check(course.number, course.first, part.id, state, detail)

    applies = view.applies(part.applies_if)
    if applies is None:
        return line("unknown", "cannot be told without the sex")
    if not applies:
        return line("not-applicable", "not for this person")
    unmet = BLOCKED if part.blocking else OPEN
    day1 = course.first
    if part.complete_days_before is not None:
        return line(*_complete_before(view, part, day1, unmet))
    since = _LONG_AGO if part.days_before is None else day1 - part.days_before
    missing = [test for test in part.answered_by.tests if not list(view.values(test, since, day1))]
    if part.answered_by.tests and not missing:
        newest = min(
            max(view.chart.values.day[place] for place in view.values(test, since, day1))
            for test in part.answered_by.tests
        )
        return line(CLEARED, f"complete, {date_of(newest)}")
    done = [
        view.facts.events.day[row]
        for pattern in part.answered_by.events
        for row in view.events(pattern, since, day1)
    ]
    if done:
        return line(CLEARED, f"done {date_of(max(done))}")
    wanted = ", ".join(missing) if missing else part.title
    if part.days_before is None:
        return line(unmet, f"missing: {wanted}")
    return line(unmet, f"missing: {wanted}; wanted from {date_of(since)} to {date_of(day1)}")


def _complete_before(view: View, part: BeforeCourse, day1: int, unmet: str) -> tuple[str, str]:
    assert part.complete_days_before is not None
    latest = day1 - part.complete_days_before
    late = [
        view.facts.events.day[row]
        for pattern in part.too_late
        for row in view.events(pattern, latest + 1, day1)
    ]
    if late:
        return unmet, f"too late: {date_of(max(late))} is after {date_of(latest)}"
    days = [
        view.facts.events.day[row]
        for pattern in part.answered_by.events
        for row in view.events(pattern, _LONG_AGO, latest)
    ]
    tests = part.answered_by.tests
    if tests and all(list(view.values(test, _LONG_AGO, latest)) for test in tests):
        days += [
            min(
                max(view.chart.values.day[place] for place in view.values(test, _LONG_AGO, latest))
                for test in tests
            )
        ]
    if days:
        return CLEARED, f"complete since {date_of(max(days))}"
    return unmet, f"not recorded as complete by {date_of(latest)}"


def _forbidding(view: View, course: CourseDates) -> list[Check]:
    """Contraindications and reasons to withhold that hold on the day."""
    pack = view.compiled.pack
    lines = []
    for number, part in enumerate((*pack.contraindications, *pack.withhold)):
        answer = _holds(view, part, view.program.rule_count + number, course.first)
        if answer != FALSE:
            detail = part.words if answer == TRUE else f"undecided: {part.words}"
            state = BLOCKED if part.blocking else OPEN
            lines.append(Check(course.number, course.first, part.id, state, detail))
    return lines


def _holds(view: View, part: Contraindication, rule: int, day1: int) -> int:
    """How far a contraindication's condition holds on day 1 (or on `as_of`, if that is earlier)."""
    day = min(view.as_of, day1)
    since = _LONG_AGO if part.within_days is None else day - part.within_days
    rules, legs, values = view.program.book.rules, view.program.book.legs, view.chart.values
    infusions = view.facts.infusions
    sex = view.facts.persons.sex[view.patient]
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg, spot = rules.legs[position], position - rules.legs_at[rule]
        answer = FALSE
        if legs.kind[leg] == TEST_LEG:
            places = [
                place
                for place in range(values.at[legs.test[leg]], values.at[legs.test[leg] + 1])
                if since <= values.day[place] <= day
            ]
            newest = max((values.day[place] for place in places), default=NONE)
            for place in places:
                if part.within_days is not None or values.day[place] == newest:
                    met, _ = judge(
                        legs, view.program.book.usual, leg, sex, view.first, values, place, place
                    )
                    answer = max(answer, met)
        elif legs.kind[leg] == EVENT_LEG:
            pattern = view.compiled.patterns[legs.pattern[leg]]
            for row in view.events(pattern, since, day):
                ended = view.facts.events.ends[row]
                if ended == NONE or ended > view.as_of or ended >= day:
                    answer = TRUE
        else:
            for row in range(infusions.begin[view.patient], infusions.end[view.patient]):
                given = infusions.day[row]
                if infusions.status[row] == 1 and day - legs.days[leg] <= given <= day:
                    answer = TRUE
        view.chart.work.stack[spot] = answer
    return int(tree(rules, rule, view.chart.work.stack))


def _interval(view: View, course: CourseDates, courses: list[CourseDates]) -> list[Check]:
    """The time to the course before, and how many courses the pack allows."""

    def line(activity: str, state: str, detail: str) -> Check:
        return Check(course.number, course.first, activity, state, detail)

    plan = course_plan(view.compiled.pack.courses, course.number)
    if plan is None:
        return [line(LIMIT, BLOCKED, "the protocol has no such course")]
    lines = []
    numbered = [part.course for part in view.compiled.pack.courses if part.course != "further"]
    if plan.course == "further" and plan.max_further_courses is not None:
        allowed = len(numbered) + plan.max_further_courses
        if course.number > allowed:
            lines.append(line(LIMIT, BLOCKED, f"the protocol allows {allowed} courses"))
    if plan.min_months_after_previous is not None:
        before = [other for other in courses if other.number == course.number - 1]
        if not before:
            lines.append(line(INTERVAL, "unknown", "the course before is not recorded"))
        else:
            earliest = months_later(before[0].last, plan.min_months_after_previous)
            state = CLEARED if course.first >= earliest else BLOCKED
            lines.append(line(INTERVAL, state, f"not before {date_of(earliest)}"))
    return lines


def course_plan(courses: tuple[Course, ...], number: int) -> Course | None:
    """The pack's words for a course number: its own, or those for further courses."""
    for part in courses:
        if part.course == number:
            return part
    further = [part for part in courses if part.course == "further"]
    numbered = [part.course for part in courses if isinstance(part.course, int)]
    return further[0] if further and number > max(numbered, default=0) else None
