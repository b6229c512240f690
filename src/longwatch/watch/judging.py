"""Judging one leg of a rule for one result, and a rule's tree over its legs."""

from __future__ import annotations

import math

from longwatch.watch.charting import reference
from longwatch.watch.facts import NO_BASELINE, NO_LIMIT, NONE, Chart
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
from longwatch.watch.program import ALL, ANY, BASELINE, PUSH, Program


def bounds(program: Program, leg: int, chart: Chart, place: int) -> int:
    """The fixed bounds of a leg, for one value."""
    legs = program.legs
    low, high, flags = chart.low[place], chart.high[place], chart.flags[place]
    answer = TRUE
    bound = legs.below[leg]
    if not math.isnan(bound):
        answer = min(answer, less(low, high, flags, bound, bound, 0))
    bound = legs.at_least[leg]
    if not math.isnan(bound):
        answer = min(answer, at_least(low, high, flags, bound, bound, 0))
    bound = legs.at_most[leg]
    if not math.isnan(bound):
        answer = min(answer, at_most(low, high, flags, bound, bound, 0))
    bound = legs.above[leg]
    if not math.isnan(bound):
        answer = min(answer, greater(low, high, flags, bound, bound, 0))
    return answer


def limit_of(
    program: Program, test: int, sex: int, which: int, chart: Chart, place: int
) -> tuple[float, float]:
    """The low (0) or high (1) limit for a value: the laboratory's own, else the usual interval."""
    own = chart.limit_low[place] if which == 0 else chart.limit_high[place]
    if not math.isnan(own):
        return own, own
    return program.limits[test, sex, 2 * which], program.limits[test, sex, 2 * which + 1]


def limits(
    program: Program, leg: int, sex: int, chart: Chart, place: int, own_from: int
) -> tuple[int, int]:
    """The limits of a leg, for the value at `place` against the limits printed at `own_from`.

    Returns the answer and why it could not be judged (0: it could).
    """
    legs = program.legs
    test = legs.test[leg]
    low, high, flags = chart.low[place], chart.high[place], chart.flags[place]
    answer = TRUE
    if legs.below_limit[leg, 0] >= 0:
        t_low, t_high = limit_of(program, test, sex, int(legs.below_limit[leg, 0]), chart, own_from)
        if math.isnan(t_low):
            return FALSE, NO_LIMIT
        times = legs.below_limit[leg, 1]
        answer = min(answer, less(low, high, flags, t_low * times, t_high * times, 0))
    if legs.above_limit[leg, 0] >= 0:
        t_low, t_high = limit_of(program, test, sex, int(legs.above_limit[leg, 0]), chart, own_from)
        if math.isnan(t_low):
            return FALSE, NO_LIMIT
        times = legs.above_limit[leg, 1]
        answer = min(answer, greater(low, high, flags, t_low * times, t_high * times, 0))
    return answer, 0


def reference_place(
    chart: Chart, test: int, against: int, place: int, raised: int, falling: bool
) -> int:
    """The value that a change is measured against (-1: there is none).

    `raised`: the result that raised the finding; its previous value is the one that counts.
    """
    if against == BASELINE:
        found = chart.baseline_fall[test] if falling else chart.baseline_rise[test]
        if found >= 0 and chart.day[place] <= chart.day[found]:
            return -1
        return found
    return reference(chart, test, chart.day[raised], falling)


def change(
    program: Program, leg: int, falling: bool, chart: Chart, place: int, raised: int, first: int
) -> tuple[int, int]:
    """A fall or rise of a leg: the reference, scaled or moved, becomes an ordinary bound."""
    legs = program.legs
    amount = legs.fall[leg, 0] if falling else legs.rise[leg, 0]
    percent = legs.fall[leg, 1] if falling else legs.rise[leg, 1]
    strict = legs.fall[leg, 2] if falling else legs.rise[leg, 2]
    against = int(legs.fall[leg, 3] if falling else legs.rise[leg, 3])
    found = reference_place(chart, legs.test[leg], against, place, raised, falling)
    if found < 0 or (percent and chart.high[found] == 0.0):
        test = legs.test[leg]
        missing = (
            against == BASELINE
            and chart.baseline_fall[test] < 0
            and first != NONE
            and chart.day[place] > first
        )
        return FALSE, NO_BASELINE if missing else 0
    sign = -1.0 if falling else 1.0
    t_low, t_high = chart.low[found], chart.high[found]
    if percent:
        t_low *= 1.0 + sign * amount / 100.0
        if not math.isinf(t_high):
            t_high *= 1.0 + sign * amount / 100.0
    else:
        t_low += sign * amount
        t_high += sign * amount
    low, high, flags = chart.low[place], chart.high[place], chart.flags[place]
    t_flags = chart.flags[found] & (LOW_OPEN | HIGH_OPEN)
    if falling:
        if strict:
            return less(low, high, flags, t_low, t_high, t_flags), 0
        return at_most(low, high, flags, t_low, t_high, t_flags), 0
    if strict:
        return greater(low, high, flags, t_low, t_high, t_flags), 0
    return at_least(low, high, flags, t_low, t_high, t_flags), 0


