"""From what a laboratory sent to the columns of `results`: value, limits, words as sent."""

from __future__ import annotations

import re
from dataclasses import replace
from decimal import Decimal, InvalidOperation
from functools import lru_cache

from longwatch.core.catalogue import Test, catalogue
from longwatch.core.units import rounded
from longwatch.core.values import ReadValue, Refusal, read_value
from longwatch.exchange.intake import ResultFact
from longwatch.exchange.shelf import Row

_PLAIN = re.compile(r"[+-]?\d+(\.\d+)?")
_HIGH, _LOW = frozenset({"H", "HH", "HU", ">"}), frozenset({"L", "LL", "LU", "<"})
_JUDGED = _HIGH | _LOW | {"N"}


def read_result(test: Test, fact: ResultFact) -> tuple[Row, Refusal | None]:
    """The row of `results` for one fact (without patient, source and times), and what is wrong.

    With a refusal the row has no value; text and unit are as sent. A cancelled result needs no
    readable value: what came in its place is kept as text.
    """
    row: Row = {
        "date": fact.date,
        "test": test.id,
        "value": None,
        "comparator": None,
        "value_high": None,
        "text": None,
        "unit": test.unit,
        "low": limit(test.id, fact.low, fact.unit, fact.decimal_comma),
        "high": limit(test.id, fact.high, fact.unit, fact.decimal_comma),
        "status": fact.status,
        "sent_value": fact.value or None,
        "sent_unit": fact.unit,
        "flag": fact.flag,
        "note": _note(fact),
    }
    if fact.unfit is None:
        read = _read(test.id, fact.value, fact.unit, fact.decimal_comma)
    else:
        reason, detail, how = fact.unfit
        read = Refusal(reason, f"{test.id}: {detail}", how or reason.remedy)
    if isinstance(read, Refusal):
        row["text"] = fact.value or None
        if fact.status == "cancelled":
            return row, None
        row["unit"] = (fact.unit or "").strip() or None
        return row, read
    row["value"] = read.value
    row["comparator"] = read.comparator
    row["value_high"] = read.value_high
    row["text"] = read.text
    return row, None


@lru_cache(maxsize=65_536)
def _read(test: str, text: str, unit: str | None, comma: bool) -> ReadValue | Refusal:
    """The value; its text only where it says more than a plain number."""
    read = read_value(catalogue().tests[test], text, unit, decimal_comma=comma)
    if isinstance(read, Refusal):
        return read
    plain = _PLAIN.fullmatch(text.strip()) is not None
    return replace(read, text=None if plain else read.text or text.strip())


@lru_cache(maxsize=8_192)
def limit(test: str, sent: str | None, unit: str | None, comma: bool) -> float | None:
    """One of the laboratory's limits in the canonical unit; None when it cannot be converted.

    A limit is no measurement: it may be 0 or beyond every patient, so its size is not judged.

    >>> limit("platelets", "150000", "/uL", False)
    150.0
    """
    factor = catalogue().tests[test].units.get((unit or "").strip())
    if sent is None or factor is None:
        return None
    text = sent.strip().replace(",", ".") if comma else sent.strip()
    try:
        number = Decimal(text) if _PLAIN.fullmatch(text) else None
    except InvalidOperation:
        number = None
    return None if number is None else rounded(float(factor.apply(number)))


def contradiction(row: Row) -> str:
    """How the laboratory's flag contradicts its own limits; '' when it does not.

    >>> contradiction({"test": "alt", "value": 30.0, "high": 40.0, "flag": "HH", "unit": "U/L"})
    'flagged HH, but alt 30 U/L is not above its limit 40'
    """
    value, flag = row.get("value"), (row.get("flag") or "").upper()
    if flag not in _JUDGED or value is None:
        return ""
    if row.get("comparator") or row.get("value_high") is not None:
        return ""
    low, high = row.get("low"), row.get("high")
    shown = f"{row['test']} {value:g} {row['unit']}"
    if flag in _HIGH and high is not None and value <= high:
        return f"flagged {flag}, but {shown} is not above its limit {high:g}"
    if flag in _LOW and low is not None and value >= low:
        return f"flagged {flag}, but {shown} is not below its limit {low:g}"
    if flag == "N" and high is not None and value > high:
        return f"flagged normal, but {shown} is above its limit {high:g}"
    if flag == "N" and low is not None and value < low:
        return f"flagged normal, but {shown} is below its limit {low:g}"
    return ""


def _note(fact: ResultFact) -> str | None:
    parts = [fact.note]
    if fact.range_text and fact.low is None and fact.high is None:
        parts.append(f"range as sent: {fact.range_text}")
    if fact.default_unit:
        parts.append("unit from the mapping")
    return "; ".join(filter(None, parts)) or None
