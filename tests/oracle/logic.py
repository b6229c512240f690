"""Three-valued truth about a number of which only an interval is known (semantics, section 4)."""

from dataclasses import dataclass
from decimal import Decimal

FALSE, UNDECIDED, TRUE = 0, 1, 2

INFINITY = Decimal("Infinity")
NEARLY = Decimal("1e-9")


@dataclass(frozen=True)
class Interval:
    """All numbers from `low` to `high`; an end belongs unless it is open."""

    low: Decimal
    high: Decimal
    low_open: bool = False
    high_open: bool = False


def interval(value: Decimal, comparator: str | None, value_high: Decimal | None) -> Interval:
    """What a laboratory's answer leaves possible (section 1, point 4)."""
    if comparator == "<":
        return Interval(Decimal(0), value, high_open=True)
    if comparator == "<=":
        return Interval(Decimal(0), value)
    if comparator == ">":
        return Interval(value, INFINITY, low_open=True, high_open=True)
    if comparator == ">=":
        return Interval(value, INFINITY, high_open=True)
    if value_high is not None:
        return Interval(value, value_high)
    return Interval(value, value)


def equal(a: Decimal, b: Decimal) -> bool:
    """Equality within 1e-9 relative."""
    if a == b:
        return True
    if a.is_infinite() or b.is_infinite():
        return False
    return abs(a - b) <= NEARLY * max(abs(a), abs(b))


def is_above(x: Interval, bound: Decimal) -> int:
    """x > bound: by every number, by none, or by some."""
    if equal(x.low, bound):
        if x.low_open:
            return TRUE
    elif x.low > bound:
        return TRUE
    if equal(x.high, bound) or x.high < bound:
        return FALSE
    return UNDECIDED


def is_at_least(x: Interval, bound: Decimal) -> int:
    """x >= bound."""
    if equal(x.low, bound) or x.low > bound:
        return TRUE
    if equal(x.high, bound):
        return FALSE if x.high_open else UNDECIDED
    return FALSE if x.high < bound else UNDECIDED


def is_below(x: Interval, bound: Decimal) -> int:
    """x < bound is the opposite of x >= bound."""
    return opposite(is_at_least(x, bound))


def is_at_most(x: Interval, bound: Decimal) -> int:
    """x <= bound is the opposite of x > bound."""
    return opposite(is_above(x, bound))


def opposite(truth: int) -> int:
    return TRUE - truth


def difference(a: Interval, b: Interval) -> Interval:
    """Every a - b."""
    high = INFINITY if a.high == INFINITY else a.high - b.low
    low = -INFINITY if b.high == INFINITY else a.low - b.high
    return Interval(low, high, a.low_open or b.high_open, a.high_open or b.low_open)


def share(a: Interval, b: Interval) -> Interval:
    """Every a / b, for a and b from 0 up, b not only 0; towards b = 0 it grows without end."""
    if a.high == 0:
        return Interval(Decimal(0), Decimal(0))
    low = Decimal(0) if b.high == INFINITY else a.low / b.high
    high = INFINITY if b.low == 0 or a.high == INFINITY else a.high / b.low
    low_open = a.low_open or (b.high_open and a.low > 0)
    return Interval(low, high, low_open, a.high_open or b.low_open or high == INFINITY)


def fall_percent(value: Interval, reference: Interval) -> Interval:
    """100 * (reference - value) / reference, which is 100 - 100 * value / reference."""
    return difference(Interval(Decimal(100), Decimal(100)), hundredfold(share(value, reference)))


def rise_percent(value: Interval, reference: Interval) -> Interval:
    return difference(hundredfold(share(value, reference)), Interval(Decimal(100), Decimal(100)))


def hundredfold(x: Interval) -> Interval:
    return Interval(100 * x.low, 100 * x.high, x.low_open, x.high_open)
