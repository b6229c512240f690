"""When a finding ends: the first later day on which what raised it no longer holds."""

from __future__ import annotations

import numpy as np

from longwatch.watch.facts import NONE, Events, Values, Work
from longwatch.watch.judging import ANSWER, judge, tree
from longwatch.watch.legs_in_span import leg_runs
from longwatch.watch.logic import ANSWERS, FALSE
from longwatch.watch.noting import raising_value
from longwatch.watch.program import EVENT_LEG, TEST_LEG, Legs, Rulebook


def leg_ends(
    legs: Legs,
    usual: np.ndarray,
    leg: int,
    sex: int,
    first: int,
    values: Values,
    raised: int,
    after: int,
) -> int:
    """The first day after `after` on which all final values make the leg false; NONE: none does.

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
            return day
    return NONE


def hold_legs(
    book: Rulebook,
    events: Events,
    values: Values,
    work: Work,
    patient: int,
    rule: int,
    test: int,
    raised: int,
    since: int,
    day: int,
    as_of: int,
) -> None:
    """Keeps what each leg answered in `[since, day]` (`frozen`), and by which value (`held`).

    The answers still lie at the start of `work.stack`.
    `test`, `raised`: the test and the value that raised the finding. A leg whose `held` is -1 is
    not asked again: one of another test that was not met may raise a finding of its own.
    """
    rules, legs = book.rules, book.legs
    for position in range(rules.legs_at[rule], rules.legs_at[rule + 1]):
        leg = rules.legs[position]
        spot = position - rules.legs_at[rule]
        answer = work.stack[spot] & ANSWER
        work.held[spot] = -1
        if legs.kind[leg] == EVENT_LEG:
            if not leg_runs(legs, events, patient, leg, since, day, as_of):
                answer = FALSE
        elif legs.kind[leg] == TEST_LEG and not legs.context[leg]:
            if legs.test[leg] == test:
                work.held[spot] = raised
            elif answer != FALSE:
                work.held[spot] = raising_value(legs, values, work.met, leg, spot, since, day)
        work.frozen[spot] = answer


def tree_ends(
    book: Rulebook,
    values: Values,
    work: Work,
    rule: int,
    sex: int,
    first: int,
    raised: int,
    after: int,
) -> int:
    """The first later day on which the rule, as it then stands, is false; NONE: none is.

    Each leg stands by its newest later day with final values. The test that raised the finding must
    have such a day: the others alone end nothing.
    """
    rules, legs = book.rules, book.legs
    count = rules.legs_at[rule + 1] - rules.legs_at[rule]
    for spot in range(count):
        work.stack[spot] = work.frozen[spot]
        if work.held[spot] >= 0:
            work.later[spot] = values.at[legs.test[rules.legs[rules.legs_at[rule] + spot]]]
    answered = False
    day = next_answer(book, values, work, rule, after)
    while day != NONE:
        for spot in range(count):
            if work.held[spot] < 0:
                continue
            leg = rules.legs[rules.legs_at[rule] + spot]
            best = -1
            place = work.later[spot]
            while place < values.at[legs.test[leg] + 1] and values.day[place] == day:
                if values.flags[place] & ANSWERS:
                    if only_bounds(legs, leg):
                        answer, why = work.met[spot, place], 0
                    else:
                        answer, why = judge(
                            legs, book.usual, leg, sex, first, values, place, work.held[spot]
                        )
                    # What cannot be held against the rule ends nothing.
                    best = max(best, answer if why == 0 else work.frozen[spot])
                place += 1
            if best >= 0:
                work.stack[spot] = best
                answered = answered or work.held[spot] == raised
        if answered and tree(rules, rule, work.stack) == FALSE:
            return day
        day = next_answer(book, values, work, rule, day)
    return NONE


def only_bounds(legs: Legs, leg: int) -> bool:
    """Does a value meet the leg whatever raised the finding? Then `met` has the answer."""
    return not (legs.relative[leg] or legs.new[leg] or legs.consecutive[leg] > 1)


def next_answer(book: Rulebook, values: Values, work: Work, rule: int, after: int) -> int:
    """The first day after `after` with a final value for a leg that is asked again.

    Leaves in `work.later` where each leg's first such value stands.
    """
    rules, legs = book.rules, book.legs
    found = NONE
    for spot in range(rules.legs_at[rule + 1] - rules.legs_at[rule]):
        if work.held[spot] < 0:
            continue
        test = legs.test[rules.legs[rules.legs_at[rule] + spot]]
        place, end = work.later[spot], values.at[test + 1]
        while place < end and (values.day[place] <= after or not values.flags[place] & ANSWERS):
            place += 1
        work.later[spot] = place
        if place < end and (found == NONE or values.day[place] < found):
            found = values.day[place]
    return found
