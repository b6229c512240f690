"""Findings of one patient: where a rule triggers, what raised it, whether it is still active."""

from __future__ import annotations

import math

from longwatch.watch.charting import reference
from longwatch.watch.facts import GIVEN, NONE, Chart, Facts, Found
from longwatch.watch.judging import judge, limit_of, tree
from longwatch.watch.logic import ANSWERS, FALSE, PRELIMINARY, TRUE, UNDECIDED
from longwatch.watch.program import BASELINE, EVENT_LEG, INFUSION_LEG, TEST_LEG, Program


def still_meets(
    program: Program, leg: int, sex: int, first: int, chart: Chart, raised: int, after: int
) -> bool:
    """False once all final values of one later day make the leg false.

    `raised`: the value that raised it (-1: events did; then each value has its own previous one).
    """
    test = program.legs.test[leg]
    place = chart.at[test]
    end = chart.at[test + 1]
    while place < end and chart.day[place] <= after:
        place += 1
    while place < end:
        day = chart.day[place]
        answered = meets = False
        while place < end and chart.day[place] == day:
            if chart.flags[place] & ANSWERS:
                answered = True
                answer, _ = judge(
                    program, leg, sex, first, chart, place, raised if raised >= 0 else place
                )
                meets = meets or answer != FALSE
            place += 1
        if answered and not meets:
            return False
    return True


def worse(program: Program, leg: int, chart: Chart, place: int, than: int) -> bool:
    """Of two values of one day that meet a leg equally, is the first the worse one?"""
    legs = program.legs
    falling = (
        not math.isnan(legs.below[leg])
        or not math.isnan(legs.at_most[leg])
        or legs.below_limit[leg, 0] >= 0
        or not math.isnan(legs.fall[leg, 0])
    )
    return chart.value[place] < chart.value[than] if falling else chart.value[place] > chart.value[than]


def add_finding(
    program: Program,
    chart: Chart,
    found: Found,
    patient: int,
    rule: int,
    day: int,
    leg: int,
    raised: int,
    answer: int,
    active: bool,
    sex: int,
) -> None:
    """Writes one finding; when the space is full it is only counted, and the batch runs again."""
    spot = found.count[0]
    found.count[0] += 1
    if spot >= len(found.patient):
        return
    found.patient[spot] = patient
    found.rule[spot] = rule
    found.day[spot] = day
    found.leg[spot] = leg
    found.active[spot] = active
    found.undecided[spot] = answer == UNDECIDED
    found.row[spot] = -1
    found.value[spot] = math.nan
    found.preliminary[spot] = 0
    found.reference_day[spot] = NONE
    found.reference_value[spot] = math.nan
    found.limit[spot] = math.nan
    if raised < 0:
        return
    legs = program.legs
    found.row[spot] = chart.row[raised]
    found.value[spot] = chart.value[raised]
    found.preliminary[spot] = 1 if chart.flags[raised] & PRELIMINARY else 0
    falling = not math.isnan(legs.fall[leg, 0])
    if falling or not math.isnan(legs.rise[leg, 0]):
        against = legs.fall[leg, 3] if falling else legs.rise[leg, 3]
        if against == BASELINE:
            base = (
                chart.baseline_fall[legs.test[leg]]
                if falling
                else chart.baseline_rise[legs.test[leg]]
            )
        else:
            base = reference(chart, legs.test[leg], chart.day[raised], falling)
        if base >= 0:
            found.reference_day[spot] = chart.day[base]
            found.reference_value[spot] = chart.value[base]
    for which in range(2):
        times = math.nan
        if legs.below_limit[leg, 0] == which:
            times = legs.below_limit[leg, 1]
        elif legs.above_limit[leg, 0] == which:
            times = legs.above_limit[leg, 1]
        if not math.isnan(times):
            low, high = limit_of(program, legs.test[leg], sex, which, chart, raised)
            if low == high:
                found.limit[spot] = low * times


def note_unjudged(
    chart: Chart, found: Found, patient: int, rule: int, leg: int, place: int, why: int, start: int
) -> None:
    """Counts a value that a rule could not be held against, once per value and rule.

    `start`: where this patient's unjudged rows begin.
    """
    if chart.judged[place] == rule + 1:
        return
    chart.judged[place] = rule + 1
    spot = found.count[1] - 1
    fresh = (
        spot < start
        or spot >= len(found.unjudged_rule)
        or found.unjudged_rule[spot] != rule
    )
    if fresh:
        spot = found.count[1]
        found.count[1] += 1
        if spot >= len(found.unjudged_rule):
            return
        found.unjudged_patient[spot] = patient
        found.unjudged_rule[spot] = rule
        found.unjudged_leg[spot] = leg
        found.unjudged_day[spot] = chart.day[place]
        found.unjudged_results[spot] = 0
        found.unjudged_why[spot] = why
    found.unjudged_results[spot] += 1
    found.unjudged_day[spot] = min(found.unjudged_day[spot], chart.day[place])


def simple_rule(
    program: Program,
    chart: Chart,
    found: Found,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    start: int,
) -> None:
    """A rule of one test leg: every day with a value that meets it is a finding."""
    leg = program.rules.legs[program.rules.legs_at[rule]]
    test = program.legs.test[leg]
    place = chart.at[test]
    end = chart.at[test + 1]
    while place < end:
        day = chart.day[place]
        best, raised = FALSE, -1
        while place < end and chart.day[place] == day:
            answer, why = judge(program, leg, sex, first, chart, place, place)
            if why:
                note_unjudged(chart, found, patient, rule, leg, place, why, start)
            if answer > best or (
                answer == best != FALSE and worse(program, leg, chart, place, raised)
            ):
                best, raised = answer, place
            place += 1
        if best != FALSE:
            active = still_meets(program, leg, sex, first, chart, raised, day)
            add_finding(
                program, chart, found, patient, rule, day, leg, raised, best, active, sex
            )


