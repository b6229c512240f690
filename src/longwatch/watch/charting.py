"""One patient's chart: which results count, in canonical units, by test and date; the anchors.

Written for Python and Numba alike: scalars and arrays, no objects.
"""

from __future__ import annotations

import math

from longwatch.watch.facts import (
    ABOVE,
    AT_LEAST,
    AT_MOST,
    BEFORE_BIRTH,
    BELOW,
    CANCELLED_ROW,
    CORRECTED_ROW,
    COURSES_OUT_OF_ORDER,
    FINAL_ROW,
    GIVEN,
    INCOMPLETE,
    NEVER_RECEIVED,
    NO_FIRST_COURSE,
    NO_INFUSION,
    NONE,
    PLANNED,
    PRELIMINARY_ROW,
    Chart,
    Facts,
)
from longwatch.watch.logic import ANSWERS, HIGH_OPEN, LOW_OPEN, PRELIMINARY
from longwatch.watch.program import Program


def exists(facts: Facts, row: int) -> bool:
    """Was this result known on the day?"""
    return facts.row_day[row] <= facts.as_of and facts.row_received[row] < facts.received_before


def retracted(facts: Facts, row: int, first: int, last: int) -> bool:
    """Did a cancellation that arrived later take this row back?"""
    received = facts.row_received[row]
    if received == NEVER_RECEIVED:
        return False
    for other in range(first, last):
        if (
            facts.row_test[other] == facts.row_test[row]
            and facts.status_map[facts.row_status[other]] == CANCELLED_ROW
            and facts.row_received[other] > received
            and exists(facts, other)
        ):
            return True
    return False


def counts(facts: Facts, row: int, first: int, last: int) -> bool:
    """Does this result count among those of the same patient and day, `first` to `last`?

    Corrected ones supersede final ones, final ones preliminary ones; a cancelled one never counts.
    """
    status = facts.status_map[facts.row_status[row]]
    if status < PRELIMINARY_ROW or status == CANCELLED_ROW or retracted(facts, row, first, last):
        return False
    for other in range(first, last):
        if other == row or facts.row_test[other] != facts.row_test[row]:
            continue
        if not exists(facts, other) or retracted(facts, other, first, last):
            continue
        rival = facts.status_map[facts.row_status[other]]
        if rival == CANCELLED_ROW:
            continue
        if rival > status:
            return False
        if (
            rival == CORRECTED_ROW
            and status == CORRECTED_ROW
            and facts.row_received[other] > facts.row_received[row]
        ):
            return False
    return True


def chart_results(program: Program, facts: Facts, chart: Chart, patient: int) -> int:
    """Fills the chart with one patient's values; returns how many rows had an unusable value."""
    begin, end = facts.row_at[patient], facts.row_at[patient + 1]
    at = chart.at
    for test in range(program.test_count + 2):
        at[test] = 0
    unusable = 0
    first = begin
    while first < end:
        day = facts.row_day[first]
        last = first
        plain = True
        while last < end and facts.row_day[last] == day:
            if facts.status_map[facts.row_status[last]] != FINAL_ROW:
                plain = False
            last += 1
        for row in range(first, last):
            test = facts.test_map[facts.row_test[row]]
            chart.keep[row - begin] = 0
            if test < 0 or not exists(facts, row):
                continue
            if not plain and not counts(facts, row, first, last):
                continue
            value = facts.row_value[row]
            if math.isnan(value):
                continue
            value = canonical(facts, test, facts.row_unit[row], value)
            if not usable(program, test, value):
                unusable += 1
                continue
            chart.keep[row - begin] = 1
            at[test + 2] += 1
        first = last
    for test in range(program.test_count):
        at[test + 2] += at[test + 1]
    for row in range(begin, end):
        if chart.keep[row - begin]:
            test = facts.test_map[facts.row_test[row]]
            place(facts, chart, row, test, at[test + 1])
            at[test + 1] += 1
    return unusable


def usable(program: Program, test: int, value: float) -> bool:
    """Is this a size that the test can have, in its canonical unit?"""
    grades = program.grades
    if not math.isnan(grades[test, 0]):
        for grade in range(grades.shape[1]):
            if grades[test, grade] == value:
                return True
        return False
    if value == 0.0 and program.zero[test]:
        return True
    return program.plausible[test, 0] <= value <= program.plausible[test, 1]