def judge(
    program: Program, leg: int, sex: int, first: int, chart: Chart, place: int, raised: int
) -> tuple[int, int]:
    """How far the value at `place` meets a test leg, and why it could not be judged (0: it could).

    `raised`: `place` itself when a finding is looked for; the result that raised it when asking
    whether a later value still meets it (then `new` and `consecutive` are settled).
    """
    legs = program.legs
    answer = bounds(program, leg, chart, place)
    if answer == FALSE:
        return FALSE, 0
    why = 0
    part, unjudged = limits(program, leg, sex, chart, place, place)
    if part == FALSE and unjudged == 0:
        return FALSE, 0
    answer, why = min(answer, part), max(why, unjudged)
    if not math.isnan(legs.fall[leg, 0]):
        part, unjudged = change(program, leg, True, chart, place, raised, first)
        if part == FALSE and unjudged == 0:
            return FALSE, 0
        answer, why = min(answer, part), max(why, unjudged)
    if not math.isnan(legs.rise[leg, 0]):
        part, unjudged = change(program, leg, False, chart, place, raised, first)
        if part == FALSE and unjudged == 0:
            return FALSE, 0
        answer, why = min(answer, part), max(why, unjudged)
    if place == raised:
        if legs.new[leg] and not is_new(program, leg, sex, chart, place):
            return FALSE, 0
        if legs.consecutive[leg] > 1:
            answer = min(answer, in_a_row(program, leg, sex, chart, place))
            if answer == FALSE and why == 0:
                return FALSE, 0
    return (FALSE, why) if why else (answer, 0)


def is_new(program: Program, leg: int, sex: int, chart: Chart, place: int) -> bool:
    """True unless every value of the previous day certainly met the same bounds and limits."""
    previous = reference(chart, program.legs.test[leg], chart.day[place], True)
    if previous < 0:
        return True
    day = chart.day[previous]
    while previous > chart.at[program.legs.test[leg]] and chart.day[previous - 1] == day:
        previous -= 1
    while chart.day[previous] == day:
        if not chart.flags[previous] & PRELIMINARY:
            part, why = limits(program, leg, sex, chart, previous, place)
            if why != 0 or min(bounds(program, leg, chart, previous), part) < TRUE:
                return True
        previous += 1
    return False


def in_a_row(program: Program, leg: int, sex: int, chart: Chart, place: int) -> int:
    """The least answer over the newest days with a value, one a day, up to the one at `place`."""
    test = program.legs.test[leg]
    answer = TRUE
    days = 1
    best = FALSE
    day = chart.day[place]
    needed = program.legs.consecutive[leg]
    earlier = place - 1
    while earlier >= chart.at[test] and chart.day[earlier] == day:
        earlier -= 1
    while days < needed:
        if earlier < chart.at[test]:
            return FALSE
        day, best = chart.day[earlier], FALSE
        while earlier >= chart.at[test] and chart.day[earlier] == day:
            part, why = limits(program, leg, sex, chart, earlier, earlier)
            if why == 0:
                best = max(best, min(bounds(program, leg, chart, earlier), part))
            earlier -= 1
        answer = min(answer, best)
        if answer == FALSE:
            return FALSE
        days += 1
    return answer


def tree(program: Program, rule: int, chart: Chart) -> int:
    """The rule's tree over the answers of its legs, which lie at the start of `stack`.

    Three-valued: all = least, any = greatest, at least n = n-th greatest.
    """
    rules = program.rules
    legs = rules.legs_at[rule + 1] - rules.legs_at[rule]
    stack = chart.stack
    top = legs
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
        certain = possible = 0
        for operand in range(top, top + operands):
            if stack[operand] == TRUE:
                certain += 1
            if stack[operand] >= UNDECIDED:
                possible += 1
        stack[top] = TRUE if certain >= needed else UNDECIDED if possible >= needed else FALSE
        top += 1
    return stack[top - 1]

