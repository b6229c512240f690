"""Rules held against the facts: findings, and rules that nothing could be held against."""

from datetime import date, timedelta
from typing import Any

from tests.oracle.facts import Event, Patient, Result, Row
from tests.oracle.legs import judge_later, judge_leg
from tests.oracle.logic import FALSE, TRUE, UNDECIDED
from tests.oracle.series import matches

from longwatch.core.catalogue import catalogue
from longwatch.protocols.model import (
    AllOf,
    AnyOf,
    AtLeast,
    EventCondition,
    InfusionCondition,
    Pack,
    Rule,
    TestCondition,
)


def legs_of(tree: Any) -> list[Any]:
    """The legs of a condition in the order of writing."""
    if isinstance(tree, AllOf):
        return [leg for part in tree.all for leg in legs_of(part)]
    if isinstance(tree, AnyOf):
        return [leg for part in tree.any for leg in legs_of(part)]
    if isinstance(tree, AtLeast):
        return [leg for part in tree.of for leg in legs_of(part)]
    return [tree]


def parts_of(tree: Any) -> tuple[Any, ...]:
    """The parts of a combination."""
    parts: tuple[Any, ...] = (
        tree.all if isinstance(tree, AllOf) else tree.any if isinstance(tree, AnyOf) else tree.of
    )
    return parts


def combined(tree: Any, truths: list[int]) -> int:
    """The truth of a combination from those of its parts."""
    if isinstance(tree, AllOf):
        return min(truths)
    if isinstance(tree, AnyOf):
        return max(truths)
    enough = tree.at_least <= len(truths)
    return sorted(truths, reverse=True)[tree.at_least - 1] if enough else FALSE


class Sight:
    """One condition and one patient: every leg judged once for every fact."""

    def __init__(self, tree: Any, patient: Patient) -> None:
        self.tree = tree
        self.patient = patient
        self.results: dict[int, list[tuple[Result, int]]] = {}
        self.events: dict[int, list[Event]] = {}
        self.unjudged: list[tuple[Result, str]] = []
        self.test_legs: list[TestCondition] = []
        self.event_legs: list[EventCondition] = []
        for leg in legs_of(tree):
            if isinstance(leg, TestCondition):
                self.test_legs.append(leg)
                judged = [(r, judge_leg(leg, r, patient)) for r in patient.of_test(leg.test)]
                self.results[id(leg)] = [(r, judgment.truth) for r, judgment in judged]
                self.unjudged += [(r, j.lacks) for r, j in judged if j.unjudged]
            elif isinstance(leg, EventCondition):
                self.event_legs.append(leg)
                self.events[id(leg)] = [e for e in patient.events if matches(leg.event, e)]

    def truth(self, start: date, stop: date) -> int:
        """The whole tree over the facts dated from `start` to `stop`."""
        return self._truth(self.tree, start, stop)

    def _truth(self, tree: Any, start: date, stop: date) -> int:
        if isinstance(tree, AllOf | AnyOf | AtLeast):
            return combined(tree, [self._truth(part, start, stop) for part in parts_of(tree)])
        if isinstance(tree, TestCondition):
            inside = [truth for r, truth in self.results[id(tree)] if start <= r.date <= stop]
            return max(inside, default=FALSE)
        if isinstance(tree, EventCondition):
            return TRUE if any(start <= e.date <= stop for e in self.events[id(tree)]) else FALSE
        return self._infusion_truth(tree, stop)

    def _infusion_truth(self, leg: InfusionCondition, stop: date) -> int:
        start = stop - timedelta(days=leg.infusion_within_days)
        return TRUE if any(start <= i.date <= stop for i in self.patient.given()) else FALSE

    def fresh(self, tree: Any, start: date, day: date) -> bool:
        """At least undecided through a fact dated on the day itself."""
        if isinstance(tree, TestCondition):
            return any(truth != FALSE and r.date == day for r, truth in self.results[id(tree)])
        if isinstance(tree, EventCondition):
            return any(event.date == day for event in self.events[id(tree)])
        if isinstance(tree, InfusionCondition):
            return False
        return self._truth(tree, start, day) >= UNDECIDED and any(
            self._truth(part, start, day) >= UNDECIDED and self.fresh(part, start, day)
            for part in parts_of(tree)
        )

    def truth_later(self, tree: Any, raised: Result, start: date, day: date, later: date) -> int:
        """The tree of a finding of `day` as it stands on the day `later`."""
        if isinstance(tree, AllOf | AnyOf | AtLeast):
            facts = (raised, start, day, later)
            return combined(tree, [self.truth_later(part, *facts) for part in parts_of(tree)])
        if isinstance(tree, TestCondition) and not tree.context:
            return self.leg_later(tree, raised, start, day, later)
        if isinstance(tree, EventCondition):
            met = [e for e in self.events[id(tree)] if start <= e.date <= day]
            return TRUE if any(event.end_date is None for event in met) else FALSE
        return self._truth(tree, start, day)

    def leg_later(
        self, leg: TestCondition, raised: Result, start: date, day: date, later: date
    ) -> int:
        """The best of the newest values up to the day `later`; without any the answer of `day`."""
        then = self._truth(leg, start, day)
        if leg.test != raised.test and then == FALSE:
            return FALSE
        met = raised if leg.test == raised.test else self.shown(leg, start, day)
        values = [r for r in standing_after(day, leg.test, self.patient) if r.date <= later]
        newest = max((r.date for r in values), default=None)
        judged = [judge_later(leg, r, met, self.patient) for r in values if r.date == newest]
        return max((then if j.lacks else j.truth for j in judged), default=then)

    def trigger_dates(self) -> list[date]:
        """Days with a fact that makes a test or event leg at least undecided."""
        days = {r.date for judged in self.results.values() for r, truth in judged if truth != FALSE}
        days |= {event.date for found in self.events.values() for event in found}
        return sorted(days)

    def raising_legs(self) -> list[TestCondition]:
        """Test legs that are more than a circumstance, in the order of writing."""
        return [leg for leg in self.test_legs if not leg.context]

    def raising(self, start: date, stop: date) -> tuple[TestCondition, Result] | None:
        """The leg and the result that the finding shows."""
        legs = self.raising_legs()
        for leg in [x for x in legs if self.fresh(x, start, stop)] or legs:
            if result := self.shown(leg, start, stop):
                return leg, result
        return None

    def shown(self, leg: TestCondition, start: date, stop: date) -> Result | None:
        """The result that a finding shows when this leg raises it."""
        inside = [
            (r, truth)
            for r, truth in self.results[id(leg)]
            if truth != FALSE and start <= r.date <= stop
        ]
        if not inside:
            return None
        newest = max((r.date, truth) for r, truth in inside)
        candidates = [r for r, truth in inside if (r.date, truth) == newest]
        pick = min if looks_down(leg) else max
        return pick(candidates, key=lambda r: r.number)


