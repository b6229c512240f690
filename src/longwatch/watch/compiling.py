"""From a pack to its program: conditions flattened, numbers in canonical units, names as places."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from longwatch.core.catalogue import Catalogue, Test, catalogue
from longwatch.core.status import TIERS, Sex
from longwatch.core.units import unit_factors
from longwatch.protocols.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    EventCondition,
    EventPattern,
    InfusionCondition,
    Pack,
    TestCondition,
)
from longwatch.protocols.model.rules import Rule
from longwatch.watch.program import (
    ALL,
    ANY,
    AT_LEAST,
    AT_MOST_BOUND,
    BASELINE,
    BELOW_BOUND,
    CONCERNED,
    EVENT_LEG,
    INFUSION_LEG,
    MAX_ITEM_TESTS,
    NOT_CONCERNED,
    PREVIOUS,
    PUSH,
    SEXES,
    TEST_LEG,
    UNCLEAR,
    Activities,
    Legs,
    Program,
    Rulebook,
    Rules,
)
from longwatch.watch.window import wider

MOST_MATCHED = 10_000
"""Codes come from outside: beyond so many distinct ones they are matched anew each time."""


class Compiled(NamedTuple):
    """A program with the names that its numbers stand for."""

    program: Program
    pack: Pack
    tests: tuple[Test, ...]
    test_index: dict[str, int]
    patterns: tuple[EventPattern, ...]
    groups: dict[str, frozenset[str]]
    rules: tuple[Rule, ...]
    legs: tuple[Condition, ...]
    words: dict[str, Any]
    """Word lists that outcomes are written with, made once: by name, in the order of the codes."""
    matched: dict[tuple[str | None, str | None], np.ndarray]
    """What `matches` has answered: the same few codes come back with every patient."""

    def matches(self, kind: str | None, code: str | None) -> np.ndarray:
        """Which patterns an event of this kind and code meets, as 0/1 per pattern."""
        known = self.matched.get((kind, code))
        if known is None:
            known = np.array(
                [self._meets(pattern, kind, code) for pattern in self.patterns] or [False], np.uint8
            )
            if len(self.matched) < MOST_MATCHED:
                self.matched[kind, code] = known
        return known

    def _meets(self, pattern: EventPattern, kind: str | None, code: str | None) -> bool:
        if pattern.kind is not None and pattern.kind != kind:
            return False
        if not (pattern.codes or pattern.groups):
            return True
        return code in pattern.codes or any(
            code in self.groups.get(group, frozenset()) for group in pattern.groups
        )

    def factors(self, units: list[str | None]) -> tuple[np.ndarray, np.ndarray]:
        """Numerator and denominator [test, unit] to canonical units; NaN where not convertible."""
        return unit_factors([test.id for test in self.tests], units)


class _Builder:
    """Collects tests, patterns and legs while conditions are flattened."""

    def __init__(self, known: Catalogue) -> None:
        self.known = known
        self.tests: dict[str, int] = {}
        self.patterns: dict[EventPattern, int] = {}
        self.legs: list[Condition] = []

    def test(self, name: str) -> int:
        return self.tests.setdefault(name, len(self.tests))

    def pattern(self, pattern: EventPattern) -> int:
        return self.patterns.setdefault(pattern, len(self.patterns))

    def canonical(self, name: str, value: float, unit: str) -> float:
        """A bound of the pack in the canonical unit; packs are checked, so it converts."""
        factor = self.known.tests[name].units[unit]
        return round(float(value) * float(factor.num) / float(factor.den), 6)

    def flatten(self, condition: Condition) -> list[tuple[int, int, int]]:
        """Postfix steps of a condition; its leaves are appended to `legs`."""
        match condition:
            case AllOf(all=parts):
                return [*self._parts(parts), (ALL, len(parts), 0)]
            case AnyOf(any=parts):
                return [*self._parts(parts), (ANY, len(parts), 0)]
            case AtLeast(at_least=count, of=parts):
                return [*self._parts(parts), (AT_LEAST, len(parts), count)]
            case TestCondition(test=name):
                self.test(name)
            case EventCondition(event=pattern):
                self.pattern(pattern)
        self.legs.append(condition)
        return [(PUSH, len(self.legs) - 1, 0)]

    def _parts(self, parts: tuple[Condition, ...]) -> list[tuple[int, int, int]]:
        return [step for part in parts for step in self.flatten(part)]


_PROGRAMS: dict[int, Compiled] = {}
_MOST_PROGRAMS = 32


def compile_pack(pack: Pack) -> Compiled:
    """The program of a pack, made once per pack object.

    >>> from longwatch.protocols.load import load_protocol
    >>> compile_pack(load_protocol("alemtuzumab-us")).program.months
    48
    """
    # By identity: a pack cannot be hashed, and `Compiled` keeps it alive, so its id stays its own.
    if id(pack) not in _PROGRAMS:
        while len(_PROGRAMS) >= _MOST_PROGRAMS:
            _PROGRAMS.pop(next(iter(_PROGRAMS)))
        _PROGRAMS[id(pack)] = _compile(pack)
    return _PROGRAMS[id(pack)]


def _compile(pack: Pack) -> Compiled:
    builder = _Builder(catalogue())
    rules: tuple[Rule, ...] = (*pack.rules, *pack.red_flags)
    checks = (*pack.contraindications, *pack.withhold)
    activities = _activities(pack, builder)
    for part in pack.before_course:
        for name in part.answered_by.tests:
            builder.test(name)
        for pattern in (*part.answered_by.events, *part.too_late):
            builder.pattern(pattern)
    for period in pack.periods:
        if period.end.first_result is not None:
            builder.test(period.end.first_result.test)
    steps, rule_legs = [], []
    for condition in (*(rule.when for rule in rules), *(check.when for check in checks)):
        before = len(builder.legs)
        steps.append(builder.flatten(condition))
        rule_legs.append(list(range(before, len(builder.legs))))
    legs = _legs(builder)
    ids = list(builder.tests)
    tests = tuple(builder.known.tests[name] for name in ids)
    groups: dict[str, set[str]] = {}
    for symptom in pack.symptoms:
        for group in symptom.groups:
            groups.setdefault(group, set()).add(symptom.id)
    program = Program(
        activities=activities,
        book=Rulebook(
            legs=legs,
            rules=_rules(rules, steps, rule_legs, builder.legs),
            usual=np.array([_usual_limits(test) for test in tests]).reshape(-1, len(SEXES), 4),
            limited=_limited(legs, len(tests)),
        ),
        months=pack.watch.months_after_last_infusion,
        step_days=_ints(step.days_overdue for step in pack.escalation.steps),
        step_tier=_ints(TIERS.index(step.tier) for step in pack.escalation.steps),
        plausible=np.array([test.plausible for test in tests], float).reshape(-1, 2),
        grades=_grades(tests),
        zero=_ints(test.zero for test in tests),
        rule_count=len(rules),
        test_count=len(tests),
        tier_count=len(TIERS),
    )
    return Compiled(
        program=program,
        pack=pack,
        tests=tests,
        test_index=dict(builder.tests),
        patterns=tuple(builder.patterns),
        groups={name: frozenset(members) for name, members in groups.items()},
        rules=rules,
        legs=tuple(builder.legs),
        words={},
        matched={},
    )


def _ints(values: Any) -> np.ndarray:
    return np.array(list(values), np.int64)


def _ranks(names: Any) -> np.ndarray:
    listed = list(names)
    ordered = sorted(listed)
    return _ints(ordered.index(name) for name in listed)


def _offsets(lists: list[list[int]]) -> tuple[np.ndarray, np.ndarray]:
    ends = np.cumsum([0, *(len(part) for part in lists)])
    return _ints(ends), _ints([x for part in lists for x in part] or [0])


def _activities(pack: Pack, builder: _Builder) -> Activities:
    every = pack.recurring
    tests = [[builder.test(name) for name in part.answered_by.tests] for part in every]
    patterns = [[builder.pattern(event) for event in part.answered_by.events] for part in every]
    if any(len(names) > MAX_ITEM_TESTS for names in tests):
        raise ValueError(f"an activity may ask for at most {MAX_ITEM_TESTS} tests")
    applies = np.full((len(every), len(SEXES)), CONCERNED, np.int64)
    for row, part in enumerate(every):
        if part.applies_if is not None:
            for column, sex in enumerate(SEXES):
                concerned, unclear = part.applies_if.sex, part.applies_if.unclear
                applies[row, column] = (
                    CONCERNED if sex in concerned else UNCLEAR if sex in unclear else NOT_CONCERNED
                )
    stops = [part.stops_when for part in every]
    tests_at, flat_tests = _offsets(tests)
    patterns_at, flat_patterns = _offsets(patterns)
    return Activities(
        every=_ints(part.every_months for part in every),
        first_item=_ints(part.first_item for part in every),
        early=_ints(part.early for part in every),
        grace=_ints(part.grace for part in every),
        per_course=_ints(part.anchor == "course" for part in every),
        stop_test=_ints(-1 if stop is None else builder.test(stop.test) for stop in stops),
        stop_at_least=np.array(
            [
                np.nan if stop is None else builder.canonical(stop.test, stop.at_least, stop.unit)
                for stop in stops
            ],
            float,
        ),
        applies=applies,
        tests_at=tests_at,
        tests=flat_tests,
        patterns_at=patterns_at,
        patterns=flat_patterns,
        order=_ranks(part.id for part in every),
    )


def _legs(builder: _Builder) -> Legs:
    count = max(len(builder.legs), 1)
    legs = Legs(
        kind=np.zeros(count, np.int64),
        test=np.full(count, -1, np.int64),
        pattern=np.full(count, -1, np.int64),
        days=np.zeros(count, np.int64),
        bounds=np.full((count, 4), np.nan),
        limits=np.full((count, 2, 2), -1.0),
        changes=np.full((count, 2, 4), np.nan),
        new=np.zeros(count, np.int64),
        consecutive=np.ones(count, np.int64),
        context=np.zeros(count, np.int64),
        most=np.full(count, np.inf),
        least=np.full(count, -np.inf),
        relative=np.zeros(count, np.int64),
    )
    for row, leg in enumerate(builder.legs):
        match leg:
            case TestCondition():
                _fill_test_leg(legs, row, leg, builder)
            case EventCondition(event=pattern):
                legs.kind[row] = EVENT_LEG
                legs.pattern[row] = builder.pattern(pattern)
            case InfusionCondition(infusion_within_days=days):
                legs.kind[row] = INFUSION_LEG
                legs.days[row] = days
    return legs


def _fill_test_leg(legs: Legs, row: int, leg: TestCondition, builder: _Builder) -> None:
    legs.kind[row] = TEST_LEG
    legs.test[row] = builder.test(leg.test)
    legs.new[row] = leg.new
    legs.consecutive[row] = leg.consecutive
    legs.context[row] = leg.context
    for column, bound in enumerate((leg.below, leg.at_most, leg.above, leg.at_least)):
        if bound is not None:
            number = builder.canonical(leg.test, bound, leg.unit or "")
            legs.bounds[row, column] = number
            if column in (BELOW_BOUND, AT_MOST_BOUND):
                legs.most[row] = min(legs.most[row], wider(number, True))
            else:
                legs.least[row] = max(legs.least[row], wider(number, False))
    for side, limit in enumerate((leg.below_limit, leg.above_limit)):
        if limit is not None:
            legs.limits[row, side] = (("low", "high").index(limit.limit), limit.times)
            legs.relative[row] = 1
    for kind, change in enumerate((leg.fall, leg.rise)):
        if change is not None:
            amount, strict = change.amount
            percent = change.unit == "%"
            size = amount if percent else builder.canonical(leg.test, amount, change.unit)
            against = BASELINE if change.against == "baseline" else PREVIOUS
            legs.changes[row, kind] = (size, percent, strict, against)
            legs.relative[row] = 1


def _rules(
    rules: tuple[Rule, ...],
    steps: list[list[tuple[int, int, int]]],
    rule_legs: list[list[int]],
    legs: list[Condition],
) -> Rules:
    code_at = _ints(np.cumsum([0, *(len(part) for part in steps)]))
    legs_at, flat_legs = _offsets(rule_legs)
    simple = [len(part) == 1 and isinstance(legs[part[0]], TestCondition) for part in rule_legs]
    return Rules(
        code_at=code_at,
        code=np.array([step for part in steps for step in part] or [(0, 0, 0)], np.int64),
        within=_ints(rule.within_days for rule in rules),
        tier=_ints(TIERS.index(rule.tier) for rule in rules),
        counts=_ints(not rule.marks_only for rule in rules),
        legs_at=legs_at,
        legs=flat_legs,
        simple=_ints(simple),
        order=_ranks(rule.id for rule in rules),
    )


def _limited(legs: Legs, tests: int) -> np.ndarray:
    limited = np.zeros((tests, 2), np.int64)
    leg, side = np.nonzero(legs.limits[:, :, 0] >= 0)
    limited[legs.test[leg], legs.limits[leg, side, 0].astype(np.int64)] = 1
    return limited


def _grades(tests: tuple[Test, ...]) -> np.ndarray:
    allowed = [sorted(set(test.words.values())) if test.kind != "number" else [] for test in tests]
    width = max((len(values) for values in allowed), default=0) + 1
    return np.array([values + [np.nan] * (width - len(values)) for values in allowed], float)


def _usual_limits(test: Test) -> list[list[float]]:
    """Per sex the intervals of usual low and high limits; both sexes together when unclear."""

    def span(sexes: tuple[str, ...], side: str) -> list[float]:
        ranges = [getattr(test.limits[sex], side) for sex in sexes if sex in test.limits]
        known = [limits for limits in ranges if limits is not None]
        if not known:
            return [np.nan, np.nan]
        return [min(low for low, _ in known), max(high for _, high in known)]

    both = (str(Sex.FEMALE), str(Sex.MALE))
    concerned = {Sex.FEMALE: (str(Sex.FEMALE),), Sex.MALE: (str(Sex.MALE),)}
    return [
        span(concerned.get(sex, both), "low") + span(concerned.get(sex, both), "high")
        for sex in SEXES
    ]
