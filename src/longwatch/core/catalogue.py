"""The catalogue of laboratory tests: codes, units, plausible sizes, limits, from `tests.yaml`."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from functools import cache
from importlib.resources import files
from types import MappingProxyType
from typing import Any

from longwatch.core.catalogue_file import (
    CatalogueFile,
    Evidence,
    SexLimits,
    TestEntry,
    normal_words,
)
from longwatch.core.status import Sex

Interval = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Factor:
    """An exact ratio: canonical value = value × num ÷ den.

    >>> Factor(Decimal(1), Decimal(1000)).apply(Decimal(25000))
    Decimal('25')
    """

    num: Decimal
    den: Decimal

    def apply(self, value: Decimal) -> Decimal:
        """`value` in the canonical unit."""
        return value * self.num / self.den


@dataclass(frozen=True, slots=True)
class Limits:
    """Usual limits in the canonical unit, each an interval over what laboratories print."""

    low: Interval | None = None
    high: Interval | None = None


@dataclass(frozen=True, slots=True)
class Grades:
    """How an amount becomes a grade: the last of `steps` (cut-off, grade) that is reached, else 0.

    `units` are factors to the unit of the cut-offs, `plausible` is in that unit.
    """

    units: Mapping[str, Factor]
    plausible: Interval
    steps: tuple[Interval, ...]

    def grade(self, amount: float, *, reached: bool = True) -> float:
        """The grade of `amount`, or of amounts just below it when not `reached`."""
        best = 0.0
        for cut, grade in self.steps:
            if amount > cut or (reached and amount == cut):
                best = grade
        return best


@dataclass(frozen=True, slots=True)
class Test:
    """One test of the catalogue.

    Inputs:
        units: every accepted spelling of a unit, letter for letter, with its factor.
        plausible: closed interval in the canonical unit; `zero`: 0 is plausible besides.
        ranges: laboratories report it as a range ("0-2").
        words: words for a result, in `normal_words` form, with their number.
        limits: for every sex; `other` and `unknown` span both sexes.
    """

    __test__ = False

    id: str
    name: str
    kind: str
    unit: str
    decimals: int
    units: Mapping[str, Factor]
    plausible: Interval
    zero: bool = False
    ranges: bool = False
    words: Mapping[str, float] = field(default_factory=dict)
    grades: Grades | None = None
    limits: Mapping[str, Limits] = field(default_factory=dict)
    loinc: tuple[str, ...] = ()
    loinc_verified: Mapping[str, str] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()

    @property
    def has_dimension(self) -> bool:
        """Whether a number without a unit means nothing for this test."""
        return "" not in self.units

    def is_plausible(self, value: float) -> bool:
        """Whether a patient can have this value (canonical unit); NaN never.

        >>> catalogue().tests["platelets"].is_plausible(0.25)
        False
        """
        return self.plausible[0] <= value <= self.plausible[1] or (self.zero and value == 0)


@dataclass(frozen=True, slots=True)
class Catalogue:
    """All tests, and the ways to find one."""

    tests: Mapping[str, Test]
    _by_loinc: Mapping[str, str]
    _by_alias: Mapping[str, str]

    def by_loinc(self, code: str) -> Test | None:
        """The test that this LOINC code names, if it is watched.

        >>> catalogue().by_loinc("777-3").id
        'platelets'
        """
        return self.tests.get(self._by_loinc.get(code.strip(), ""))

    def by_alias(self, text: str) -> Test | None:
        """The test that laboratories call `text` (letters' case does not matter).

        >>> catalogue().by_alias("platelet count").id
        'platelets'
        """
        return self.tests.get(self._by_alias.get(normal_words(text), ""))


@cache
def catalogue() -> Catalogue:
    """The shipped catalogue, read and checked once per process.

    >>> catalogue().tests["creatinine"].unit
    'umol/L'
    """
    text = files("longwatch.core").joinpath("tests.yaml").read_text(encoding="utf-8")
    return build(read_file(text))


def read_file(text: str) -> CatalogueFile:
    """Parses and checks the text of a catalogue file.

    Raises:
        pydantic.ValidationError: with every mistake found.
    """
    import yaml
    import yamlcore

    data: Any = yaml.load(text, Loader=yamlcore.CCoreLoader)  # noqa: S506 (builds plain data only)
    return CatalogueFile.model_validate_json(json.dumps(data))


def build(file: CatalogueFile) -> Catalogue:
    """Turns the checked file into tests with resolved tables, limits and evidence."""
    tests = {test_id: _build_test(test_id, entry, file) for test_id, entry in file.tests.items()}
    by_alias: dict[str, str] = {}
    for test in tests.values():
        by_alias.update(
            {normal_words(text): test.id for text in (test.id, test.name, *test.aliases)}
        )
    return Catalogue(
        tests=MappingProxyType(tests),
        _by_loinc={code: test.id for test in tests.values() for code in test.loinc},
        _by_alias=by_alias,
    )


def _build_test(test_id: str, entry: TestEntry, file: CatalogueFile) -> Test:
    units = _factors(entry.units, file)
    words = _words(entry.words, file)
    grades = None
    tables = [*entry.units]
    if entry.grades is not None:
        tables += entry.grades.units
        grades = Grades(
            _factors(entry.grades.units, file), entry.grades.plausible, entry.grades.steps
        )
    return Test(
        id=test_id,
        name=entry.name,
        kind=entry.kind,
        unit=entry.unit,
        decimals=entry.decimals,
        units=units,
        plausible=entry.plausible,
        zero=entry.zero,
        ranges=entry.ranges,
        words=words,
        grades=grades,
        limits=_limits(entry, units),
        loinc=tuple(entry.loinc),
        loinc_verified=dict(entry.loinc),
        aliases=entry.aliases,
        evidence=(
            *entry.evidence,
            *(file.unit_tables[table].evidence for table in tables),
            *file.evidence,
        ),
    )


def _words(tables: tuple[str, ...], file: CatalogueFile) -> Mapping[str, float]:
    words: dict[str, float] = {}
    for table in tables:
        for number, spellings in file.word_tables[table].items():
            for word in map(normal_words, spellings):
                if words.setdefault(word, float(number)) != float(number):
                    raise ValueError(f"word {word!r} has two numbers in {tables}")
    return MappingProxyType(words)


def _factors(tables: tuple[str, ...], file: CatalogueFile) -> Mapping[str, Factor]:
    factors: dict[str, Factor] = {}
    for table in tables:
        for ratio, spellings in file.unit_tables[table].units.items():
            num, _, den = ratio.partition("/")
            factor = Factor(Decimal(num), Decimal(den or "1"))
            for spelling in spellings:
                if factors.setdefault(spelling, factor) != factor:
                    raise ValueError(f"unit {spelling!r} has two factors in {tables}")
    return MappingProxyType(factors)


def _limits(entry: TestEntry, units: Mapping[str, Factor]) -> Mapping[str, Limits]:
    if entry.limits is None:
        return {}
    factor = units[entry.limits.unit or entry.unit]

    def canonical(interval: Interval | None) -> Interval | None:
        if interval is None:
            return None
        low, high = (round(float(factor.apply(Decimal(str(end)))), 6) for end in interval)
        return low, high

    def of(part: SexLimits | None) -> Limits:
        part = part or entry.limits.any or SexLimits()  # type: ignore[union-attr]
        return Limits(canonical(part.low), canonical(part.high))

    female, male = of(entry.limits.female), of(entry.limits.male)
    either = Limits(_hull(female.low, male.low), _hull(female.high, male.high))
    return {Sex.FEMALE: female, Sex.MALE: male, Sex.OTHER: either, Sex.UNKNOWN: either}


def _hull(one: Interval | None, other: Interval | None) -> Interval | None:
    if one is None or other is None:
        return None
    return min(one[0], other[0]), max(one[1], other[1])
