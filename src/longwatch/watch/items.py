"""The items of one recurring activity: when each was due, whether and when it was answered."""

from __future__ import annotations

from longwatch.core.daynumbers import months_later
from longwatch.watch.facts import NONE, Chart, Facts
from longwatch.watch.logic import ANSWERS
from longwatch.watch.program import Program


def months_due(chart: Chart, first: int, end: int) -> int:
    """Fills `month_due[k] = first + k months` for every k up to `end`; returns how many k."""
    k = 0
    while True:
        chart.month_due[k] = months_later(first, k)
        if chart.month_due[k] > end:
            return k
        k += 1


def course_anchor(program: Program, chart: Chart, activity: int, courses: int) -> int:
    """Day 1 of the earliest course that no value has released yet (NONE: all are released)."""
    test = program.activities.stop_test[activity]
    threshold = program.activities.stop_at_least[activity]
    newest = NONE
    for place in range(chart.at[test], chart.at[test + 1]):
        if chart.flags[place] & ANSWERS and chart.low[place] >= threshold:
            newest = chart.day[place]
    for course in range(courses):
        if chart.course[course, 2] > newest:
            return chart.course[course, 1]
    return NONE


def walk_items(
    program: Program,
    facts: Facts,
    chart: Chart,
    patient: int,
    activity: int,
    anchor: int,
    end: int,
    known: int,
) -> tuple[int, int]:
    """Lists the items that have opened into the chart: due day, answer day, missing tests (bits).

    `known`: what `months_due` returned when the anchor is its first day, else -1.
    Returns how many have opened and the due day of the next one (NONE: there is none).
    """
    activities = program.activities
    every = activities.every[activity]
    early = activities.early[activity]
    first_test, last_test = activities.tests_at[activity], activities.tests_at[activity + 1]
    for test in range(first_test, last_test):
        chart.cursor[test - first_test] = chart.at[activities.tests[test]]
    k = activities.first_item[activity]
    due = series_due(chart, anchor, k * every, known, end)
    opened = 0
    while due <= end and due - early <= facts.as_of:
        k += 1
        following = series_due(chart, anchor, k * every, known, end)
        until = min(following - early - 1, facts.as_of) if following <= end else facts.as_of
        chart.item_due[opened] = due
        answer_item(program, facts, chart, patient, activity, opened, due - early, until)
        opened += 1
        due = following
    return opened, due if due <= end else NONE


def series_due(chart: Chart, anchor: int, months: int, known: int, end: int) -> int:
    """Due day so many months after the anchor; `known`: how far `month_due` has them (-1: not)."""
    if known < 0:
        return months_later(anchor, months)
    return chart.month_due[months] if months <= known else end + 1


def answer_item(
    program: Program,
    facts: Facts,
    chart: Chart,
    patient: int,
    activity: int,
    item: int,
    opens: int,
    until: int,
) -> None:
    """Finds the first day in `[opens, until]` on which an item is answered."""
    activities = program.activities
    first_test, last_test = activities.tests_at[activity], activities.tests_at[activity + 1]
    answer = NONE
    missing = 0
    for position in range(first_test, last_test):
        end = chart.at[activities.tests[position] + 1]
        cursor = chart.cursor[position - first_test]
        while cursor < end and chart.day[cursor] < opens:
            cursor += 1
        chart.cursor[position - first_test] = cursor
        while cursor < end and not chart.flags[cursor] & ANSWERS:
            cursor += 1
        if cursor < end and chart.day[cursor] <= until:
            answer = max(answer, chart.day[cursor])
        else:
            missing |= 1 << (position - first_test)
    if missing:
        answer = NONE
    for row in range(facts.event_from[patient], facts.event_to[patient]):
        day = facts.event_day[row]
        if opens <= day <= until and (answer == NONE or day < answer):
            for position in range(
                activities.patterns_at[activity], activities.patterns_at[activity + 1]
            ):
                if facts.pair_meets[facts.event_pair[row], activities.patterns[position]]:
                    answer = day
                    missing = 0
    chart.item_answer[item] = answer
    chart.item_missing[item] = missing