def canonical(facts: Facts, test: int, unit: int, value: float) -> float:
    """A number in the canonical unit of its test, rounded to 6 decimals (NaN: not convertible)."""
    numerator = facts.numerator[test, unit]
    denominator = facts.denominator[test, unit]
    if numerator != denominator:
        value = value * numerator / denominator
    if math.isnan(value):
        return value
    return round(value * 1e6) / 1e6


def place(facts: Facts, chart: Chart, row: int, test: int, to: int) -> None:
    """Writes one result into the chart as an interval with its limits."""
    unit = facts.row_unit[row]
    value = canonical(facts, test, unit, facts.row_value[row])
    low, high, flags = value, value, 0
    comparator = facts.comparator_map[facts.row_comparator[row]]
    if comparator == BELOW or comparator == AT_MOST:
        low = min(0.0, value)
        if comparator == BELOW:
            flags = HIGH_OPEN
    elif comparator == ABOVE or comparator == AT_LEAST:
        high = math.inf
        if comparator == ABOVE:
            flags = LOW_OPEN
    elif not math.isnan(facts.row_value_high[row]):
        high = max(value, canonical(facts, test, unit, facts.row_value_high[row]))
    if facts.status_map[facts.row_status[row]] == PRELIMINARY_ROW:
        flags |= PRELIMINARY
    else:
        flags |= ANSWERS
    chart.day[to] = facts.row_day[row]
    chart.value[to] = value
    chart.low[to] = low
    chart.high[to] = high
    chart.flags[to] = flags
    chart.limit_low[to] = canonical(facts, test, unit, facts.row_low[row])
    chart.limit_high[to] = canonical(facts, test, unit, facts.row_high[row])
    chart.row[to] = row


def reference(chart: Chart, test: int, before: int, falling: bool) -> int:
    """The newest value of a test dated before the day `before`, preliminary ones aside (-1: none).

    Several on that day: the highest for a fall, the lowest for a rise, so that no change is missed.
    """
    found = -1
    for place_ in range(chart.at[test + 1] - 1, chart.at[test] - 1, -1):
        if chart.day[place_] >= before or chart.flags[place_] & PRELIMINARY:
            continue
        if found < 0:
            found = place_
        elif chart.day[place_] < chart.day[found]:
            break
        elif falling and chart.high[place_] > chart.high[found]:
            found = place_
        elif not falling and chart.low[place_] < chart.low[found]:
            found = place_
    return found


def chart_courses(facts: Facts, chart: Chart, patient: int) -> int:
    """Lists the courses given up to the day by number: number, first day, last day; returns how many."""
    found = 0
    for row in range(facts.infusion_from[patient], facts.infusion_to[patient]):
        day = facts.infusion_day[row]
        if facts.infusion_status[row] != GIVEN or day > facts.as_of:
            continue
        number = facts.infusion_course[row]
        spot = 0
        while spot < found and chart.course[spot, 0] < number:
            spot += 1
        if spot < found and chart.course[spot, 0] == number:
            chart.course[spot, 1] = min(chart.course[spot, 1], day)
            chart.course[spot, 2] = max(chart.course[spot, 2], day)
            continue
        for move in range(found, spot, -1):
            for column in range(3):
                chart.course[move, column] = chart.course[move - 1, column]
        chart.course[spot, 0] = number
        chart.course[spot, 1] = day
        chart.course[spot, 2] = day
        found += 1
    return found


def contradiction(facts: Facts, chart: Chart, patient: int, courses: int) -> int:
    """Why nothing can be said about this patient's watch, or 0."""
    if facts.incomplete[patient]:
        return INCOMPLETE
    planned = False
    for row in range(facts.infusion_from[patient], facts.infusion_to[patient]):
        if facts.infusion_status[row] == PLANNED:
            planned = True
    if courses == 0:
        return 0 if planned else NO_INFUSION
    birth = facts.birth[patient]
    for course in range(courses):
        if birth != NONE and chart.course[course, 1] < birth:
            return BEFORE_BIRTH
    if chart.course[0, 0] != 1:
        return NO_FIRST_COURSE
    for course in range(1, courses):
        if chart.course[course, 1] <= chart.course[course - 1, 1]:
            return COURSES_OUT_OF_ORDER
    return 0
