"""Three-valued logic on intervals: 0 false, 1 undecided, 2 true.

A reported value is an interval ("<5" is everything below 5), and so is a limit that the laboratory
did not print. A comparison holds if all numbers agree, is false if none does, else undecided.
Plain scalar functions: Python runs them for one person, Numba compiles them for millions.
"""

from __future__ import annotations

import math

FALSE, UNDECIDED, TRUE = 0, 1, 2
LOW_OPEN, HIGH_OPEN, ANSWERS, PRELIMINARY = 1, 2, 4, 8
"""Bits of a value's flags: open ends of its interval; final or corrected; preliminary."""

SAME = 1e-9
"""Relative distance below which two numbers are the same (1.3 x 88 must not exceed 114.4)."""


def compare(a: float, b: float) -> int:
    """-1, 0 or 1; numbers closer than rounding error are equal.

    >>> compare(88 * 1.3, 114.4)
    0
    """
    if a == b:
        return 0
    if math.isinf(a) or math.isinf(b):
        return -1 if a < b else 1
    if abs(a - b) <= SAME * max(abs(a), abs(b)):
        return 0
    return -1 if a < b else 1


def less(low: float, high: float, flags: int, t_low: float, t_high: float, t_flags: int) -> int:
    """Is the first interval below the second, number for number?

    >>> less(0.0, 5.0, HIGH_OPEN, 5.0, 5.0, 0)
    2
    """
    side = compare(high, t_low)
    if side < 0 or (side == 0 and (flags & HIGH_OPEN or t_flags & LOW_OPEN)):
        return TRUE
    return UNDECIDED if compare(low, t_high) < 0 else FALSE


def at_most(low: float, high: float, flags: int, t_low: float, t_high: float, t_flags: int) -> int:
    """Is the first interval at most the second?

    >>> at_most(0.0, 5.0, 0, 5.0, 5.0, 0)
    2
    """
    if compare(high, t_low) <= 0:
        return TRUE
    side = compare(low, t_high)
    if side < 0 or (side == 0 and not (flags & LOW_OPEN or t_flags & HIGH_OPEN)):
        return UNDECIDED
    return FALSE


def greater(low: float, high: float, flags: int, t_low: float, t_high: float, t_flags: int) -> int:
    """Is the first interval above the second?"""
    return TRUE - at_most(low, high, flags, t_low, t_high, t_flags)


def at_least(low: float, high: float, flags: int, t_low: float, t_high: float, t_flags: int) -> int:
    """Is the first interval at least the second?"""
    return TRUE - less(low, high, flags, t_low, t_high, t_flags)