def candidate_days(
    program: Program,
    facts: Facts,
    chart: Chart,
    found: Found,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    start: int,
) -> int:
    """Judges every value for every leg (into `met`) and lists the days with a fact that meets one."""
    rules, legs = program.rules, program.legs
    days = 0
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        if legs.kind[leg] == TEST_LEG:
            test = legs.test[leg]
            for place in range(chart.at[test], chart.at[test + 1]):
                answer, why = judge(program, leg, sex, first, chart, place, place)
                chart.met[spot, place] = answer
                if why:
                    note_unjudged(chart, found, patient, rule, leg, place, why, start)
                if answer != FALSE:
                    chart.candidate[days] = chart.day[place]
                    days += 1
        elif legs.kind[leg] == EVENT_LEG:
            for row in range(facts.event_from[patient], facts.event_to[patient]):
                if facts.event_day[row] <= facts.as_of and facts.pair_meets[
                    facts.event_pair[row], legs.pattern[leg]
                ]:
                    chart.candidate[days] = facts.event_day[row]
                    days += 1
    return days


def leg_in_span(
    program: Program,
    facts: Facts,
    chart: Chart,
    patient: int,
    leg: int,
    spot: int,
    since: int,
    day: int,
) -> int:
    """The best answer of a leg over the facts dated in `[since, day]`."""
    legs = program.legs
    if legs.kind[leg] == TEST_LEG:
        best = FALSE
        for place in range(chart.at[legs.test[leg]], chart.at[legs.test[leg] + 1]):
            if since <= chart.day[place] <= day:
                best = max(best, chart.met[spot, place])
        return best
    if legs.kind[leg] == INFUSION_LEG:
        for row in range(facts.infusion_from[patient], facts.infusion_to[patient]):
            if (
                facts.infusion_status[row] == GIVEN
                and day - legs.days[leg] <= facts.infusion_day[row] <= day
            ):
                return TRUE
        return FALSE
    for row in range(facts.event_from[patient], facts.event_to[patient]):
        if (
            since <= facts.event_day[row] <= day
            and facts.pair_meets[facts.event_pair[row], legs.pattern[leg]]
        ):
            return TRUE
    return FALSE


def events_ended(program: Program, facts: Facts, patient: int, rule: int, day: int) -> bool:
    """Have all events of this day that met a leg of the rule ended by `as_of`?"""
    rules, legs = program.rules, program.legs
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        if legs.kind[leg] != EVENT_LEG:
            continue
        for row in range(facts.event_from[patient], facts.event_to[patient]):
            if (
                facts.event_day[row] == day
                and facts.pair_meets[facts.event_pair[row], legs.pattern[leg]]
                and (facts.event_end[row] == NONE or facts.event_end[row] > facts.as_of)
            ):
                return False
    return True


def combined_rule(
    program: Program,
    facts: Facts,
    chart: Chart,
    found: Found,
    patient: int,
    rule: int,
    sex: int,
    first: int,
    start: int,
) -> None:
    """A rule of several legs: its tree is asked on every day with a fact that meets one of them."""
    rules, legs = program.rules, program.legs
    days = candidate_days(program, facts, chart, found, patient, rule, sex, first, start)
    previous = NONE
    for _ in range(days):
        day = NONE
        for spot in range(days):
            candidate = chart.candidate[spot]
            if candidate > previous and (day == NONE or candidate < day):
                day = candidate
        if day == NONE:
            break
        previous = day
        since = day - rules.within[rule]
        first_test_leg = raising = -1
        raising_spot = 0
        for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
            leg = rules.legs[position]
            spot = position - rules.legs_at[rule]
            answer = leg_in_span(program, facts, chart, patient, leg, spot, since, day)
            chart.stack[spot] = answer
            if legs.kind[leg] == TEST_LEG:
                if first_test_leg < 0:
                    first_test_leg = leg
                if raising < 0 and answer != FALSE:
                    raising, raising_spot = leg, spot
        answer = tree(program, rule, chart)
        if answer == FALSE:
            continue
        raised = -1
        if raising >= 0:
            raised = raising_value(program, chart, raising, raising_spot, since, day)
            active = still_meets(program, raising, sex, first, chart, raised, day)
        else:
            active = not events_ended(program, facts, patient, rule, day)
            if active and first_test_leg >= 0:
                active = still_meets(program, first_test_leg, sex, first, chart, -1, day)
        add_finding(
            program, chart, found, patient, rule, day, raising, raised, answer, active, sex
        )


def raising_value(
    program: Program, chart: Chart, leg: int, spot: int, since: int, day: int
) -> int:
    """The newest value in the span that meets the leg; of several on one day the worst."""
    test = program.legs.test[leg]
    raised = -1
    for place in range(chart.at[test], chart.at[test + 1]):
        if not since <= chart.day[place] <= day or chart.met[spot, place] == FALSE:
            continue
        if (
            raised < 0
            or chart.day[place] > chart.day[raised]
            or chart.met[spot, place] > chart.met[spot, raised]
            or (
                chart.met[spot, place] == chart.met[spot, raised]
                and worse(program, leg, chart, place, raised)
            )
        ):
            raised = place
    return raised
