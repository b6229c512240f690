"""Stretches of follow-up, each with its own day 0: since the start, the first or last infusion."""

from __future__ import annotations

from itertools import pairwise
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.follow_up import Followed, first_of_each, of_people
from longwatch.endpoints.timetable import Flags, Floats, Warned

Ints = NDArray[np.int64]
ANCHORS = ("start", "first infusion", "last infusion")


class Spans(NamedTuple):
    """By person and day: day 0, and the days from which and to which the person is at risk."""

    person: Ints
    zero: Floats
    start: Floats
    end: Floats

    def only(self, keep: Flags) -> Spans:
        """Some of them."""
        return Spans(self.person[keep], self.zero[keep], self.start[keep], self.end[keep])


def spans_since(people: Followed, anchor: str, infusions: object | None, warned: Warned) -> Spans:
    """From each day 0 to the next one or the end of follow-up, as far as it lies in follow-up.

    Inputs:
        people: and their follow-up.
        anchor: one of `ANCHORS`. Since the `last infusion` begins anew with each one.
        infusions: table with `id`, `day` or `date`; also those before follow-up are day 0.
        warned: told of people without infusion.

    Raises:
        UsageError: an unknown anchor, or no infusions where they are needed.
    """
    if anchor not in ANCHORS:
        raise UsageError(
            Problem(f"anchor {anchor!r} is not known", how=f"one of {', '.join(ANCHORS)}")
        )
    everyone = np.arange(len(people.start))
    if anchor == "start":
        return Spans(everyone, people.start, people.start, people.end)
    if infusions is None:
        raise UsageError(Problem(f"anchor {anchor!r} needs infusions", how="give their table"))
    given = of_people(infusions, "infusions", people, warned)
    keep = given.day <= people.end[given.person]
    person, zero = given.person[keep], given.day[keep]
    without = len(everyone) - len(np.unique(person))
    if without:
        warned.say(f"{without} people without an infusion before their end are left out")
    first = first_of_each(person)
    if anchor == "first infusion":
        person, zero = person[first], zero[first]
        end = people.end[person]
    else:
        is_last = np.append(first[1:], True)[: len(person)]
        end = np.where(is_last, people.end[person], np.append(zero[1:], 0.0)[: len(zero)])
    start = np.maximum(zero, people.start[person])
    # A stretch before follow-up, or between two entries of one day, holds nothing.
    real = (end > start) | ((end == start) & (end == people.end[person]))
    return Spans(person, zero, start, end).only(real)


def latest(persons: Ints, days: Floats, person: Ints, day: Floats) -> Ints:
    """For each row the last of the sorted (persons, days) of this person up to this day; else -1.

    >>> latest(np.array([0, 0]), np.array([5.0, 9.0]), np.array([0, 0, 1]), np.array([4, 9, 9.0]))
    array([-1,  1, -1])
    """
    if not len(persons) or not len(person):
        return np.full(len(person), -1, np.int64)
    low = min(days.min(), day.min())
    wide = max(days.max(), day.max()) - low + 1.0
    key = persons * wide + (days - low)
    place = np.searchsorted(key, person * wide + (day - low), side="right") - 1
    return np.where((place >= 0) & (persons[place] == person), place, -1)


def span_of(spans: Spans, person: Ints, day: Floats) -> Ints:
    """The stretch in which each event lies; -1 for none. A day 0 belongs to the new stretch."""
    place = latest(spans.person, spans.zero, person, day)
    if not len(spans.person):
        return place
    return np.where((place >= 0) & (day <= spans.end[place]), place, -1)


def year_of(since: Floats, limits: Floats) -> Ints:
    """Which year a day since day 0 lies in, after its lower limit up to its upper one; else -1.

    Day 0 lies in the first year, when that begins there. What lies beyond the last has its number.

    >>> year_of(np.array([0.0, 1.0, 366.0]), np.array([0.0, 365.25, 730.5])).tolist()
    [0, 0, 1]
    """
    place = np.searchsorted(limits, since, side="left") - 1
    return np.where(since == limits[0], 0 if limits[0] == 0.0 else -1, place)


def years_in(spans: Spans, limits: Floats) -> Floats:
    """Person-years in each year."""
    return np.asarray([part.sum() for part in _overlaps(spans, spans.end, limits)]) / DAYS_A_YEAR


def people_in(spans: Spans, limits: Floats) -> Ints:
    """People at risk in each year; a follow-up that ends on day 0 is one in the first."""
    counts = []
    for place, part in enumerate(_overlaps(spans, spans.end, limits)):
        there = part > 0.0
        if place == 0 and limits[0] == 0.0:
            there |= spans.start == spans.zero
        counts.append(len(np.unique(spans.person[there])))
    return np.asarray(counts, np.int64)


def years_after(spans: Spans, person: Ints, day: Floats, limits: Floats) -> Floats:
    """Person-years in each year after a day of some people, one for each; they are in order."""
    if not len(person):
        return np.zeros(len(limits) - 1)
    theirs = spans.only(np.isin(spans.person, person))
    until = np.minimum(theirs.end, day[np.searchsorted(person, theirs.person)])
    return years_in(theirs, limits) - (
        np.asarray([part.sum() for part in _overlaps(theirs, until, limits)]) / DAYS_A_YEAR
    )


def _overlaps(spans: Spans, end: Floats, limits: Floats) -> list[Floats]:
    """Days of each stretch in each year."""
    return [
        np.maximum(
            np.minimum(end - spans.zero, upper) - np.maximum(spans.start - spans.zero, lower), 0.0
        )
        for lower, upper in pairwise(limits)
    ]
