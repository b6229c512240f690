"""Judging one leg of a rule for one result, and a rule's tree over its legs."""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.charting import reference
from longwatch.watch.facts import NO_BASELINE, NO_LIMIT, NO_REFERENCE, NONE, Values
from longwatch.watch.logic import (
    FALSE,
    HIGH_OPEN,
    LOW_OPEN,
    PRELIMINARY,
    TRUE,
    UNDECIDED,
    at_least,
    at_most,
    greater,
    less,
)
from longwatch.watch.program import (
    ABOVE_BOUND,
    ALL,
    ANY,
    AT_LEAST_BOUND,
    AT_MOST_BOUND,
    BASELINE,
    BELOW_BOUND,
    FALL,
    PUSH,
    Legs,
    Rules,
)


def bounds(legs: Legs, leg: int, values: Values, place: int) -> int:
    """The fixed bounds of a leg, for one value."""
    low, high, flags = values.low[place], values.high[place], values.flags[place]
    answer = TRUE
    bound = legs.bounds[leg, BELOW_BOUND]
    if not math.isnan(bound):
        answer = min(answer, less(low, high, flags, bound, bound, 0))
    bound = legs.bounds[leg, AT_LEAST_BOUND]
    if not math.isnan(bound):
        answer = min(answer, at_least(low, high, flags, bound, bound, 0))
    bound = legs.bounds[leg, AT_MOST_BOUND]
    if not math.isnan(bound):
        answer = min(answer, at_most(low, high, flags, bound, bound, 0))
    bound = legs.bounds[leg, ABOVE_BOUND]
    if not math.isnan(bound):
        answer = min(answer, greater(low, high, flags, bound, bound, 0))
    return answer


def limit_of(
    usual: np.ndarray, test: int, sex: int, which: int, values: Values, place: int
) -> tuple[float, float]:
    """The low (0) or high (1) limit for a value: the laboratory's own, else the usual interval."""
    own = values.limit_low[place] if which == 0 else values.limit_high[place]
    if not math.isnan(own):
        return own, own
    return usual[test, sex, 2 * which], usual[test, sex, 2 * which + 1]


def limits(
    legs: Legs, usual: np.ndarray, leg: int, sex: int, values: Values, place: int, printed: int
) -> tuple[int, int]:
    """The limits of a leg, for the value at `place` against the limits of the one at `printed`.

    Returns the answer and why it could not be judged (0: it could).
    """
    answer = TRUE
    for side in range(2):
        which = int(legs.limits[leg, side, 0])
        if which < 0:
            continue
        t_low, t_high = limit_of(usual, legs.test[leg], sex, which, values, printed)
        if math.isnan(t_low):
            return FALSE, NO_LIMIT
        times = legs.limits[leg, side, 1]
        low, high, flags = values.low[place], values.high[place], values.flags[place]
        if side == 0:
            answer = min(answer, less(low, high, flags, t_low * times, t_high * times, 0))
        else:
            answer = min(answer, greater(low, high, flags, t_low * times, t_high * times, 0))
    return answer, 0


def reference_place(
    values: Values, test: int, against: int, place: int, raised: int, falling: bool
) -> int:
    """The value that a change is measured against (-1: there is none).

    `raised`: the result that raised the finding; its previous value is the one that counts.
    """
    if against == BASELINE:
        found = values.baseline_fall[test] if falling else values.baseline_rise[test]
        if found >= 0 and values.day[place] <= values.day[found]:
            return -1
        return found
    return reference(values, test, raised, values.day[raised], falling)


def change(
    legs: Legs, leg: int, kind: int, values: Values, place: int, raised: int, first: int
) -> tuple[int, int]:
    """A FALL or RISE of a leg: the reference, scaled or moved, becomes an ordinary bound."""
    test = legs.test[leg]
    amount = legs.changes[leg, kind, 0]
    percent = legs.changes[leg, kind, 1] > 0
    strict = legs.changes[leg, kind, 2] > 0
    against = int(legs.changes[leg, kind, 3])
    falling = kind == FALL
    found = reference_place(values, test, against, place, raised, falling)
    if found < 0 or (percent and values.high[found] == 0.0):
        missing = (
            against == BASELINE
            and values.baseline_fall[test] < 0
            and first != NONE
            and values.day[place] > first
        )
        return FALSE, NO_BASELINE if missing else NO_REFERENCE
    sign = -1.0 if falling else 1.0
    t_low, t_high = values.low[found], values.high[found]
    if percent:
        t_low *= 1.0 + sign * amount / 100.0
        if not math.isinf(t_high):
            t_high *= 1.0 + sign * amount / 100.0
    else:
        t_low += sign * amount
        t_high += sign * amount
    low, high, flags = values.low[place], values.high[place], values.flags[place]
    t_flags = values.flags[found] & (LOW_OPEN | HIGH_OPEN)
    if falling:
        if strict:
            return less(low, high, flags, t_low, t_high, t_flags), 0
        return at_most(low, high, flags, t_low, t_high, t_flags), 0
    if strict:
        return greater(low, high, flags, t_low, t_high, t_flags), 0
    return at_least(low, high, flags, t_low, t_high, t_flags), 0


