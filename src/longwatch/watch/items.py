"""The items of one recurring activity: when each was due, whether and when it was answered."""

from __future__ import annotations

import numpy as np

from longwatch.core.daynumbers import months_later
from longwatch.watch.facts import NONE, Events, Series, Values
from longwatch.watch.logic import ANSWERS
from longwatch.watch.program import Activities


def months_due(month_due: np.ndarray, first: int, end: int) -> int:
    """Fills `month_due[k] = first + k months` for every k up to `end`; returns how many k."""
    k = 0
    while True:
        month_due[k] = months_later(first, k)
        if month_due[k] > end:
            return k
        k += 1


def course_anchor(
    values: Values, course: np.ndarray, courses: int, test: int, threshold: float
) -> int:
    """Day 1 of the earliest course that no value of `test` has released (NONE: all are)."""
    newest = NONE
    for place in range(values.at[test], values.at[test + 1]):
        if values.flags[place] & ANSWERS and values.low[place] >= threshold:
            newest = values.day[place]
    for number in range(courses):
        if course[number, 2] > newest:
            return course[number, 1]
    return NONE


def walk_items(
    activities: Activities,
    values: Values,
    events: Events,
    series: Series,
    patient: int,
    activity: int,
    anchor: int,
    end: int,
    as_of: int,
    known: int,
) -> tuple[int, int]:
    """Lists the items that have opened into `series`: due day, answer day, missing tests (bits).

    `known`: what `months_due` returned when the anchor is its first day, else -1.
    Returns how many have opened and the due day of the next one (NONE: there is none).
    """
    every = activities.every[activity]
    early = activities.early[activity]
    k = activities.first_item[activity]
    due = series_due(series.month_due, anchor, k * every, known, end)
    opened = 0
    while due <= end and due - early <= as_of:
        series.due[opened] = due
        series.answer[opened] = NONE
        series.missing[opened] = 0
        opened += 1
        k += 1
        due = series_due(series.month_due, anchor, k * every, known, end)
    answer_tests(activities, values, series, activity, opened, early, as_of)
    answer_events(activities, events, series, patient, activity, opened, early, as_of)
    return opened, due if due <= end else NONE


def series_due(month_due: np.ndarray, anchor: int, months: int, known: int, end: int) -> int:
    """Due day so many months after the anchor; `known`: how far `month_due` has them (-1: not)."""
    if known < 0:
        return months_later(anchor, months)
    return month_due[months] if months <= known else end + 1


def answer_tests(
    activities: Activities,
    values: Values,
    series: Series,
    activity: int,
    opened: int,
    early: int,
    as_of: int,
) -> None:
    """The first day of each item's window by which every test has a value, or what is missing.

    A window ends on the day before the next one opens, the newest on `as_of`; so one walk over the
    values of a test answers all items.
    """
    first_test, last_test = activities.tests_at[activity], activities.tests_at[activity + 1]
    for position in range(first_test, last_test):
        test = activities.tests[position]
        place, end = values.at[test], values.at[test + 1]
        following = series.due[0] - early
        for item in range(opened):
            opens = following
            until = as_of
            if item < opened - 1:
                following = series.due[item + 1] - early
                until = following - 1
            while place < end and (values.day[place] < opens or not values.flags[place] & ANSWERS):
                place += 1
            if place < end and values.day[place] <= until:
                series.answer[item] = max(series.answer[item], values.day[place])
            else:
                series.missing[item] |= 1 << (position - first_test)
    for item in range(opened):
        if series.missing[item]:
            series.answer[item] = NONE


def answer_events(
    activities: Activities,
    events: Events,
    series: Series,
    patient: int,
    activity: int,
    opened: int,
    early: int,
    as_of: int,
) -> None:
    """An event in an item's window answers it too, if it came before all tests were there."""
    first, last = activities.patterns_at[activity], activities.patterns_at[activity + 1]
    if first == last:
        return
    for row in range(events.begin[patient], events.end[patient]):
        answers = False
        for position in range(first, last):
            if events.meets[events.pair[row], activities.patterns[position]]:
                answers = True
        day = events.day[row]
        if not answers or day > as_of:
            continue
        item = opened - 1
        while item >= 0 and series.due[item] - early > day:
            item -= 1
        if item >= 0 and (series.answer[item] == NONE or day < series.answer[item]):
            series.answer[item] = day
            series.missing[item] = 0
