"""Findings, one row each: what raised them, whether they are still active, what went unjudged."""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.facts import (
    NONE,
    Findings,
    Unjudged,
    Values,
)
from longwatch.watch.judging import limit_of, reference_place
from longwatch.watch.logic import FALSE, PRELIMINARY, UNDECIDED
from longwatch.watch.program import (
    AT_MOST_BOUND,
    BELOW_BOUND,
    FALL,
    Legs,
)


def worse(legs: Legs, leg: int, values: Values, place: int, than: int) -> bool:
    """Of two values of one day that meet a leg equally, is the first the worse one?"""
    falling = (
        not math.isnan(legs.bounds[leg, BELOW_BOUND])
        or not math.isnan(legs.bounds[leg, AT_MOST_BOUND])
        or legs.limits[leg, 0, 0] >= 0
        or not math.isnan(legs.changes[leg, FALL, 0])
    )
    if falling:
        return values.value[place] < values.value[than]
    return values.value[place] > values.value[than]


def raising_value(
    legs: Legs, values: Values, met: np.ndarray, leg: int, spot: int, since: int, day: int
) -> int:
    """The newest value in the span that meets the leg; of several on one day the worst."""
    raised = -1
    for place in range(values.at[legs.test[leg]], values.at[legs.test[leg] + 1]):
        if not since <= values.day[place] <= day or met[spot, place] == FALSE:
            continue
        if (
            raised < 0
            or values.day[place] > values.day[raised]
            or met[spot, place] > met[spot, raised]
            or (met[spot, place] == met[spot, raised] and worse(legs, leg, values, place, raised))
        ):
            raised = place
    return raised


def add_finding(
    findings: Findings, patient: int, rule: int, day: int, leg: int, answer: int, active: bool
) -> int:
    """Opens a row for a finding; returns its place, or -1 when the space is full (only counted)."""
    spot = findings.used[0]
    findings.used[0] += 1
    if spot >= len(findings.patient):
        return -1
    findings.patient[spot] = patient
    findings.rule[spot] = rule
    findings.day[spot] = day
    findings.leg[spot] = leg
    findings.active[spot] = active
    findings.undecided[spot] = answer == UNDECIDED
    findings.row[spot] = -1
    findings.value[spot] = math.nan
    findings.preliminary[spot] = 0
    findings.reference_day[spot] = NONE
    findings.reference_value[spot] = math.nan
    findings.limit[spot] = math.nan
    return spot


def describe(
    findings: Findings,
    spot: int,
    legs: Legs,
    usual: np.ndarray,
    leg: int,
    sex: int,
    values: Values,
    raised: int,
) -> None:
    """Writes the value that raised a finding, and what it was held against."""
    test = legs.test[leg]
    findings.row[spot] = values.row[raised]
    findings.value[spot] = values.value[raised]
    findings.preliminary[spot] = 1 if values.flags[raised] & PRELIMINARY else 0
    for kind in range(2):
        if math.isnan(legs.changes[leg, kind, 0]) or findings.reference_day[spot] != NONE:
            continue
        against = int(legs.changes[leg, kind, 3])
        base = reference_place(values, test, against, raised, raised, kind == FALL)
        if base >= 0:
            findings.reference_day[spot] = values.day[base]
            findings.reference_value[spot] = values.value[base]
    for side in range(2):
        if legs.limits[leg, side, 0] >= 0:
            which = int(legs.limits[leg, side, 0])
            low, high = limit_of(usual, test, sex, which, values, raised)
            if low == high:
                findings.limit[spot] = low * legs.limits[leg, side, 1]


def note_unjudged(
    unjudged: Unjudged,
    judged: np.ndarray,
    patient: int,
    rule: int,
    leg: int,
    place: int,
    day: int,
    why: int,
    start: int,
) -> None:
    """Counts a value that a rule could not be held against, once per value and rule.

    `start`: where this patient's rows begin.
    """
    if judged[place] == rule + 1:
        return
    judged[place] = rule + 1
    spot = unjudged.used[0] - 1
    if spot < start or spot >= len(unjudged.rule) or unjudged.rule[spot] != rule:
        spot = unjudged.used[0]
        unjudged.used[0] += 1
        if spot >= len(unjudged.rule):
            return
        unjudged.patient[spot] = patient
        unjudged.rule[spot] = rule
        unjudged.leg[spot] = leg
        unjudged.day[spot] = day
        unjudged.results[spot] = 0
        unjudged.why[spot] = why
    unjudged.results[spot] += 1
    unjudged.day[spot] = min(unjudged.day[spot], day)
