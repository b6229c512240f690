"""Findings of one patient: where a rule triggers, what raised it, whether it is still active."""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.facts import (
    GIVEN,
    NO_BASELINE,
    NONE,
    Events,
    Extremes,
    Findings,
    Found,
    Infusions,
    Unjudged,
    Values,
    Work,
)
from longwatch.watch.judging import judge, limit_of, reference_place, tree
from longwatch.watch.logic import ANSWERS, FALSE, PRELIMINARY, TRUE, UNDECIDED
from longwatch.watch.program import (
    AT_MOST_BOUND,
    BASELINE,
    BELOW_BOUND,
    EVENT_LEG,
    FALL,
    INFUSION_LEG,
    TEST_LEG,
    Legs,
    Rulebook,
    Rules,
)
from longwatch.watch.window import window


def still_meets(
    legs: Legs,
    usual: np.ndarray,
    leg: int,
    sex: int,
    first: int,
    values: Values,
    raised: int,
    after: int,
) -> bool:
    """False once all final values of one later day make the leg false.

    `raised`: the value that raised it (-1: events did; then each value has its own previous one).
    """
    test = legs.test[leg]
    place = values.at[test]
    end = values.at[test + 1]
    while place < end and values.day[place] <= after:
        place += 1
    while place < end:
        day = values.day[place]
        answered = meets = False
        while place < end and values.day[place] == day:
            if values.flags[place] & ANSWERS:
                answered = True
                since = raised if raised >= 0 else place
                answer, why = judge(legs, usual, leg, sex, first, values, place, since)
                # What cannot be held against the rule ends nothing.
                meets = meets or answer != FALSE or why != 0
            place += 1
        if answered and not meets:
            return False
    return True


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


def simple_rule(
    book: Rulebook,
    values: Values,
    extremes: Extremes,
    judged: np.ndarray,
    found: Found,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    start: int,
) -> None:
    """A rule of one test leg: every day with a value that meets it is a finding."""
    legs, usual = book.legs, book.usual
    leg = book.rules.legs[book.rules.legs_at[rule]]
    test = legs.test[leg]
    most, least = window(legs, leg, values, extremes, first)
    if extremes.low[test] > most or extremes.high[test] < least:
        return
    place = values.at[test]
    end = values.at[test + 1]
    while place < end:
        day = values.day[place]
        best, raised = FALSE, -1
        while place < end and values.day[place] == day:
            if values.low[place] > most or values.high[place] < least:
                place += 1
                continue
            answer, why = judge(legs, usual, leg, sex, first, values, place, place)
            if why >= NO_BASELINE:
                note_unjudged(found.unjudged, judged, patient, rule, leg, place, day, why, start)
            if answer > best or (
                answer == best != FALSE and worse(legs, leg, values, place, raised)
            ):
                best, raised = answer, place
            place += 1
        if best != FALSE:
            active = still_meets(legs, usual, leg, sex, first, values, raised, day)
            spot = add_finding(found.findings, patient, rule, day, leg, best, active)
            if spot >= 0:
                describe(found.findings, spot, legs, usual, leg, sex, values, raised)


def could_hold(
    book: Rulebook,
    events: Events,
    infusions: Infusions,
    values: Values,
    extremes: Extremes,
    work: Work,
    patient: int,
    rule: int,
    first: int,
) -> bool:
    """Could the rule hold on any day? Also true when a value has to be named as unjudged.

    Leaves each leg's window in `work`.
    """
    rules, legs = book.rules, book.legs
    unjudged = False
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        work.stack[spot] = FALSE
        if legs.kind[leg] == TEST_LEG:
            test = legs.test[leg]
            work.most[spot], work.least[spot] = window(legs, leg, values, extremes, first)
            if extremes.low[test] > work.most[spot] or extremes.high[test] < work.least[spot]:
                continue
            work.stack[spot] = TRUE
            if values.at[test] == values.at[test + 1]:
                work.stack[spot] = FALSE
            elif may_be_unjudged(legs, leg, values, extremes, first):
                unjudged = True
        elif legs.kind[leg] == INFUSION_LEG:
            if infusions.begin[patient] < infusions.end[patient]:
                work.stack[spot] = TRUE
        else:
            for row in range(events.begin[patient], events.end[patient]):
                if events.meets[events.pair[row], legs.pattern[leg]]:
                    work.stack[spot] = TRUE
    return unjudged or tree(rules, rule, work.stack) != FALSE


def may_be_unjudged(legs: Legs, leg: int, values: Values, extremes: Extremes, first: int) -> bool:
    """Can a value lack the baseline or the limit that the leg asks for?"""
    test = legs.test[leg]
    for side in range(2):
        which = int(legs.limits[leg, side, 0])
        if which >= 0 and math.isinf(extremes.limits[test, which, 0]):
            return True
    for kind in range(2):
        if (
            legs.changes[leg, kind, 3] == BASELINE
            and values.baseline_fall[test] < 0
            and first != NONE
        ):
            return True
    return False


