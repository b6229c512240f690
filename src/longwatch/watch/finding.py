"""Rules of one test leg, and rules of several within a span of days."""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.facts import (
    GIVEN,
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
from longwatch.watch.logic import ANSWERS, FALSE, TRUE
from longwatch.watch.noting import (
    add_finding,
    describe,
    note_unjudged,
    still_meets,
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


def leg_runs(
    legs: Legs, events: Events, patient: int, leg: int, since: int, day: int, as_of: int
) -> bool:
    """Has an event in `[since, day]` that meets an event leg not ended by `as_of`?"""
    if legs.kind[leg] != EVENT_LEG:
        return False
    for row in range(events.begin[patient], events.end[patient]):
        if (
            since <= events.day[row] <= day
            and events.meets[events.pair[row], legs.pattern[leg]]
            and (events.ends[row] == NONE or events.ends[row] > as_of)
        ):
            return True
    return False


def tree_still_holds(
    book: Rulebook,
    values: Values,
    work: Work,
    rule: int,
    sex: int,
    first: int,
    test: int,
    raised: int,
    after: int,
) -> bool:
    """False once all final values of one later day make the tree false, the rest being as it was.

    `raised`: the value that raised the finding; `frozen` holds the answers of that day.
    """
    rules, legs = book.rules, book.legs
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
                for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
                    leg = rules.legs[position]
                    spot = position - rules.legs_at[rule]
                    work.stack[spot] = work.frozen[spot]
                    if (
                        legs.kind[leg] == TEST_LEG
                        and legs.test[leg] == test
                        and not legs.context[leg]
                    ):
                        answer, why = judge(
                            legs, book.usual, leg, sex, first, values, place, raised
                        )
                        # What cannot be held against the rule ends nothing.
                        if why == 0:
                            work.stack[spot] = answer
                meets = meets or tree(rules, rule, work.stack) != FALSE
            place += 1
        if answered and not meets:
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
        # What raised it: a test leg met on the day itself before one met earlier in the span.
        ending = raising = raising_spot = -1
        raising_fresh = runs = False
        for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
            leg = rules.legs[position]
            spot = position - rules.legs_at[rule]
            answer = leg_in_span(
                legs, values, work.met, events, infusions, patient, leg, spot, since, day,
            )  # fmt: skip
            fresh = answer != FALSE and legs.kind[leg] != INFUSION_LEG and leg_in_span(
                legs, values, work.met, events, infusions, patient, leg, spot, day, day,
            ) != FALSE  # fmt: skip
            work.stack[spot] = answer | FRESH if fresh else answer
            still = leg_runs(legs, events, patient, leg, since, day, as_of)
            runs = runs or still
            work.frozen[spot] = FALSE if legs.kind[leg] == EVENT_LEG and not still else answer
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
            test = legs.test[raising]
            active = tree_still_holds(book, values, work, rule, sex, first, test, raised, day)
        else:
            active = runs
            if active and ending >= 0:
                active = still_meets(legs, usual, ending, sex, first, values, -1, day)
        answer &= ANSWER
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
