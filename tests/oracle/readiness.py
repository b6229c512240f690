"""Is this person ready for the infusion? (semantics, section 6)"""

from datetime import date, timedelta
from typing import Any

from tests.oracle.facts import Patient, Row
from tests.oracle.findings import Sight
from tests.oracle.logic import FALSE
from tests.oracle.months import days_later, months_later
from tests.oracle.series import answer_between, concerns, contradiction, matches

from longwatch.protocols.model import BeforeCourse, Contraindication, Pack

EVER = date(1, 1, 1)
INTERVAL = "course-interval"
LIMIT = "course-limit"


def readiness_rows(pack: Pack, patient: Patient) -> list[Row]:
    rows: list[Row] = []
    for course in sorted({infusion.course for infusion in patient.infusions}):
        rows += course_rows(pack, patient, course)
    return rows


def course_rows(pack: Pack, patient: Patient, course: int) -> list[Row]:
    day_1 = min(i.date for i in patient.infusions if i.course == course)
    states: list[tuple[str, str]] = []
    for activity in pack.before_course:
        if not activity.courses or course in activity.courses:
            state = activity_state(activity, patient, day_1)
            states.append((activity.id, state))
    for contraindication in (*pack.contraindications, *pack.withhold):
        if holds(contraindication, patient, day_1):
            state = "blocked" if contraindication.blocking else "open"
            states.append((contraindication.id, state))
    interval = interval_state(pack, patient, course, day_1)
    if interval is not None:
        states.append(interval)
    if beyond_limit(pack, course):
        states.append((LIMIT, "blocked"))
    stopped = any(state in ("blocked", "unknown") for _, state in states)
    stopped = stopped or bool(contradiction(patient))
    states.append(("course", "blocked" if stopped else "cleared"))
    return [
        {
            "patient": patient.id,
            "course": course,
            "date": day_1,
            "activity": activity,
            "state": state,
        }
        for activity, state in states
    ]


def activity_state(activity: BeforeCourse, patient: Patient, day_1: date) -> str:
    applies = concerns(activity.applies_if, patient)
    if applies == "no":
        return "not-applicable"
    if applies == "unclear":
        return "unknown"
    if is_fulfilled(activity, patient, day_1):
        return "cleared"
    return "blocked" if activity.blocking else "open"


def is_fulfilled(activity: BeforeCourse, patient: Patient, day_1: date) -> bool:
    by = activity.answered_by
    if activity.complete_days_before is None:
        before = activity.days_before
        start = EVER if before is None else days_later(day_1, -before)
        return answer_between(by, patient, start, day_1) is not None
    latest = days_later(day_1, -activity.complete_days_before)
    too_late = [
        event
        for event in patient.events
        if latest < event.date <= day_1
        and any(matches(pattern, event) for pattern in activity.too_late)
    ]
    return answer_between(by, patient, EVER, latest) is not None and not too_late


def holds(contraindication: Contraindication, patient: Patient, day_1: date) -> bool:
    """At least undecided over the facts before the course."""
    today = min(patient.as_of, day_1)
    seen = facts_until(patient, today)
    start = EVER
    if contraindication.within_days is not None:
        start = today - timedelta(days=contraindication.within_days)
    sight = Sight(contraindication.when, seen)
    if contraindication.within_days is None:
        for leg in sight.test_legs:
            sight.results[id(leg)] = newest_day(sight.results[id(leg)])
    return sight.truth(start, today) != FALSE


def newest_day(judged: list[Any]) -> list[Any]:
    if not judged:
        return []
    newest = max(result.date for result, _ in judged)
    return [(result, truth) for result, truth in judged if result.date == newest]


def facts_until(patient: Patient, today: date) -> Patient:
    """The patient as of `today`, without events that were over before it."""
    return Patient(
        patient.id,
        today,
        patient.sex,
        patient.birth_date,
        [i for i in patient.infusions if i.planned or i.date <= today],
        [r for r in patient.results if r.date <= today],
        [
            e
            for e in patient.events
            if e.date <= today and (e.end_date is None or e.end_date >= today)
        ],
    )


def interval_state(
    pack: Pack, patient: Patient, course: int, day_1: date
) -> tuple[str, str] | None:
    """The row's id and state; None where the pack states no interval for this course."""
    entry = course_entry(pack, course)
    if entry is None or entry.min_months_after_previous is None:
        return None
    before = [i for i in patient.infusions if i.course == course - 1]
    if not before:
        return INTERVAL, "unknown"
    last = max(i.date for i in before)
    allowed = months_later(last, entry.min_months_after_previous)
    return INTERVAL, "cleared" if allowed <= day_1 else "blocked"


def course_entry(pack: Pack, course: int) -> Any:
    """What the pack says of this course, or of every further one."""
    entries = {entry.course: entry for entry in pack.courses}
    return entries.get(course, entries.get("further"))


def beyond_limit(pack: Pack, course: int) -> bool:
    """The pack knows no such course, or no more further ones."""
    entry = course_entry(pack, course)
    if entry is None:
        return True
    if entry.course != "further" or entry.max_further_courses is None:
        return False
    named = max((each.course for each in pack.courses if each.course != "further"), default=0)
    return course > named + entry.max_further_courses