def looks_down(leg: TestCondition) -> bool:
    """A lower value is worse: a fall or an upper bound."""
    down = (leg.fall, leg.below, leg.at_most, leg.below_limit)
    return any(part is not None for part in down)


def findings_of(pack: Pack, patient: Patient) -> tuple[list[Row], list[Row]]:
    """The findings of one patient, and the rules that lacked a limit or a reference."""
    findings: list[Row] = []
    unjudged: list[Row] = []
    for rule in (*pack.rules, *pack.red_flags):
        sight = Sight(rule.when, patient)
        for day in sight.trigger_dates():
            start = day - timedelta(days=rule.within_days)
            truth = sight.truth(start, day)
            if truth >= UNDECIDED and sight.fresh(rule.when, start, day):
                findings.append(finding_row(pack, rule, sight, start, day, truth))
        if sight.unjudged:
            unjudged.append(
                {
                    "patient": patient.id,
                    "rule": rule.id,
                    "test": sight.unjudged[0][0].test,
                    "since": min(r.date for r, _ in sight.unjudged),
                    "results": len({id(r) for r, _ in sight.unjudged}),
                }
            )
    return findings, unjudged


def finding_row(pack: Pack, rule: Rule, sight: Sight, start: date, day: date, truth: int) -> Row:
    raising = sight.raising(start, day)
    result = raising[1] if raising else None
    return {
        "patient": sight.patient.id,
        "rule": rule.id,
        "tier": rule.tier,
        "test": result.test if result else None,
        "date": day,
        "value": float(result.number) if result else None,
        "unit": catalogue().tests[result.test].unit if result else None,
        "active": is_active(sight, raising, start, day),
        "undecided": truth == UNDECIDED,
        "action": rule.action,
        "protocol": pack.id,
        "version": pack.version,
        "preliminary": bool(result and result.status == "preliminary"),
    }


def is_active(
    sight: Sight, raising: tuple[TestCondition, Result] | None, start: date, day: date
) -> bool:
    """Nothing later has ended it."""
    if raising:
        return not any(
            sight.truth_later(sight.tree, raising[1], start, day, later) == FALSE
            for later in days_to_judge(sight, raising[1].test, day)
        )
    legs = sight.raising_legs()
    if legs and ended_by_result(legs[0], day, sight.patient):
        return False
    met = [e for found in sight.events.values() for e in found if start <= e.date <= day]
    return not all(event.end_date is not None for event in met)


def days_to_judge(sight: Sight, raising_test: str, day: date) -> set[date]:
    """The days with any result, once the raising test has a later value."""
    own = [r.date for r in standing_after(day, raising_test, sight.patient)]
    if not own:
        return set()
    since = min(own)
    return {r.date for r in sight.patient.results if r.date >= since}


def standing_after(day: date, test: str, patient: Patient) -> list[Result]:
    return [r for r in patient.of_test(test) if r.stands and r.date > day]


def ended_by_result(leg: TestCondition, day: date, patient: Patient) -> bool:
    """A later day on which every final or corrected value makes the leg false.

    A value that the leg cannot be held against (no limit, no reference) ends nothing.
    """
    later = standing_after(day, leg.test, patient)
    for each_day in {r.date for r in later}:
        judged = [judge_leg(leg, r, patient) for r in later if r.date == each_day]
        if all(judgment.truth == FALSE and not judgment.lacks for judgment in judged):
            return True
    return False
