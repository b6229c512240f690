"""One test leg held against one result (semantics, section 4)."""

from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from functools import cache

from tests.oracle.facts import Patient, Result, canonical, usual_limits
from tests.oracle.logic import (
    FALSE,
    TRUE,
    UNDECIDED,
    Interval,
    difference,
    fall_percent,
    is_above,
    is_at_least,
    is_at_most,
    is_below,
    rise_percent,
)
from tests.oracle.series import first_infusion

from longwatch.protocols.model import TestCondition


@dataclass(frozen=True)
class Judgment:
    """`lacks` names the limit or reference that was not there; the truth is then false.

    It is empty where another constraint is false anyway.
    `unjudged`: what was not there should have been, so the rule is listed as unjudged.
    """

    truth: int
    lacks: str = ""
    unjudged: bool = False


def judge_leg(leg: TestCondition, result: Result, patient: Patient) -> Judgment:
    """The whole leg for one result: bounds, limits, changes, `new` and `consecutive`."""
    judged = [bounds_and_limits(leg, result, patient), *changes(leg, result, result, patient)]
    if leg.new:
        judged.append(Judgment(is_new(leg, result, patient)))
    if leg.consecutive > 1:
        judged.append(Judgment(is_consecutive(leg, result, patient)))
    return together(judged)


def judge_later(leg: TestCondition, later: Result, raised: Result, patient: Patient) -> Judgment:
    """The leg for a later result; references and `new` stay those of the one that met it."""
    judged = [bounds_and_limits(leg, later, patient), *changes(leg, later, raised, patient)]
    if leg.new:
        judged.append(Judgment(is_new(leg, raised, patient)))
    return together(judged)


def changes(leg: TestCondition, result: Result, raised: Result, patient: Patient) -> list[Judgment]:
    return [
        judge_change(leg, change, falling, result, raised, patient)
        for change, falling in ((leg.fall, True), (leg.rise, False))
        if change is not None
    ]


def together(judged: list[Judgment]) -> Judgment:
    """The minimum. What is missing does not matter where something else is false anyway."""
    certain = [judgment.truth for judgment in judged if not judgment.lacks]
    lacking = [judgment for judgment in judged if judgment.lacks]
    if FALSE in certain:
        return Judgment(FALSE)
    listed = [judgment for judgment in lacking if judgment.unjudged]
    return (listed or lacking or [Judgment(min(certain))])[0]


def bounds_and_limits(leg: TestCondition, result: Result, patient: Patient) -> Judgment:
    bounds = Judgment(bounds_truth(leg, result))
    if leg.below_limit is None and leg.above_limit is None:
        return bounds
    limits = [
        judge_limit(limit, meets, result, patient)
        for limit, meets in ((leg.below_limit, is_below), (leg.above_limit, is_above))
        if limit is not None
    ]
    return together([bounds, *limits])


def bounds_truth(leg: TestCondition, result: Result) -> int:
    truth = TRUE
    for bound, meets in (
        (leg.below, is_below),
        (leg.at_most, is_at_most),
        (leg.above, is_above),
        (leg.at_least, is_at_least),
    ):
        if bound is not None:
            truth = min(truth, meets(result.range, bound_of(leg.test, bound, leg.unit)))
    return truth


@cache
def bound_of(test: str, bound: float, unit: str) -> Decimal:
    return canonical(test, bound, unit)


def judge_limit(limit: object, meets: object, result: Result, patient: Patient) -> Judgment:
    """Against the laboratory's own limit, or against all that laboratories usually print."""
    times = Decimal(repr(limit.times))
    own = result.low if limit.limit == "low" else result.high
    if own is not None:
        return Judgment(meets(result.range, own * times))
    usual = usual_limits(result.test, limit.limit, patient.sex)
    if usual is None:
        return Judgment(FALSE, "no-limit", unjudged=True)
    lowest, highest = (meets(result.range, end * times) for end in usual)
    # The truth is monotone in the limit: equal at both ends means equal in between.
    return Judgment(lowest if lowest == highest else UNDECIDED)


def judge_change(
    leg: TestCondition,
    change: object,
    falling: bool,
    result: Result,
    raised: Result,
    patient: Patient,
) -> Judgment:
    """`result` against the reference of `raised` (the same result, except for what comes later)."""
    if change.against == "baseline":
        day, reference = baseline(leg.test, falling, patient)
        if day is not None and result.date <= day:
            return Judgment(FALSE, "before-baseline")
    else:
        _, reference = previous(leg.test, falling, raised.date, patient)
    if reference is None or (change.unit == "%" and reference.high == 0):
        first = first_infusion(patient)
        expected = change.against == "baseline" and first is not None and result.date > first
        return Judgment(FALSE, f"no-{change.against}", unjudged=expected)
    if change.unit == "%":
        grown = (fall_percent if falling else rise_percent)(result.range, reference)
        bound = Decimal(repr(change.at_least if change.more_than is None else change.more_than))
    else:
        pair = (reference, result.range) if falling else (result.range, reference)
        grown = difference(*pair)
        bound = canonical(
            leg.test,
            change.at_least if change.more_than is None else change.more_than,
            change.unit,
        )
    meets = is_above if change.more_than is not None else is_at_least
    return Judgment(meets(grown, bound))


def baseline(test: str, falling: bool, patient: Patient) -> tuple[date | None, Interval | None]:
    first = first_infusion(patient)
    if first is None:
        return None, None
    return newest([r for r in patient.of_test(test) if r.stands and r.date <= first], falling)


def previous(
    test: str, falling: bool, before: date, patient: Patient
) -> tuple[date | None, Interval | None]:
    return newest([r for r in patient.of_test(test) if r.stands and r.date < before], falling)


def newest(results: list[Result], falling: bool) -> tuple[date | None, Interval | None]:
    """The newest value; of several on one day the one that makes the change largest."""
    if not results:
        return None, None
    day = max(r.date for r in results)
    ranges = [r.range for r in results if r.date == day]
    if falling:
        return day, max(ranges, key=lambda x: (x.high, not x.high_open, x.low))
    return day, min(ranges, key=lambda x: (x.low, x.low_open, x.high))


def is_new(leg: TestCondition, result: Result, patient: Patient) -> int:
    """Nothing before it, or something before it that does not certainly meet bounds and limits."""
    before = [r for r in patient.of_test(leg.test) if r.stands and r.date < result.date]
    if not before:
        return TRUE
    day = max(r.date for r in before)
    for earlier in before:
        if earlier.date == day:
            with_these_limits = replace(earlier, low=result.low, high=result.high)
            if bounds_and_limits(leg, with_these_limits, patient).truth != TRUE:
                return TRUE
    return FALSE


def is_consecutive(leg: TestCondition, result: Result, patient: Patient) -> int:
    """The minimum over the newest values up to this one, one a day; false when there are fewer."""
    by_day: dict[date, int] = {}
    for other in patient.of_test(leg.test):
        if other.date < result.date:
            truth = bounds_and_limits(leg, other, patient).truth
            by_day[other.date] = max(truth, by_day.get(other.date, FALSE))
    newest_days = sorted(by_day, reverse=True)[: leg.consecutive - 1]
    if len(newest_days) < leg.consecutive - 1:
        return FALSE
    return min(by_day[day] for day in newest_days) if newest_days else TRUE
