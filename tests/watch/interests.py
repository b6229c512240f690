"""What a pack looks at, read from the Pack alone: tests, bounds, changes, limits, event codes.

The generator aims at these, so a new rule or activity is tried without a word here.
"""

from dataclasses import dataclass, field
from typing import Any

from tests.oracle.facts import canonical
from tests.oracle.findings import legs_of

from longwatch.core.catalogue import catalogue
from longwatch.protocols.model import EventCondition, InfusionCondition, Pack, TestCondition


@dataclass
class Interests:
    """Everything in canonical units."""

    tests: list[str] = field(default_factory=list)
    bounds: dict[str, list[float]] = field(default_factory=dict)
    percents: dict[str, list[tuple[bool, float]]] = field(default_factory=dict)
    steps: dict[str, list[tuple[bool, float]]] = field(default_factory=dict)
    limits: dict[str, list[tuple[str, float]]] = field(default_factory=dict)
    infusion_spans: list[int] = field(default_factory=list)
    events: list[tuple[str, str | None]] = field(default_factory=list)
    combinations: list[tuple[int, list[Any]]] = field(default_factory=list)

    def canonical_bound(self, leg: TestCondition, bound: float) -> float:
        return float(canonical(leg.test, bound, leg.unit))


def interests_of(pack: Pack) -> Interests:
    found = Interests()
    groups = {symptom.id: symptom.groups for symptom in pack.symptoms}
    for activity in (*pack.recurring, *pack.before_course):
        note_answers(found, activity.answered_by, groups)
        stops = getattr(activity, "stops_when", None)
        if stops is not None:
            note_bound(found, stops.test, stops.at_least, stops.unit)
        for pattern in getattr(activity, "too_late", ()):
            note_pattern(found, pattern, groups)
    for period in pack.periods:
        first = period.end.first_result
        if first is not None:
            note_bound(found, first.test, first.at_least, first.unit)
    for part in (*pack.rules, *pack.red_flags, *pack.contraindications):
        legs = legs_of(part.when)
        found.combinations.append((part.within_days or 0, legs))
        for leg in legs:
            note_leg(found, leg, groups)
    found.tests = sorted(set(found.tests))
    found.events = sorted(set(found.events), key=str)
    return found


def note_answers(found: Interests, answered_by: Any, groups: dict[str, Any]) -> None:
    found.tests += answered_by.tests
    for pattern in answered_by.events:
        note_pattern(found, pattern, groups)


def note_leg(found: Interests, leg: Any, groups: dict[str, Any]) -> None:
    if isinstance(leg, EventCondition):
        note_pattern(found, leg.event, groups)
        return
    if isinstance(leg, InfusionCondition):
        found.infusion_spans.append(leg.infusion_within_days)
        return
    assert isinstance(leg, TestCondition)
    found.tests.append(leg.test)
    for bound in (leg.below, leg.at_most, leg.above, leg.at_least):
        if bound is not None:
            note_bound(found, leg.test, bound, leg.unit)
    for limit in (leg.below_limit, leg.above_limit):
        if limit is not None:
            found.limits.setdefault(leg.test, []).append((limit.limit, limit.times))
    for change, falling in ((leg.fall, True), (leg.rise, False)):
        if change is None:
            continue
        size = change.at_least if change.more_than is None else change.more_than
        if change.unit == "%":
            found.percents.setdefault(leg.test, []).append((falling, size))
        else:
            step = float(canonical(leg.test, size, change.unit))
            found.steps.setdefault(leg.test, []).append((falling, step))


def note_bound(found: Interests, test: str, bound: float, unit: str | None) -> None:
    found.tests.append(test)
    found.bounds.setdefault(test, []).append(float(canonical(test, bound, unit)))


def note_pattern(found: Interests, pattern: Any, groups: dict[str, Any]) -> None:
    kind = pattern.kind or "note"
    codes = set(pattern.codes)
    codes |= {code for code, of in groups.items() if set(of) & set(pattern.groups)}
    found.events += [(kind, code) for code in codes] or [(kind, None)]


def has_words(test: str) -> bool:
    """Presence and ordinal tests: their values are the numbers of words."""
    return catalogue().tests[test].kind != "number"
