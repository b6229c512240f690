"""Recurring activities: items, answers, status and adherence (semantics, sections 2 and 3)."""

from dataclasses import dataclass
from datetime import date
from itertools import pairwise
from typing import Any

from tests.oracle.facts import Event, Patient, Row, canonical
from tests.oracle.logic import TRUE, is_at_least
from tests.oracle.months import DAY, days_later, months_later

from longwatch.protocols.model import Pack, Recurring


@dataclass(frozen=True)
class Item:
    due: date
    opens: date
    closes: date


def contradiction(patient: Patient) -> str:
    """What makes every activity of this patient unknown; empty when nothing does."""
    if patient.unreadable:
        return patient.unreadable
    given = patient.given()
    if not patient.infusions:
        return "no infusion given and none planned"
    if patient.birth_date is not None and any(i.date < patient.birth_date for i in given):
        return "an infusion before birth"
    if given and not any(i.course == 1 for i in given):
        return "infusions, but none of course 1"
    starts = course_starts(patient)
    for course, start in starts.items():
        for earlier, earlier_start in starts.items():
            if earlier < course and start <= earlier_start:
                return f"course {course} starts on or before the start of course {earlier}"
    return ""


def course_starts(patient: Patient) -> dict[int, date]:
    """Course number → its first given infusion."""
    starts: dict[int, date] = {}
    for infusion in patient.given():
        known = starts.get(infusion.course)
        starts[infusion.course] = infusion.date if known is None else min(known, infusion.date)
    return dict(sorted(starts.items()))


def course_ends(patient: Patient) -> dict[int, date]:
    """Course number → its last given infusion."""
    ends: dict[int, date] = {}
    for infusion in patient.given():
        known = ends.get(infusion.course)
        ends[infusion.course] = infusion.date if known is None else max(known, infusion.date)
    return ends


def first_infusion(patient: Patient) -> date | None:
    return course_starts(patient).get(1)


def end_of_watch(pack: Pack, patient: Patient) -> date | None:
    given = [i.date for i in patient.given()]
    return months_later(max(given), pack.watch.months_after_last_infusion) if given else None


def anchor_of(activity: Recurring, patient: Patient) -> date | None:
    """Where the series counts from; None when a course has been released or none was given."""
    if activity.anchor == "first":
        return first_infusion(patient)
    starts, ends = course_starts(patient), course_ends(patient)
    released = {course: is_released(activity, patient, ends[course]) for course in starts}
    for course, start in starts.items():
        later_ones = [released[other] for other in starts if other > course]
        if not released[course] and not any(later_ones):
            return start
    return None


def is_released(activity: Recurring, patient: Patient, course_end: date) -> bool:
    wanted = activity.stops_when
    bound = canonical(wanted.test, wanted.at_least, wanted.unit)
    return any(
        r.stands and r.date >= course_end and is_at_least(r.range, bound) == TRUE
        for r in patient.of_test(wanted.test)
    )


def items_of(activity: Recurring, anchor: date, end: date) -> list[Item]:
    items = []
    k = activity.first_item
    while True:
        due = months_later(anchor, k * activity.every_months)
        if due > end:
            return items
        opens = days_later(due, -activity.early)
        items.append(Item(due, opens, days_later(due, activity.grace)))
        k += 1


def matches(pattern: Any, event: Event) -> bool:
    """An event is meant by its kind (if one is asked for), and by its code or a group of it.

    A pattern without codes and groups means every event of the kind.
    """
    if pattern.kind is not None and event.kind != pattern.kind:
        return False
    if not pattern.codes and not pattern.groups:
        return True
    return event.code in pattern.codes or any(group in event.groups for group in pattern.groups)


def answer_between(answered_by: Any, patient: Patient, start: date, stop: date) -> date | None:
    """The day on which the wanted tests are complete, or the wanted event; whichever is earlier."""
    answers = []
    if answered_by.tests:
        firsts = [first_value(patient, test, start, stop) for test in answered_by.tests]
        if None not in firsts:
            answers.append(max(firsts))
    answers += [
        event.date
        for event in patient.events
        if start <= event.date <= stop
        and any(matches(pattern, event) for pattern in answered_by.events)
    ]
    return min(answers) if answers else None