def judge(
    legs: Legs,
    usual: np.ndarray,
    leg: int,
    sex: int,
    first: int,
    values: Values,
    place: int,
    raised: int,
) -> tuple[int, int]:
    """How far the value at `place` meets a test leg, and why it could not be judged (0: it could).

    `raised`: `place` itself when a finding is looked for; the result that raised it when asking
    whether a later value still meets it (then `new` is asked of that one, `consecutive` of none).
    """
    answer = bounds(legs, leg, values, place)
    if answer == FALSE:
        return FALSE, 0
    part, why = limits(legs, usual, leg, sex, values, place, place)
    if part == FALSE and why == 0:
        return FALSE, 0
    answer = min(answer, part)
    for kind in range(2):
        if not math.isnan(legs.changes[leg, kind, 0]):
            part, unjudged = change(legs, leg, kind, values, place, raised, first)
            if part == FALSE and unjudged == 0:
                return FALSE, 0
            answer = min(answer, part)
            why = max(why, unjudged)
    if legs.new[leg] and not is_new(legs, usual, leg, sex, values, raised):
        return FALSE, 0
    if place == raised and legs.consecutive[leg] > 1:
        answer = min(answer, in_a_row(legs, usual, leg, sex, values, place))
        if answer == FALSE and why == 0:
            return FALSE, 0
    if why != 0:
        return FALSE, why
    return answer, 0


def is_new(legs: Legs, usual: np.ndarray, leg: int, sex: int, values: Values, place: int) -> bool:
    """True unless every value of the previous day certainly met the same bounds and limits."""
    previous = reference(values, legs.test[leg], place, values.day[place], True)
    if previous < 0:
        return True
    day = values.day[previous]
    while previous > values.at[legs.test[leg]] and values.day[previous - 1] == day:
        previous -= 1
    while values.day[previous] == day:
        if not values.flags[previous] & PRELIMINARY:
            part, why = limits(legs, usual, leg, sex, values, previous, place)
            if why != 0 or min(bounds(legs, leg, values, previous), part) < TRUE:
                return True
        previous += 1
    return False


def in_a_row(legs: Legs, usual: np.ndarray, leg: int, sex: int, values: Values, place: int) -> int:
    """The least answer over the newest days with a value, one a day, up to the one at `place`."""
    test = legs.test[leg]
    answer = TRUE
    days = 1
    best = FALSE
    day = values.day[place]
    needed = legs.consecutive[leg]
    earlier = place - 1
    while earlier >= values.at[test] and values.day[earlier] == day:
        earlier -= 1
    while days < needed:
        if earlier < values.at[test]:
            return FALSE
        day, best = values.day[earlier], FALSE
        while earlier >= values.at[test] and values.day[earlier] == day:
            part, why = limits(legs, usual, leg, sex, values, earlier, earlier)
            if why == 0:
                best = max(best, min(bounds(legs, leg, values, earlier), part))
            earlier -= 1
        answer = min(answer, best)
        if answer == FALSE:
            return FALSE
        days += 1
    return answer


FRESH = 4
"""Bit beside a leg's answer: a fact of the day itself meets it."""
ANSWER = 3
"""Mask of the answer."""


def tree(rules: Rules, rule: int, stack: np.ndarray) -> int:
    """The rule's tree over the answers of its legs, which lie at the start of `stack`.

    Three-valued: all = least, any = greatest, at least n = n-th greatest. A part is fresh when it
    is at least undecided and so is one of its fresh parts.
    """
    top = rules.legs_at[rule + 1] - rules.legs_at[rule]
    leg = 0
    for step in range(rules.code_at[rule], rules.code_at[rule + 1]):
        operation, operands, needed = rules.code[step, 0], rules.code[step, 1], rules.code[step, 2]
        if operation == PUSH:
            stack[top] = stack[leg]
            leg += 1
            top += 1
            continue
        top -= operands
        if operation == ALL:
            needed = operands
        elif operation == ANY:
            needed = 1
        certain = possible = fresh = 0
        for operand in range(top, top + operands):
            if stack[operand] & ANSWER == TRUE:
                certain += 1
            if stack[operand] & ANSWER >= UNDECIDED:
                possible += 1
                fresh |= stack[operand] & FRESH
        if possible < needed:
            stack[top] = FALSE
        else:
            stack[top] = (TRUE if certain >= needed else UNDECIDED) | fresh
        top += 1
    return stack[top - 1]
