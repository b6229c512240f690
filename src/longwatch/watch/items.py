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
    first_test, last_test = activities.tests_at[activity], activities.tests_at[activity + 1]
    for position in range(first_test, last_test):
        series.cursor[position - first_test] = values.at[activities.tests[position]]
    k = activities.first_item[activity]
    due = series_due(series.month_due, anchor, k * every, known, end)
    opened = 0
    while due <= end and due - early <= as_of:
        k += 1
        following = series_due(series.month_due, anchor, k * every, known, end)
        until = min(following - early - 1, as_of) if following <= end else as_of
        series.due[opened] = due
        answer_tests(activities, values, series, activity, opened, due - early, until)
        answer_events(activities, events, series, patient, activity, opened, due - early, until)
        opened += 1
        due = following
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
    item: int,
    opens: int,
    until: int,
) -> None:
    """The first day in `[opens, until]` by which every test has a value, or what is missing."""
    first_test, last_test = activities.tests_at[activity], activities.tests_at[activity + 1]
    answer = NONE
    missing = 0
    for position in range(first_test, last_test):
        end = values.at[activities.tests[position] + 1]
        cursor = series.cursor[position - first_test]
        while cursor < end and values.day[cursor] < opens:
            cursor += 1
        series.cursor[position - first_test] = cursor
        while cursor < end and not values.flags[cursor] & ANSWERS:
            cursor += 1
        if cursor < end and values.day[cursor] <= until:
            answer = max(answer, values.day[cursor])
        else:
            missing |= 1 << (position - first_test)
    series.answer[item] = NONE if missing else answer
    series.missing[item] = missing


def answer_events(
    activities: Activities,
    events: Events,
    series: Series,
    patient: int,
    activity: int,
    item: int,
    opens: int,
    until: int,
) -> None:
    """An event in `[opens, until]` answers too, if it came before all tests were there."""
    first, last = activities.patterns_at[activity], activities.patterns_at[activity + 1]
    if first == last:
        return
    for row in range(events.begin[patient], events.end[patient]):
        day = events.day[row]
        answer = series.answer[item]
        if opens <= day <= until and (answer == NONE or day < answer):
            for position in range(first, last):
                if events.meets[events.pair[row], activities.patterns[position]]:
                    series.answer[item] = day
                    series.missing[item] = 0