def first_value(patient: Patient, test: str, start: date, stop: date) -> date | None:
    dates = [r.date for r in patient.of_test(test) if r.stands and start <= r.date <= stop]
    return min(dates) if dates else None


def missing_between(answered_by: Any, patient: Patient, start: date, stop: date) -> str:
    if answered_by.tests:
        return ", ".join(
            test for test in answered_by.tests if first_value(patient, test, start, stop) is None
        )
    return ", ".join(code for pattern in answered_by.events for code in pattern.codes)


def concerns(applies_if: Any, patient: Patient) -> str:
    """`yes`, `no` or `unclear`."""
    if applies_if is None or patient.sex in applies_if.sex:
        return "yes"
    return "unclear" if patient.sex in applies_if.unclear else "no"


def series_rows(pack: Pack, activity: Recurring, patient: Patient) -> tuple[Row, Row]:
    """The status row and the adherence row of one patient and one activity."""
    status: Row = {
        "patient": patient.id,
        "activity": activity.id,
        "status": "unknown",
        "due": None,
        "closes": None,
        "overdue_since": None,
        "days_overdue": 0,
        "next_due": None,
        "last_answered": None,
        "missing": "",
        "protocol": pack.id,
        "version": pack.version,
    }
    adherence: Row = {
        "patient": patient.id,
        "activity": activity.id,
        "items": 0,
        "on_time": 0,
        "late": 0,
        "missed": 0,
        "longest_gap_days": None,
    }
    sentence = contradiction(patient)
    if sentence:
        status["missing"] = sentence
        return status, adherence
    applies = concerns(activity.applies_if, patient)
    if applies == "unclear":
        status["missing"] = "sex"
        return status, adherence
    if applies == "no":
        status["status"] = "not-applicable"
        return status, adherence
    if not patient.given():
        status["status"] = "not-yet"
        return status, adherence
    anchor = anchor_of(activity, patient)
    if anchor is None:
        status["status"] = "not-applicable"
        return status, adherence
    end = end_of_watch(pack, patient)
    judge(pack, activity, patient, anchor, end, status, adherence)
    return status, adherence


def judge(
    pack: Pack,
    activity: Recurring,
    patient: Patient,
    anchor: date,
    end: date,
    status: Row,
    adherence: Row,
) -> None:
    """Fills both rows from the items of a series that runs."""
    as_of = patient.as_of
    items = items_of(activity, anchor, end)
    opened = [item for item in items if item.opens <= as_of]
    stops = [item.opens - DAY for item in items[1:]] + [as_of]
    answers = [
        answer_between(activity.answered_by, patient, item.opens, min(stop, as_of))
        for item, stop in zip(opened, stops, strict=False)
    ]
    answered = [answer for answer in answers if answer is not None]
    steps = sorted([anchor, *answered, min(as_of, end)])
    adherence["longest_gap_days"] = max(
        (later - earlier).days for earlier, later in pairwise(steps)
    )
    for k, (item, answer) in enumerate(zip(opened, answers, strict=True)):
        if item.closes >= as_of:
            continue
        adherence["items"] += 1
        if answer is not None:
            adherence["on_time" if answer <= item.closes else "late"] += 1
        elif k + 1 < len(opened):
            adherence["missed"] += 1

    status["last_answered"] = max(answered) if answered else None
    if len(opened) < len(items):
        status["next_due"] = items[len(opened)].due
    if not opened:
        status["status"] = "not-yet"
        return
    latest = opened[-1]
    status["due"], status["closes"] = latest.due, latest.closes
    if answers[-1] is not None:
        status["status"] = "ended" if as_of > end else "not-yet"
        return
    status["missing"] = missing_between(activity.answered_by, patient, latest.opens, as_of)
    run = len(opened) - 1
    while run > 0 and answers[run - 1] is None:
        run -= 1
    if as_of <= latest.closes and run == len(opened) - 1:
        status["status"] = "due"
        return
    status["status"] = "overdue"
    status["overdue_since"] = days_later(opened[run].closes, 1)
    status["days_overdue"] = (as_of - opened[run].closes).days
