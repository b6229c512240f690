"""The days of a virtual cohort: first infusions on Mondays, visits on weekdays, by the calendar.

NumPy on whole chunks; a calendar month is the watch's (`core.dates`): the same day of the month,
clipped to the month's end, counted from the first infusion.
"""

from __future__ import annotations

from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.core.daycolumns import months_after
from longwatch.trials.cohort_plan import DAYS_A_WEEK, Asked

Days = NDArray[np.int64]
Floats = NDArray[np.float64]
NEVER = 10**7
"""A day number beyond every life."""
_MONDAY = 4
"""Day 0 (1 January 1970) was a Thursday: day 4 was a Monday."""
_NEAR = 3
"""Days before a course by which its baseline visit must have taken place: the Friday before."""
_WINDOW = 28
"""Days before a course within which its baseline visit is made."""


class Calendar(NamedTuple):
    """When one chunk of people comes; arrays `[n]`, or `[D, n]` with the first baseline in row 0.

    first: day of the first infusion. starts: [C, n], first day of each course, `NEVER` for none;
    doses: [C], its infusions. day: of each visit. attended: whether it took place.
    baseline: whether it is the visit before a course. end: last day of the watch.
    """

    first: Days
    starts: Days
    doses: Days
    day: Days
    attended: NDArray[np.bool_]
    baseline: NDArray[np.bool_]
    end: Days


def months_later(day: Days, months: NDArray[np.int64] | int) -> Days:
    """Day numbers so many calendar months later, clipped to the month's end.

    Inputs:
        day: [n]; months: a number, or [K, 1] for an answer of [K, n].

    >>> months_later(np.array([30]), 1).tolist()
    [58]
    """
    # First infusions share a few Mondays: each date is worked out once.
    kinds, place = np.unique(day, return_inverse=True)
    moved: Days = months_after(kinds, months)[..., place]
    return moved


def weekday_near(day: Days) -> Days:
    """Laboratories draw from Monday to Friday: Saturday moves to Friday, Sunday to Monday."""
    place = (day - _MONDAY) % DAYS_A_WEEK
    saturday, sunday = DAYS_A_WEEK - 2, DAYS_A_WEEK - 1
    moved: Days = day - (place == saturday) + (place == sunday)
    return moved


def first_monday(start: int, weeks: int, u: NDArray[np.float32]) -> Days:
    """A Monday for each person, spread evenly over so many weeks from `start` on."""
    begin = start + (_MONDAY - start) % DAYS_A_WEEK
    place = np.minimum((u.astype(np.float64) * weeks).astype(np.int64), weeks - 1)
    return begin + DAYS_A_WEEK * place


def calendar(
    asked: Asked,
    first: Days,
    courses: Floats,
    doses: Days,
    before: NDArray[np.float32],
    done: NDArray[np.bool_],
    offset: NDArray[np.float32],
    last: Days,
) -> Calendar:
    """Lays the visits on days.

    Inputs:
        first: [n] first infusions.
        courses: [C, n], days since the first infusion, `inf` for none; doses: [C].
        before: [n] uniform: how long before the first course its baseline is drawn.
        done, offset: [K, n], of `attendance`.
        last: [n], last day of which anything is known.
    """
    starts = np.where(np.isfinite(courses), first + courses, NEVER).astype(np.int64)
    given = starts < NEVER
    newest = np.max(np.where(given, starts + doses[:, None] - 1, 0), axis=0)
    end = months_later(newest, asked.watch_months)
    slots = len(done)
    due = months_later(first, asked.every * np.arange(1, slots + 1)[:, None])
    day = weekday_near(due + offset.astype(np.int64))
    attended = done & (due <= end)
    is_baseline = np.zeros_like(attended)
    for start, there in zip(starts[1:], given[1:], strict=True):
        # The newest item due by then serves as the baseline, and nobody misses that one.
        number = np.sum(due <= start, axis=0) - 1
        people = np.flatnonzero((number >= 0) & there)
        rows = number[people]
        drawn = np.clip(day[rows, people], start[people] - _WINDOW, start[people] - _NEAR)
        day[rows, people] = weekday_near(drawn)
        attended[rows, people] = True
        is_baseline[rows, people] = True
    opening = weekday_near(first - _NEAR - (before * (_WINDOW - 2 * _NEAR)).astype(np.int64))
    day = np.concatenate([opening[None], day])
    attended = np.concatenate([np.ones((1, len(first)), bool), attended])
    is_baseline = np.concatenate([np.ones((1, len(first)), bool), is_baseline])
    # A late visit that would meet the next one takes its place.
    latest = highest_so_far(np.where(attended, day, 0))
    attended[1:] &= day[1:] > latest[:-1]
    attended &= day <= last
    return Calendar(first, starts, doses, day, attended, is_baseline & attended, end)


def item_months(calendar: Calendar, every: int) -> Days:
    """Months since the first infusion at which each row's item is due; 0 for the baseline; [D]."""
    return np.arange(len(calendar.day)) * every


def highest_so_far(rows: NDArray[Any]) -> NDArray[Any]:
    """The highest of each row and those before it, `[D, n]`, in place.

    Row by row: NumPy's own accumulation goes down each column, at ten times the cost.

    >>> highest_so_far(np.array([[1, 5], [3, 2]])).tolist()
    [[1, 5], [3, 5]]
    """
    for before, row in pairwise(rows):
        np.maximum(before, row, out=row)
    return rows


def asked_at(calendar: Calendar, every: int, interval: int) -> NDArray[np.bool_]:
    """At which attended visits a test is drawn that is due every `interval` months.

    A test whose visit was missed is drawn at the next one. `[D, n]`, without the first baseline.
    """
    slots = np.arange(len(calendar.day))[:, None]
    due = slots * every // interval
    attended = calendar.attended.copy()
    attended[0] = False
    newest = highest_so_far(np.where(attended, due, 0))
    before = np.concatenate([np.zeros_like(newest[:1]), newest[:-1]])
    asked: NDArray[np.bool_] = attended & (due > before)
    return asked


def year_begins(day: Days, years: Days) -> Days:
    """1 January of the year of each day, so many years later; `[K, n]` for years of `[K, 1]`.

    >>> year_begins(np.array([400]), np.array([[0], [1]])).tolist()
    [[365], [730]]
    """
    year = day.astype("datetime64[D]").astype("datetime64[Y]")
    begins: Days = (year + years).astype("datetime64[D]").astype(np.int64)
    return begins
