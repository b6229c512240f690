"""One patient's chart: which results count, in canonical units, by test and date; the anchors.

Written for Python and Numba alike: scalars and arrays, no objects.
"""

from __future__ import annotations

import math

import numpy as np

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
    Codes,
    Facts,
    Infusions,
    Persons,
    Rows,
    Values,
)
from longwatch.watch.logic import ANSWERS, HIGH_OPEN, LOW_OPEN, PRELIMINARY
from longwatch.watch.program import Program


def exists(rows: Rows, row: int, as_of: int, received_before: int) -> bool:
    """Was this result known on the day?"""
    return rows.day[row] <= as_of and rows.received[row] < received_before


def rivals(rows: Rows, row: int, other: int) -> bool:
    """Do two results of one day speak of the same thing? Not if two laboratories sent them."""
    if rows.test[row] != rows.test[other]:
        return False
    lab, other_lab = rows.laboratory[row], rows.laboratory[other]
    return lab == other_lab or lab < 0 or other_lab < 0


def counts(
    rows: Rows, status_of: np.ndarray, row: int, first: int, last: int, as_of: int, before: int
) -> bool:
    """Does this result count among those of the same patient and day, `first` to `last`?

    A cancellation that arrived later retracts a result. Of the others, corrected ones supersede
    final ones, final ones preliminary ones; a cancelled one never counts.
    """
    status = status_of[rows.status[row]]
    if status < PRELIMINARY_ROW or status == CANCELLED_ROW:
        return False
    for other in range(first, last):
        if not rivals(rows, row, other) or not exists(rows, other, as_of, before):
            continue
        rival = status_of[rows.status[other]]
        if rival == CANCELLED_ROW:
            if NEVER_RECEIVED < rows.received[row] < rows.received[other]:
                return False
            continue
        wins = rival > status or (
            rival == CORRECTED_ROW
            and status == CORRECTED_ROW
            and rows.received[other] > rows.received[row]
        )
        if not wins:
            continue
        for third in range(first, last):
            if (
                rivals(rows, other, third)
                and status_of[rows.status[third]] == CANCELLED_ROW
                and NEVER_RECEIVED < rows.received[other] < rows.received[third]
                and exists(rows, third, as_of, before)
            ):
                wins = False
        if wins:
            return False
    return True


def chart_results(program: Program, facts: Facts, chart: Chart, patient: int) -> int:
    """Fills the chart with one patient's values; returns how many rows had an unusable value."""
    rows, codes, at = facts.rows, facts.codes, chart.values.at
    begin, end = rows.at[patient], rows.at[patient + 1]
    for test in range(program.test_count + 2):
        at[test] = 0
    unusable = 0
    first = begin
    while first < end:
        day = rows.day[first]
        last = first
        plain = True
        while last < end and rows.day[last] == day:
            if codes.status[rows.status[last]] != FINAL_ROW:
                plain = False
            last += 1
        for row in range(first, last):
            test = codes.test[rows.test[row]]
            chart.keep[row - begin] = 0
            if test < 0 or not exists(rows, row, facts.as_of, facts.received_before):
                continue
            if not plain and not counts(
                rows, codes.status, row, first, last, facts.as_of, facts.received_before
            ):
                continue
            value = rows.value[row]
            if math.isnan(value):
                continue
            value = canonical(codes, test, rows.unit[row], value)
            if math.isnan(value) or not usable(
                program.grades, program.plausible, program.zero, test, value
            ):
                unusable += 1
                continue
            chart.keep[row - begin] = test + 1
            chart.canonical[row - begin] = value
            at[test + 2] += 1
        first = last
    for test in range(program.test_count):
        at[test + 2] += at[test + 1]
    for row in range(begin, end):
        test = chart.keep[row - begin] - 1
        if test >= 0:
            value = chart.canonical[row - begin]
            place(rows, codes, chart.values, row, test, value, program.book.limited, at[test + 1])
            at[test + 1] += 1
    return unusable


def usable(
    grades: np.ndarray, plausible: np.ndarray, zero: np.ndarray, test: int, value: float
) -> bool:
    """Is this a size that the test can have, in its canonical unit?"""
    if not math.isnan(grades[test, 0]):
        fits = False
        for grade in range(grades.shape[1]):
            fits = fits or grades[test, grade] == value
        return fits
    if value == 0.0 and zero[test]:
        return True
    return plausible[test, 0] <= value <= plausible[test, 1]


def canonical(codes: Codes, test: int, unit: int, value: float) -> float:
    """A number in the canonical unit of its test, rounded to 6 decimals (NaN: not convertible)."""
    if math.isnan(value):
        return value
    numerator = codes.numerator[test, unit]
    denominator = codes.denominator[test, unit]
    if numerator != denominator:
        value = value * numerator / denominator
    if math.isnan(value):
        return value
    return round(value * 1e6) / 1e6


