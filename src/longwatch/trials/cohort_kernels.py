"""Loops over people and visits, compiled by Numba: what arrays as a whole would do many times over.

Plain functions, compiled when they are first used; none of them holds the interpreter.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import numpy as np


class Kernels(NamedTuple):
    """`between`, `waits` and `rows`, compiled."""

    between: Callable[..., None]
    waits: Callable[..., None]
    rows: Callable[..., None]


@cache
def kernels() -> Kernels:
    """The compiled functions; kept between runs beside this file, or where Numba keeps them."""
    import numba

    build = numba.njit(nogil=True, cache=True)
    return Kernels(build(_between), build(_waits), build(_rows))


def _between(marks: Any, states: Any, days: Any, found: Any, failed: Any) -> None:
    """Counts on the days of visits, on a straight line between two marks.

    Inputs:
        marks: f32[K], rising. states: f32[K, R, n]. days: f32[D, n].
        found: f32[D, S, n], of the first S rows, written to.
        failed: bool[n], false at first; true for who has a number that is not finite.
    """
    for k in range(states.shape[0]):
        for row in range(states.shape[1]):
            for p in range(states.shape[2]):
                failed[p] |= not np.isfinite(states[k, row, p])
    last = len(marks) - 1
    at = np.zeros(days.shape[1], np.int32)
    share = np.zeros(days.shape[1], np.float32)
    for d in range(days.shape[0]):
        place = 0
        for p in range(days.shape[1]):
            day = days[d, p]
            # The visits of one row lie within weeks of each other: the place hardly moves.
            while place > 0 and marks[place] > day:
                place -= 1
            while place < last - 1 and marks[place + 1] <= day:
                place += 1
            width = marks[place + 1] - marks[place]
            at[p] = place
            share[p] = min(max((day - marks[place]) / width, np.float32(0.0)), np.float32(1.0))
        for row in range(found.shape[1]):
            for p in range(days.shape[1]):
                before, after = states[at[p], row, p], states[at[p] + 1, row, p]
                found[d, row, p] = before + (after - before) * share[p]


def _waits(
    day: Any,
    attended: Any,
    high: Any,
    starts: Any,
    opens: Any,
    ends: Any,
    drawn: Any,
    released: Any,
) -> None:
    """A test drawn from some month of each course on until it is high enough.

    What is drawn depends on what the visit before it showed.

    Inputs:
        day: i64[D, n], of visits; attended, high: bool[D, n].
        starts, opens, ends: i64[C, n], of courses; a start beyond every day for none.
        drawn: bool[D, n], written to. released: i64[C, n], written to where a course is let go.
    """
    for p in range(day.shape[1]):
        for d in range(1, day.shape[0]):
            if not attended[d, p]:
                continue
            today = day[d, p]
            wanted = False
            # Months count from the earliest course that still waits.
            for c in range(starts.shape[0]):
                if today >= starts[c, p] and released[c, p] < 0:
                    wanted = today >= opens[c, p]
                    break
            drawn[d, p] = wanted
            if wanted and high[d, p]:
                for c in range(starts.shape[0]):
                    if released[c, p] < 0 and today >= ends[c, p]:
                        released[c, p] = today


def _rows(
    offsets: Any,
    day: Any,
    masks: Any,
    group_of: Any,
    reported: Any,
    told: Any,
    least: Any,
    steps: Any,
    unit_of: Any,
    patients: Any,
    days: Any,
    tests: Any,
    values: Any,
    units: Any,
    below: Any,
) -> None:
    """The results that exist, one row each, by person, visit and test.

    Inputs:
        offsets: i64[n + 1], first row of each person.
        day: i64[D, n]. masks: bool[G, D, n], which visits. group_of: i8[T], mask of each test.
        reported: i16[R, D, n], of the first R tests; told: i16[T], of the others.
        least: i16[T], smallest amount that is reported as a number. steps: f64[T], of a unit.
        unit_of: i8[T].
        patients, days, tests, values, units, below: [rows], written to.
    """
    visits, people = day.shape
    # Turned round some neighbors at a time, for their numbers lie side by side in what is read,
    # and far apart in what is written. Visits first: neighbors stay near each other.
    drawn = np.empty((visits, _NEIGHBORS), np.uint32)
    amounts = np.empty((visits, _NEIGHBORS, len(group_of)), np.int16)
    for t in range(reported.shape[0], len(group_of)):
        amounts[:, :, t] = told[t]
    for begin in range(0, people, _NEIGHBORS):
        end = min(begin + _NEIGHBORS, people)
        drawn[:] = 0
        for g in range(masks.shape[0]):
            for d in range(visits):
                for p in range(begin, end):
                    drawn[d, p - begin] |= np.uint32(masks[g, d, p]) << np.uint32(g)
        for d in range(visits):
            for t in range(reported.shape[0]):
                for p in range(begin, end):
                    amounts[d, p - begin, t] = reported[t, d, p]
        for p in range(begin, end):
            row = offsets[p]
            for d in range(visits):
                groups = drawn[d, p - begin]
                if groups == 0:
                    continue
                today = day[d, p]
                for t in range(len(group_of)):
                    if (groups >> np.uint32(group_of[t])) & np.uint32(1):
                        amount = amounts[d, p - begin, t]
                        patients[row] = p
                        days[row] = today
                        tests[row] = t
                        units[row] = unit_of[t]
                        below[row] = amount < least[t]
                        values[row] = max(amount, least[t]) / steps[t]
                        row += 1


_NEIGHBORS = 32
