"""Prophylaxis and advice: from when to when each holds (docs/semantics.md, section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.core.daynumbers import months_later
from longwatch.core.units import to_canonical
from longwatch.protocols.model import Moment, Period
from longwatch.protocols.model.activities import FirstResult
from longwatch.watch.view import CourseDates, View, date_of


@dataclass(frozen=True)
class Span:
    """A period of one course; `start` None: its anchor is not known; `end` None: open."""

    period: str
    course: int
    start: int | None
    end: int | None
    state: str
    detail: str


def periods(view: View) -> list[Span]:
    """Every period of every given course of the view's patient."""
    given = [course for course in view.courses() if course.given_from is not None]
    spans = []
    for course in given:
        spans += [
            _span(view, period, course, given)
            for period in view.compiled.pack.periods
            if view.applies(period.applies_if) is not False
        ]
    return spans


def _span(view: View, period: Period, course: CourseDates, given: list[CourseDates]) -> Span:
    start = _moment(view, period.start, course, given)
    moments = [_moment(view, moment, course, given) for moment in period.end.later_of]
    ends = [day for day in moments if day is not None]
    detail = "" if ends or period.end.first_result else "until a clinician ends it"
    known = len(ends) == len(moments)
    awaited = period.end.first_result
    if awaited is not None:
        reached = _first_result(view, awaited, course)
        known = known and reached is not None
        if reached is None:
            detail = f"until {awaited.test} is {awaited.at_least:g} {awaited.unit} or more"
        else:
            ends.append(reached)
            detail = f"{awaited.test} reached {awaited.at_least:g} on {date_of(reached)}"
    end = max(ends) if ends and known else None
    if start is not None and view.as_of < start:
        state = "planned"
    elif end is None:
        state = "open"
    else:
        state = "active" if view.as_of <= end else "ended"
    return Span(period.id, course.number, start, end, state, detail)


def _first_result(view: View, awaited: FirstResult, course: CourseDates) -> int | None:
    """The first day, from the course's last infusion on, with a value that certainly suffices."""
    test = view.compiled.tests[view.compiled.test_index[awaited.test]]
    threshold = to_canonical(test, awaited.at_least, awaited.unit)
    assert threshold is not None
    assert course.given_until is not None
    found = [
        view.chart.values.day[place]
        for place in view.values(awaited.test, course.given_until, view.as_of)
        if view.chart.values.low[place] >= threshold
    ]
    return min(found, default=None)


def _moment(
    view: View, moment: Moment, course: CourseDates, given: list[CourseDates]
) -> int | None:
    """The day of a moment: its anchor, moved by whole months, then by days (None: no anchor)."""
    if moment.anchor == "course-start":
        day = course.given_from
    elif moment.anchor == "course-end":
        day = course.given_until
    elif moment.anchor == "first":
        day = given[0].given_from if given[0].number == 1 else None
    else:
        last = max(part.given_until for part in given if part.given_until is not None)
        day = months_later(last, view.program.months)
    return None if day is None else months_later(day, moment.months) + moment.days
