"""Rules of one test leg, and rules of several within a span of days."""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.ending import hold_legs, leg_ends, tree_ends
from longwatch.watch.facts import (
    NO_BASELINE,
    NONE,
    Events,
    Extremes,
    Found,
    Infusions,
    Unjudged,
    Values,
    Work,
)
from longwatch.watch.judging import ANSWER, FRESH, judge, tree
from longwatch.watch.legs_in_span import leg_in_span, leg_runs
from longwatch.watch.logic import FALSE, TRUE
from longwatch.watch.noting import (
    add_finding,
    describe,
    note_unjudged,
    raising_value,
    worse,
)
from longwatch.watch.program import (
    BASELINE,
    EVENT_LEG,
    INFUSION_LEG,
    TEST_LEG,
    Legs,
    Rulebook,
)
from longwatch.watch.window import window


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
            active = leg_ends(legs, usual, leg, sex, first, values, raised, day) == NONE
            spot = add_finding(found.findings, patient, rule, day, leg, best, active)
            if spot >= 0:
                describe(found.findings, spot, legs, usual, leg, sex, values, raised)


def find_events(events: Events, present: np.ndarray, patient: int) -> None:
    """Marks the patterns that any event of a patient meets: most rules ask for events in vain."""
    for pattern in range(len(present)):
        present[pattern] = 0
    for row in range(events.begin[patient], events.end[patient]):
        pair = events.pair[row]
        for pattern in range(len(present)):
            present[pattern] |= events.meets[pair, pattern]


def could_hold(
    book: Rulebook,
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
    unjudged = raising = False
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        work.stack[spot] = FALSE
        if legs.kind[leg] == TEST_LEG:
            test = legs.test[leg]
            work.most[spot], work.least[spot] = window(legs, leg, values, extremes, first)
            if extremes.low[test] > work.most[spot] or extremes.high[test] < work.least[spot]:
                continue
            if values.at[test] == values.at[test + 1]:
                continue
            work.stack[spot] = TRUE
            raising = True
            if may_be_unjudged(legs, leg, values, extremes, first):
                unjudged = True
        elif legs.kind[leg] == INFUSION_LEG:
            if infusions.begin[patient] < infusions.end[patient]:
                work.stack[spot] = TRUE
        elif work.present[legs.pattern[leg]]:
            work.stack[spot] = TRUE
            raising = True
    # Infusions raise nothing by themselves: somebody without a value and an event that fit is done.
    return raising and (unjudged or tree(rules, rule, work.stack) != FALSE)


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
    """Judges every value for every leg (into `met`); lists the days with a fact that meets one.

    Lists none when the rule is false even with every leg at its best of all days.
    """
    rules, legs = book.rules, book.legs
    days = 0
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        best = TRUE if legs.kind[leg] == INFUSION_LEG else FALSE
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
                    best = max(best, answer)
                    work.candidate[days] = values.day[place]
                    days += 1
        elif legs.kind[leg] == EVENT_LEG:
            for row in range(events.begin[patient], events.end[patient]):
                if events.day[row] <= as_of and events.meets[events.pair[row], legs.pattern[leg]]:
                    best = TRUE
                    work.candidate[days] = events.day[row]
                    days += 1
        work.stack[spot] = best
    return 0 if tree(rules, rule, work.stack) == FALSE else days


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
    if not could_hold(book, infusions, values, extremes, work, patient, rule, first):
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
        # What raised it: a test leg met on the day itself before one met earlier in the span.
        ending = raising = raising_spot = -1
        raising_fresh = runs = False
        for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
            leg = rules.legs[position]
            spot = position - rules.legs_at[rule]
            answer = leg_in_span(
                legs, values, work.met, events, infusions, patient, leg, spot, since, day,
            )  # fmt: skip
            fresh = answer != FALSE and legs.kind[leg] != INFUSION_LEG
            if fresh and since < day:
                fresh = leg_in_span(
                    legs, values, work.met, events, infusions, patient, leg, spot, day, day,
                ) != FALSE  # fmt: skip
            work.stack[spot] = answer | FRESH if fresh else answer
            runs = runs or leg_runs(legs, events, patient, leg, since, day, as_of)
            if legs.kind[leg] == TEST_LEG and not legs.context[leg]:
                if ending < 0:
                    ending = leg
                if answer != FALSE and (raising < 0 or (fresh and not raising_fresh)):
                    raising, raising_spot, raising_fresh = leg, spot, fresh
        answer = tree(rules, rule, work.stack)
        if answer & FRESH == 0:
            continue
        raised = -1
        if raising >= 0:
            raised = raising_value(legs, values, work.met, raising, raising_spot, since, day)
            hold_legs(
                book, events, values, work, patient, rule, legs.test[raising], raised, since, day,
                as_of,
            )  # fmt: skip
            active = tree_ends(book, values, work, rule, sex, first, raised, day) == NONE
        else:
            active = runs
            if active and ending >= 0:
                active = leg_ends(legs, usual, ending, sex, first, values, -1, day) == NONE
        answer &= ANSWER
        spot = add_finding(found.findings, patient, rule, day, raising, answer, active)
        if spot >= 0 and raised >= 0:
            describe(found.findings, spot, legs, usual, raising, sex, values, raised)
