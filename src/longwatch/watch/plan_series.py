"""The recurring lines of a plan: what became of every item so far, and all that are to come."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from longwatch.protocols.model import BeforeCourse, Recurring
from longwatch.protocols.words_values import listed, number_words, test_words
from longwatch.watch.explain_chart import Item, anchors, items_of
from longwatch.watch.explain_rows import cited
from longwatch.watch.facts import NONE
from longwatch.watch.items import course_anchor
from longwatch.watch.plan import Kind, PlanItem, State
from longwatch.watch.plan_person import Person
from longwatch.watch.view import View, date_of


def recurring_items(person: Person, end: int, only: str | None = None) -> Iterator[PlanItem]:
    """Every item of every series: what became of those that have opened, and all to come.

    Inputs:
        only: the activity whose series is wanted; None: all.
    """
    for number, part in enumerate(person.pack.recurring):
        if only is not None and part.id != only:
            continue
        if person.view.applies(part.applies_if) is False:
            continue
        yield from _opened(person, number, part)
        anchor = _anchor(person.assumed, number)
        if anchor == NONE:
            continue
        series, words = _Series(person, number, part, anchor), _stops(part)
        listed_items, _ = items_of(person.assumed, number, anchor, end, end)
        for item in listed_items:
            if item.opens > person.as_of:
                yield series.item(item, "planned", words)


def _anchor(view: View, number: int) -> int:
    """Where a series starts, also for somebody of whom nobody can tell whether it is for them."""
    first, _, end = anchors(view)
    activities = view.program.activities
    if end == NONE or not activities.per_course[number]:
        return first if end != NONE else NONE
    return int(
        course_anchor(
            view.chart.values, view.chart.course, view.course_count, activities.stop_test[number],
            activities.stop_at_least[number],
        )
    )  # fmt: skip


def _opened(person: Person, number: int, part: Recurring) -> Iterator[PlanItem]:
    anchor = _anchor(person.view, number)
    if anchor == NONE:
        return
    _, _, end = anchors(person.view)
    items, _ = items_of(person.view, number, anchor, end, person.as_of)
    series = _Series(person, number, part, anchor)
    clear = person.view.applies(part.applies_if) is not None
    for spot, item in enumerate(items):
        words = ""
        state: State
        if not clear:
            state = "unknown"
        elif item.answer != NONE:
            state = "done" if item.answer <= item.closes else "done-late"
        elif spot < len(items) - 1:
            state = "missed"
        else:
            behind = spot > 0 and items[spot - 1].answer == NONE
            state = "overdue" if behind or person.as_of > item.closes else "due"
            if item.missing:
                words = f" Missing: {', '.join(item.missing)}."
        yield series.item(item, state, words)


def _stops(part: Recurring) -> str:
    if part.stops_when is None:
        return ""
    stop = part.stops_when
    bound = number_words(stop.at_least, stop.unit)
    return f" No longer once {test_words(stop.test)} are at least {bound}."


class _Series:
    """What all items of a series have in common, found once: a plan has hundreds of items."""

    def __init__(self, person: Person, number: int, part: Recurring, anchor: int) -> None:
        self._part = part
        self._kind = _kind(part)
        self._words = for_whom(person, part)
        self._source = cited(part.evidence, person.pack)
        self._course = 0
        if person.view.program.activities.per_course[number]:
            courses = person.assumed.courses()
            self._course = next((one.number for one in courses if one.first == anchor), 0)

    def item(self, item: Item, state: State, words: str) -> PlanItem:
        """One line of the plan."""
        return PlanItem(
            date=day_at(item.due),
            opens=day_at(item.opens),
            closes=day_at(item.closes),
            kind=self._kind,
            activity=self._part.id,
            title=self._part.title,
            words=self._words + words,
            state=state,
            source=self._source,
            item=item.number,
            course=self._course,
            answered=date_of(item.answer) if state in ("done", "done-late") else None,
        )


def _kind(part: Recurring) -> Kind:
    """A draw is answered by tests alone, a form says so in its title, the rest is looked at."""
    if part.answered_by.tests and not part.answered_by.events:
        return "test"
    return "form" if "form" in part.title.lower() else "exam"


def for_whom(person: Person, part: BeforeCourse | Recurring) -> str:
    """The words of a part; for whom it is, where that cannot be told."""
    if part.applies_if is None or person.view.applies(part.applies_if) is not None:
        return part.words
    return f"{part.words} Only for sex {listed(part.applies_if.sex, 'or')}."


def day_at(number: int) -> date:
    """The date of a day number that exists."""
    found = date_of(number)
    assert found is not None, "only days that exist are asked for"
    return found
