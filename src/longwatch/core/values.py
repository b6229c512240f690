"""Reading one result as sent, text and unit, into a canonical value, or saying why not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from longwatch.core.catalogue import Factor, Test
from longwatch.core.catalogue_file import normal_words
from longwatch.core.held import HeldReason
from longwatch.core.numbers import Reading, read_number
from longwatch.core.units import rounded

_PERCENT = re.compile(r"%|percent|/100\s*(wbc|leuk)", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class ReadValue:
    """A result in the canonical unit.

    `comparator`: `<`, `<=`, `>`, `>=` or None; `value_high`: upper end of a range; `text`: as sent.
    """

    value: float
    comparator: str | None
    value_high: float | None
    text: str | None
    unit: str


@dataclass(frozen=True, slots=True)
class Refusal:
    """Why a result is held back: a word of `HeldReason`, the sentence, the remedy."""

    reason: str
    detail: str
    how: str


def read_value(
    test: Test, text: str, unit: str | None, *, decimal_comma: bool = False
) -> ReadValue | Refusal:
    """One result as sent, in the canonical unit of `test`; refused rather than guessed.

    Inputs:
        text: number, comparator number, range or word ("<5", "0-2", "1+", "not detected").
        unit: as sent; None or "" = missing.
        decimal_comma: this source writes 1,2 for one and two tenths.

    >>> from longwatch.core.catalogue import catalogue
    >>> read_value(catalogue().tests["platelets"], "< 5", "K/uL")
    ReadValue(value=5.0, comparator='<', value_high=None, text='< 5 K/uL', unit='10*9/L')
    >>> print(read_value(catalogue().tests["platelets"], "clumped", "K/uL").reason)
    not-a-value
    """
    sent = text.strip()
    spelling = (unit or "").strip()
    if not sent:
        return _refuse(HeldReason.MISSING_VALUE, f"{test.id} came without a value")
    as_sent = f"{sent} {spelling}".strip()
    word = test.words.get(normal_words(sent))
    if word is not None:
        return ReadValue(word, None, None, as_sent, test.unit)
    number = read_number(sent, decimal_comma=decimal_comma)
    if not isinstance(number, Reading):
        return _refuse(number.reason, f"{test.id}: {number.detail}")
    if number.high is not None and not test.ranges:
        return _refuse(
            HeldReason.NOT_A_VALUE,
            f"{test.id}: {sent!r} is a range; laboratories report {test.name.lower()} as a number",
        )
    if spelling in test.units:
        return _scaled(test, number, test.units[spelling], as_sent)
    if test.grades is not None and spelling in test.grades.units:
        return _graded(test, number, test.grades.units[spelling], as_sent)
    return _wrong_unit(test, spelling)


def _scaled(test: Test, number: Reading, factor: Factor, as_sent: str) -> ReadValue | Refusal:
    ends = [number.value] if number.high is None else [number.value, number.high]
    values = [factor.apply(end) for end in ends]
    if not all(test.is_plausible(float(value)) for value in values) or _is_empty(number):
        return _implausible(test, as_sent)
    canonical = [rounded(float(value)) for value in values]
    # "At least 3+" is what a graded amount comes to (_graded), and what we write of it.
    taken = (None, ">=") if test.grades is not None else (None,)
    is_grade = number.comparator in taken and set(canonical) <= set(test.words.values())
    if test.kind != "number" and not is_grade:
        return _refuse(
            HeldReason.NOT_A_VALUE, f"{test.id}: {as_sent!r} is not one of its grades or words"
        )
    high = canonical[1] if len(canonical) == 2 else None
    return ReadValue(canonical[0], number.comparator, high, as_sent, test.unit)


def _graded(test: Test, number: Reading, factor: Factor, as_sent: str) -> ReadValue | Refusal:
    """Grades both ends: what lies below 30 mg/dL is graded by what is just below it."""
    assert test.grades is not None
    low, high = test.grades.plausible
    ends = [number.value] if number.high is None else [number.value, number.high]
    amounts = [rounded(float(factor.apply(end))) for end in ends]
    if not all(low <= amount <= high for amount in amounts) or _is_empty(number):
        return _implausible(test, as_sent)
    lower, upper = test.grades.grade(amounts[0]), test.grades.grade(amounts[-1])
    match number.comparator:
        case "<":
            lower, upper = 0.0, test.grades.grade(amounts[0], reached=False)
        case "<=":
            lower = 0.0
        case ">" | ">=":
            return ReadValue(lower, ">=", None, as_sent, test.unit)
    return ReadValue(lower, None, upper if upper > lower else None, as_sent, test.unit)


def _is_empty(number: Reading) -> bool:
    """Whether no number at all fits ("<0": nothing here is below zero)."""
    return number.comparator == "<" and number.value == Decimal(0)


def _implausible(test: Test, as_sent: str) -> Refusal:
    low, high = test.plausible
    return _refuse(
        HeldReason.IMPLAUSIBLE_VALUE,
        f"{test.id}: {as_sent!r} is outside what a patient can have "
        f"({low:g} to {high:g} {test.unit})",
    )


def _wrong_unit(test: Test, unit: str) -> Refusal:
    if not unit:
        return _refuse(
            HeldReason.MISSING_UNIT, f"{test.id} came without a unit, and a unit is never guessed"
        )
    detail = f"{test.id}: unit {unit!r} is not one of this test"
    if _PERCENT.search(unit) and test.unit != "%":
        return Refusal(
            HeldReason.UNKNOWN_UNIT,
            f"{detail}: a percentage is another property",
            f"send the absolute value in {test.unit}",
        )
    return _refuse(HeldReason.UNKNOWN_UNIT, detail)


def _refuse(reason: HeldReason, detail: str) -> Refusal:
    return Refusal(reason, detail, reason.remedy)