def candidate_days(
    book: Rulebook,
    values: Values,
    work: Work,
    events: Events,
    unjudged: Unjudged,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    as_of: int,
    start: int,
) -> int:
    """Judges every value for every leg (into `met`); lists the days with a fact that meets one."""
    rules, legs = book.rules, book.legs
    days = 0
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        if legs.kind[leg] == TEST_LEG:
            for place in range(values.at[legs.test[leg]], values.at[legs.test[leg] + 1]):
                work.met[spot, place] = FALSE
                if values.low[place] > work.most[spot] or values.high[place] < work.least[spot]:
                    continue
                answer, why = judge(legs, book.usual, leg, sex, first, values, place, place)
                work.met[spot, place] = answer
                if why >= NO_BASELINE:
                    day = values.day[place]
                    note_unjudged(unjudged, work.judged, patient, rule, leg, place, day, why, start)
                if answer != FALSE:
                    work.candidate[days] = values.day[place]
                    days += 1
        elif legs.kind[leg] == EVENT_LEG:
            for row in range(events.begin[patient], events.end[patient]):
                if events.day[row] <= as_of and events.meets[events.pair[row], legs.pattern[leg]]:
                    work.candidate[days] = events.day[row]
                    days += 1
    return days


def leg_in_span(
    legs: Legs,
    values: Values,
    met: np.ndarray,
    events: Events,
    infusions: Infusions,
    patient: int,
    leg: int,
    spot: int,
    since: int,
    day: int,
) -> int:
    """The best answer of a leg over the facts dated in `[since, day]`."""
    best = FALSE
    if legs.kind[leg] == TEST_LEG:
        for place in range(values.at[legs.test[leg]], values.at[legs.test[leg] + 1]):
            if since <= values.day[place] <= day:
                best = max(best, met[spot, place])
    elif legs.kind[leg] == INFUSION_LEG:
        for row in range(infusions.begin[patient], infusions.end[patient]):
            if infusions.status[row] == GIVEN and day - legs.days[leg] <= infusions.day[row] <= day:
                best = TRUE
    else:
        for row in range(events.begin[patient], events.end[patient]):
            if (
                since <= events.day[row] <= day
                and events.meets[events.pair[row], legs.pattern[leg]]
            ):
                best = TRUE
    return best


def events_ended(
    rules: Rules,
    legs: Legs,
    events: Events,
    patient: int,
    rule: int,
    since: int,
    day: int,
    as_of: int,
) -> bool:
    """Have all events in `[since, day]` that met a leg of the rule ended by `as_of`?"""
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        if legs.kind[leg] != EVENT_LEG:
            continue
        for row in range(events.begin[patient], events.end[patient]):
            if (
                since <= events.day[row] <= day
                and events.meets[events.pair[row], legs.pattern[leg]]
                and (events.ends[row] == NONE or events.ends[row] > as_of)
            ):
                return False
    return True


def combined_rule(
    book: Rulebook,
    events: Events,
    infusions: Infusions,
    values: Values,
    extremes: Extremes,
    work: Work,
    found: Found,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    as_of: int,
    start: int,
) -> None:
    """A rule of several legs: its tree is asked on every day with a fact that meets one of them."""
    rules, legs, usual = book.rules, book.legs, book.usual
    if not could_hold(book, events, infusions, values, extremes, work, patient, rule, first):
        return
    days = candidate_days(
        book, values, work, events, found.unjudged, patient, rule, sex, first, as_of, start,
    )  # fmt: skip
    previous = NONE
    for _ in range(days):
        day = NONE
        for spot in range(days):
            candidate = work.candidate[spot]
            if candidate > previous and (day == NONE or candidate < day):
                day = candidate
        if day == NONE:
            break
        previous = day
        since = day - rules.within[rule]
        ending = raising = -1
        raising_spot = 0
        for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
            leg = rules.legs[position]
            spot = position - rules.legs_at[rule]
            answer = leg_in_span(
                legs, values, work.met, events, infusions, patient, leg, spot,
                since, day,
            )  # fmt: skip
            work.stack[spot] = answer
            if legs.kind[leg] == TEST_LEG and not legs.context[leg]:
                if ending < 0:
                    ending = leg
                if raising < 0 and answer != FALSE:
                    raising, raising_spot = leg, spot
        answer = tree(rules, rule, work.stack)
        if answer == FALSE:
            continue
        raised = -1
        active = True
        if raising >= 0:
            raised = raising_value(legs, values, work.met, raising, raising_spot, since, day)
            ending = raising
        else:
            active = not events_ended(rules, legs, events, patient, rule, since, day, as_of)
        if active and ending >= 0:
            active = still_meets(legs, usual, ending, sex, first, values, raised, day)
        spot = add_finding(found.findings, patient, rule, day, raising, answer, active)
        if spot >= 0 and raised >= 0:
            describe(found.findings, spot, legs, usual, raising, sex, values, raised)


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
