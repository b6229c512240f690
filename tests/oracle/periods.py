"""Periods of medicine, diet and other advice around each course (semantics, section 7)."""

from datetime import date

from tests.oracle.facts import Patient, Row, canonical
from tests.oracle.logic import TRUE, is_at_least
from tests.oracle.months import days_later, months_later
from tests.oracle.series import (
    concerns,
    course_ends,
    course_starts,
    end_of_watch,
    first_infusion,
)

from longwatch.protocols.model import Moment, Pack, Period


def period_rows(pack: Pack, patient: Patient) -> list[Row]:
    rows = []
    for period in pack.periods:
        if concerns(period.applies_if, patient) == "no":
            continue
        rows += [period_row(pack, period, patient, course) for course in course_starts(patient)]
    return rows


def period_row(pack: Pack, period: Period, patient: Patient, course: int) -> Row:
    start = moment(pack, period.start, patient, course)
    ends = [moment(pack, each, patient, course) for each in period.end.later_of]
    wanted = period.end.first_result
    if wanted is not None:
        bound = canonical(wanted.test, wanted.at_least, wanted.unit)
        reached = [
            r.date
            for r in patient.of_test(wanted.test)
            if r.stands
            and r.date >= course_ends(patient)[course]
            and is_at_least(r.range, bound) == TRUE
        ]
        ends.append(min(reached) if reached else None)
    end = None if not ends or None in ends else max(ends)
    if end is None:
        state = "open"
    elif start is not None and patient.as_of < start:
        state = "planned"
    else:
        state = "active" if patient.as_of <= end else "ended"
    return {
        "patient": patient.id,
        "period": period.id,
        "course": course,
        "start": start,
        "end": end,
        "state": state,
    }


def moment(pack: Pack, point: Moment, patient: Patient, course: int) -> date | None:
    anchor = {
        "course-start": course_starts(patient)[course],
        "course-end": course_ends(patient)[course],
        "watch-end": end_of_watch(pack, patient),
        "first": first_infusion(patient),
    }[point.anchor]
    return None if anchor is None else days_later(months_later(anchor, point.months), point.days)
