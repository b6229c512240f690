"""Where a test's scale has a line beyond which the protocol asks somebody to act."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from longwatch.core.catalogue import catalogue
from longwatch.core.status import TIERS, Sex, Tier
from longwatch.core.units import to_canonical
from longwatch.protocols.model import AnyOf, Condition, Pack, Rule, TestCondition


class ActionLine(NamedTuple):
    """A line on a scale.

    Inputs:
        value: in the canonical unit.
        below: whether values below it ask for action; else values above it.
        rule: the rule that says so.
    """

    value: float
    below: bool
    rule: str


class Own(NamedTuple):
    """What lines may depend on, None where unknown: limits of the laboratory, own baseline."""

    low: float | None = None
    high: float | None = None
    baseline: float | None = None


_UNKNOWN = Own()


def action_lines(
    pack: Pack, test: str, own: Own = _UNKNOWN, slowest: Tier = Tier.HOURS_48
) -> list[ActionLine]:
    """The first line a value would cross on each side, by the rules that speak of this test alone.

    Inputs:
        test: catalogue id.
        own: limits and baseline in the canonical unit.
        slowest: rules of this tier and of more urgent ones are asked.

    Returns:
        At most two lines, the lower first. A rule that needs another fact besides draws none.

    >>> from longwatch.protocols.load import load_protocol
    >>> pack = load_protocol("alemtuzumab-us")
    >>> [(line.value, line.below) for line in action_lines(pack, "platelets")]
    [(100.0, True)]
    """
    urgent = TIERS[: TIERS.index(slowest) + 1]
    lines = [
        line
        for rule in pack.rules
        if rule.tier in urgent and not rule.marks_only
        for condition in _alone(rule.when)
        if condition.test == test
        for line in _lines(rule, condition, own)
    ]
    lowest = max((line for line in lines if line.below), default=None)
    highest = min((line for line in lines if not line.below), default=None)
    return [line for line in (lowest, highest) if line is not None]


def _alone(condition: Condition) -> Iterator[TestCondition]:
    """The tests of a condition each of which suffices."""
    if isinstance(condition, TestCondition):
        yield condition
    elif isinstance(condition, AnyOf):
        for part in condition.any:
            yield from _alone(part)


def _lines(rule: Rule, condition: TestCondition, own: Own) -> Iterator[ActionLine]:
    if condition.consecutive > 1 or condition.context:
        return
    upper = condition.below if condition.below is not None else condition.at_most
    lower = condition.above if condition.above is not None else condition.at_least
    changes = condition.rise is not None or condition.fall is not None
    # Of a span the side that lies toward the usual values is crossed first.
    if upper is not None and not changes and _is_low(condition, upper):
        yield ActionLine(_canonical(condition, upper), True, rule.id)
    elif lower is not None and not changes:
        yield ActionLine(_canonical(condition, lower), False, rule.id)
    for limit, below in ((condition.below_limit, True), (condition.above_limit, False)):
        given = None if limit is None else own.low if limit.limit == "low" else own.high
        if limit is not None and given is not None:
            yield ActionLine(given * limit.times, below, rule.id)
    rise = condition.rise
    if rise is not None and rise.against == "baseline" and rise.unit == "%" and own.baseline:
        yield ActionLine(own.baseline * (1 + rise.amount[0] / 100), False, rule.id)


def _is_low(condition: TestCondition, upper: float) -> bool:
    """Whether a bound from above lies below what is usual."""
    limits = catalogue().tests[condition.test].limits[Sex.UNKNOWN]
    return limits.low is None or _canonical(condition, upper) <= limits.low[1]


def _canonical(condition: TestCondition, bound: float) -> float:
    value = to_canonical(catalogue().tests[condition.test], bound, condition.unit)
    assert value is not None, "a pack is loaded only when its bounds have units of their tests"
    return value
