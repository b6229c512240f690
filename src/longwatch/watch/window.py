"""Before a leg is judged value by value: between which numbers could a value meet it at all?

Most legs are far from most people: a count that was never below 150 need not be asked about 20.
The window is wide by a rounding error and only ever spares work; `judging` decides.
"""

from __future__ import annotations

import math

import numpy as np

from longwatch.watch.facts import NONE, Extremes, Values
from longwatch.watch.judging import limit_of
from longwatch.watch.logic import SAME
from longwatch.watch.program import BASELINE, FALL, Legs


def find_extremes(
    values: Values, extremes: Extremes, usual: np.ndarray, limited: np.ndarray, tests: int, sex: int
) -> None:
    """Lowest and highest number of each test, and of the limits its values are held against."""
    for test in range(tests):
        low, high = math.inf, -math.inf
        for place in range(values.at[test], values.at[test + 1]):
            low = min(low, values.low[place])
            high = max(high, values.high[place])
        extremes.low[test] = low
        extremes.high[test] = high
        for which in range(2):
            if not limited[test, which]:
                continue
            least, most = math.inf, -math.inf
            unprinted = -1
            for place in range(values.at[test], values.at[test + 1]):
                own = values.limit_low[place] if which == 0 else values.limit_high[place]
                if math.isnan(own):
                    unprinted = place
                else:
                    least, most = min(least, own), max(most, own)
            if unprinted >= 0:
                t_low, t_high = limit_of(usual, test, sex, which, values, unprinted)
                if math.isnan(t_low):
                    t_low, t_high = -math.inf, math.inf
                least, most = min(least, t_low), max(most, t_high)
            extremes.limits[test, which, 0] = least
            extremes.limits[test, which, 1] = most


def wider(number: float, upwards: bool) -> float:
    """A number moved away by a rounding error."""
    slack = SAME * abs(number) if math.isfinite(number) else 0.0
    return number + slack if upwards else number - slack


def window(
    legs: Legs, leg: int, values: Values, extremes: Extremes, first: int
) -> tuple[float, float]:
    """A value can meet the leg only if its lower end is at most the first number returned,
    and its upper end at least the second.
    """  # noqa: D205
    most, least = legs.most[leg], legs.least[leg]
    if not legs.relative[leg]:
        return most, least
    test = legs.test[leg]
    which = int(legs.limits[leg, 0, 0])
    if which >= 0:
        limit = extremes.limits[test, which, 1] * legs.limits[leg, 0, 1]
        most = min(most, wider(limit, True))
    which = int(legs.limits[leg, 1, 0])
    if which >= 0:
        limit = extremes.limits[test, which, 0] * legs.limits[leg, 1, 1]
        least = max(least, wider(limit, False))
    for kind in range(2):
        if math.isnan(legs.changes[leg, kind, 0]):
            continue
        falling = kind == FALL
        number = extremes.high[test] if falling else extremes.low[test]
        if legs.changes[leg, kind, 3] == BASELINE:
            base = values.baseline_fall[test] if falling else values.baseline_rise[test]
            if base >= 0:
                number = values.high[base] if falling else values.low[base]
            elif first == NONE:
                return -math.inf, math.inf
            else:
                # No baseline: every value that the rest lets through is to be named as unjudged.
                continue
        if math.isinf(number):
            continue
        amount = legs.changes[leg, kind, 0]
        sign = -1.0 if falling else 1.0
        if legs.changes[leg, kind, 1] > 0:
            number *= 1.0 + sign * amount / 100.0
        else:
            number += sign * amount
        if falling:
            most = min(most, wider(number, True))
        else:
            least = max(least, wider(number, False))
    return most, least
