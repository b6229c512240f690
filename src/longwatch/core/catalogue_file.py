"""The shape of `tests.yaml`, checked strictly: unknown keys and tables, numbers without source."""

from __future__ import annotations

import re
from datetime import date
from typing import Annotated, Literal, get_args

from pydantic import BaseModel, ConfigDict, Field, model_validator

Verified = Literal["yes", "recalled", "proposal"]
Span = tuple[float, float]
LoincCode = Annotated[str, Field(pattern=r"^\d{1,7}-\d$")]
FactorText = Annotated[str, Field(pattern=r"^\d+(\.\d+)?(/\d+(\.\d+)?)?$")]
Covered = Literal["loinc", "unit", "units", "limits", "plausible", "decimals", "words", "grades"]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")


class Source(_Part):
    """A document that evidence points to."""

    title: str
    kind: Literal["standard", "design", "paper", "label"]
    where: str


class Evidence(_Part):
    """Where numbers come from and whether somebody read them there."""

    source: str
    place: Annotated[str, Field(min_length=1)]
    verified: Verified
    last_checked_on: date
    covers: tuple[Covered, ...] = ()


class UnitTable(_Part):
    """Spellings of units by their exact factor to the canonical unit of the tests that use it."""

    evidence: Evidence
    units: dict[FactorText, tuple[str, ...]]


class SexLimits(_Part):
    """Each limit is an interval: between the lowest and the highest that laboratories print."""

    low: Span | None = None
    high: Span | None = None


class LimitsEntry(_Part):
    """Limits for `any` sex, or for `female` and `male`; `unit` if not the canonical one."""

    unit: str | None = None
    any: SexLimits | None = None
    female: SexLimits | None = None
    male: SexLimits | None = None

    @model_validator(mode="after")
    def _either_any_or_both(self) -> LimitsEntry:
        if (self.any is None) == (self.female is None) or (self.female is None) != (
            self.male is None
        ):
            raise ValueError("limits need either `any`, or `female` and `male`")
        return self


class GradesEntry(_Part):
    """Cut-offs that turn an amount into a grade: the last step whose cut-off is reached counts."""

    units: tuple[str, ...]
    plausible: Span
    steps: tuple[Span, ...]


class TestEntry(_Part):
    """One test as written in the file."""

    __test__ = False

    name: Annotated[str, Field(min_length=1)]
    kind: Literal["number", "ordinal", "presence"]
    unit: str
    decimals: Annotated[int, Field(ge=0, le=6)]
    units: Annotated[tuple[str, ...], Field(min_length=1)]
    plausible: Span
    zero: bool = False
    ranges: bool = False
    words: tuple[str, ...] = ()
    grades: GradesEntry | None = None
    limits: LimitsEntry | None = None
    loinc: dict[LoincCode, Verified]
    aliases: tuple[str, ...] = ()
    evidence: tuple[Evidence, ...] = ()


class CatalogueFile(_Part):
    """The whole file, and the checks that need more than one test of it."""

    last_checked_on: date
    sources: dict[str, Source]
    evidence: tuple[Evidence, ...]
    unit_tables: dict[str, UnitTable]
    word_tables: dict[str, dict[str, tuple[str, ...]]]
    tests: dict[Annotated[str, Field(pattern=r"^[a-z][a-z0-9_]*$")], TestEntry]

    @model_validator(mode="after")
    def _coherent(self) -> CatalogueFile:
        faults = [*self._unknown_names(), *self._uncovered(), *self._codes()]
        if faults:
            raise ValueError("; ".join(faults))
        return self

    def _unknown_names(self) -> list[str]:
        faults = []
        for test_id, test in self.tests.items():
            asked = [*test.units, *(test.grades.units if test.grades else ())]
            faults += [
                f"{test_id}: no unit table {t!r}" for t in asked if t not in self.unit_tables
            ]
            faults += [
                f"{test_id}: no word table {t!r}" for t in test.words if t not in self.word_tables
            ]
            if not test.plausible[0] < test.plausible[1]:
                faults.append(f"{test_id}: plausible is not an interval")
        everywhere = [
            *self.evidence,
            *(table.evidence for table in self.unit_tables.values()),
            *(evidence for test in self.tests.values() for evidence in test.evidence),
        ]
        faults += [f"no source {e.source!r}" for e in everywhere if e.source not in self.sources]
        return faults

    def _uncovered(self) -> list[str]:
        general = {field for evidence in self.evidence for field in evidence.covers}
        return [
            f"{test_id}.{field} has no evidence"
            for test_id, test in self.tests.items()
            for field in sorted(test.model_fields_set & set(get_args(Covered)))
            if field not in general
            and not any(field in evidence.covers for evidence in test.evidence)
        ]

    def _codes(self) -> list[str]:
        faults = []
        owner: dict[str, str] = {}
        for test_id, test in self.tests.items():
            for code in test.loinc:
                if not _check_digit_is_right(code):
                    faults.append(f"{test_id}: LOINC {code} has a wrong check digit")
                if owner.setdefault(code, test_id) != test_id:
                    faults.append(f"LOINC {code} belongs to {owner[code]} and to {test_id}")
            faults += [
                f"alias {alias!r} belongs to {owner[alias]} and to {test_id}"
                for alias in {normal_words(text) for text in (test_id, test.name, *test.aliases)}
                if owner.setdefault(alias, test_id) != test_id
            ]
        return faults


def normal_words(text: str) -> str:
    """Letters' case and runs of white space taken out of a comparison.

    >>> normal_words("  Not   Detected ")
    'not detected'
    """
    return re.sub(r"\s+", " ", text.strip()).casefold()


def _check_digit_is_right(code: str) -> bool:
    body, digit = code.split("-")
    total = 0
    for place, character in enumerate(reversed(body)):
        doubled = int(character) * (1 if place % 2 else 2)
        total += doubled // 10 + doubled % 10
    return (10 - total % 10) % 10 == int(digit)