def place(
    rows: Rows,
    codes: Codes,
    values: Values,
    row: int,
    test: int,
    value: float,
    limited: np.ndarray,
    to: int,
) -> None:
    """Writes one result into the chart as an interval, with its limits if a rule asks for them."""
    unit = rows.unit[row]
    low, high, flags = value, value, 0
    comparator = codes.comparator[rows.comparator[row]]
    if comparator in (BELOW, AT_MOST):
        low = min(0.0, value)
        if comparator == BELOW:
            flags = HIGH_OPEN
    elif comparator in (ABOVE, AT_LEAST):
        high = math.inf
        if comparator == ABOVE:
            flags = LOW_OPEN
    elif not math.isnan(rows.value_high[row]):
        high = max(value, canonical(codes, test, unit, rows.value_high[row]))
    if codes.status[rows.status[row]] == PRELIMINARY_ROW:
        flags |= PRELIMINARY
    else:
        flags |= ANSWERS
    values.day[to] = rows.day[row]
    values.value[to] = value
    values.low[to] = low
    values.high[to] = high
    values.flags[to] = flags
    if limited[test, 0]:
        values.limit_low[to] = canonical(codes, test, unit, rows.low[row])
    if limited[test, 1]:
        values.limit_high[to] = canonical(codes, test, unit, rows.high[row])
    values.row[to] = row


def reference(values: Values, test: int, start: int, before: int, falling: bool) -> int:
    """The newest value of a test dated before the day `before`, preliminary ones aside (-1: none).

    Several on that day: the highest for a fall, the lowest for a rise, so that no change is missed.

    `start`: a place at or behind which all values are dated `before` or later.
    """
    found = -1
    for place in range(start - 1, values.at[test] - 1, -1):
        if values.day[place] >= before or values.flags[place] & PRELIMINARY:
            continue
        if found < 0:
            found = place
        elif values.day[place] < values.day[found]:
            break
        elif higher(values, place, found) if falling else lower(values, place, found):
            found = place
    return found


def chart_baselines(values: Values, tests: int, first: int) -> None:
    """The baseline of every test: its newest value dated on or before `first` (NONE: none)."""
    for test in range(tests):
        values.baseline_fall[test] = values.baseline_rise[test] = -1
        if first != NONE:
            start = values.at[test]
            while start < values.at[test + 1] and values.day[start] <= first:
                start += 1
            values.baseline_fall[test] = reference(values, test, start, first + 1, True)
            values.baseline_rise[test] = reference(values, test, start, first + 1, False)


def higher(values: Values, place: int, than: int) -> bool:
    """Does a value reach higher? By its upper end, whether that belongs to it, its lower end."""
    if values.high[place] != values.high[than]:
        return values.high[place] > values.high[than]
    is_open, than_open = values.flags[place] & HIGH_OPEN, values.flags[than] & HIGH_OPEN
    if is_open != than_open:
        return not is_open
    return values.low[place] > values.low[than]


def lower(values: Values, place: int, than: int) -> bool:
    """Does a value reach lower? By its lower end, whether that belongs to it, its upper end."""
    if values.low[place] != values.low[than]:
        return values.low[place] < values.low[than]
    is_open, than_open = values.flags[place] & LOW_OPEN, values.flags[than] & LOW_OPEN
    if is_open != than_open:
        return not is_open
    return values.high[place] < values.high[than]


def chart_courses(infusions: Infusions, course: np.ndarray, patient: int, as_of: int) -> int:
    """Lists the courses given by number: number, first day, last day; returns how many."""
    found = 0
    for row in range(infusions.begin[patient], infusions.end[patient]):
        day = infusions.day[row]
        if infusions.status[row] != GIVEN or day > as_of:
            continue
        number = infusions.course[row]
        spot = 0
        while spot < found and course[spot, 0] < number:
            spot += 1
        if spot < found and course[spot, 0] == number:
            course[spot, 1] = min(course[spot, 1], day)
            course[spot, 2] = max(course[spot, 2], day)
            continue
        for move in range(found, spot, -1):
            for column in range(3):
                course[move, column] = course[move - 1, column]
        course[spot, 0] = number
        course[spot, 1] = day
        course[spot, 2] = day
        found += 1
    return found


def contradiction(
    persons: Persons, infusions: Infusions, course: np.ndarray, patient: int, courses: int
) -> int:
    """Why nothing can be said about this patient's watch, or 0."""
    if persons.incomplete[patient]:
        return INCOMPLETE
    planned = False
    for row in range(infusions.begin[patient], infusions.end[patient]):
        if infusions.status[row] == PLANNED:
            planned = True
    if courses == 0:
        return 0 if planned else NO_INFUSION
    birth = persons.birth[patient]
    for number in range(courses):
        if birth != NONE and course[number, 1] < birth:
            return BEFORE_BIRTH
    if course[0, 0] != 1:
        return NO_FIRST_COURSE
    for number in range(1, courses):
        if course[number, 1] <= course[number - 1, 1]:
            return COURSES_OUT_OF_ORDER
    return 0
