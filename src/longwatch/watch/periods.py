"""Prophylaxis and advice: from when to when each holds (docs/semantics.md, section 7)."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.core.daynumbers import months_later
from longwatch.protocols.model import Moment, Period
from longwatch.watch.view import CourseDates, View, date_of


@dataclass(frozen=True)
class Span:
    """A period of one course; `end` None: open."""

    period: str
    course: int
    start: int
    end: int | None
    state: str
    detail: str


def periods(view: View) -> list[Span]:
    """Every period of every given course of the view's patient."""
    given = [course for course in view.courses() if course.given_from is not None]
    spans = []
    for course in given:
        for period in view.compiled.pack.periods:
            if view.applies(period.applies_if) is not False:
                spans.append(_span(view, period, course, given))
    return spans


def _span(view: View, period: Period, course: CourseDates, given: list[CourseDates]) -> Span:
    start = _moment(view, period.start, course, given)
    ends = [_moment(view, moment, course, given) for moment in period.end.later_of]
    detail = ""
    awaited = period.end.first_result
    open_end = not ends and awaited is None
    if awaited is not None:
        test = view.compiled.tests[view.compiled.test_index[awaited.test]]
        factor = test.units[awaited.unit]
        threshold = round(float(awaited.at_least) * float(factor.num) / float(factor.den), 6)
        assert course.given_until is not None
        found = [
            view.chart.values.day[place]
            for place in view.values(awaited.test, course.given_until, view.as_of)
            if view.chart.values.low[place] >= threshold
        ]
        if found:
            ends.append(min(found))
            detail = f"{awaited.test} reached {awaited.at_least:g} on {date_of(min(found))}"
        else:
            open_end = True
            detail = f"until {awaited.test} is {awaited.at_least:g} {awaited.unit} or more"
    elif open_end:
        detail = "until a clinician ends it"
    end = None if open_end else max(ends)
    if view.as_of < start:
        state = "planned"
    elif end is None:
        state = "open"
    else:
        state = "active" if view.as_of <= end else "ended"
    return Span(period.id, course.number, start, end, state, detail)


def _moment(view: View, moment: Moment, course: CourseDates, given: list[CourseDates]) -> int:
    """The day of a moment: its anchor, moved by whole months, then by days."""
    assert course.given_from is not None and course.given_until is not None
    if moment.anchor == "course-start":
        day = course.given_from
    elif moment.anchor == "course-end":
        day = course.given_until
    elif moment.anchor == "first":
        day = given[0].given_from or course.given_from
    else:
        last = max(part.given_until or part.first for part in given)
        day = months_later(last, view.program.months)
    return months_later(day, moment.months) + moment.days
