"""Reading a number as laboratories write it, exactly or not at all.

`float()` drops "<5", takes "1_000", "nan" and full-width digits, and reads 1,200 never: each of
these has cost a result somewhere. Here a text is one number, one interval, or refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from longwatch.core.held import HeldReason

_LONGEST = 60
_COMPARATORS = {
    "<": "<",
    "<=": "<=",
    "=<": "<=",
    "≤": "<=",
    ">": ">",
    ">=": ">=",
    "=>": ">=",
    "≥": ">=",
    "=": None,
    "less than": "<",
    "below": "<",
    "greater than": ">",
    "more than": ">",
    "above": ">",
    "less than or equal to": "<=",
    "greater than or equal to": ">=",
    "at least": ">=",
    "at most": "<=",
}
_COMPARATOR = re.compile(
    "|".join(re.escape(sign) for sign in sorted(_COMPARATORS, key=len, reverse=True)), re.IGNORECASE
)
_FLAG = re.compile(r"(?:\s+\(?(?:HH|H|LL|L)\)?|\s*[*#!])+$")
_PLAIN = re.compile(r"(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,2})?")
_GROUPED = re.compile(r"[0-9][0-9.,' \u00a0\u2009\u202f]*[0-9]")
_RANGE = re.compile(r"([0-9.,eE]+)\s*(?:-|–|to)\s*([0-9.,eE]+)", re.IGNORECASE)
_NEGATIVE = re.compile(r"[-−–][0-9.]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """A number, with its comparator if any; `high` is the upper end of a range."""

    value: Decimal
    comparator: str | None = None
    high: Decimal | None = None


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Why a text is no number."""

    reason: HeldReason
    detail: str


def read_number(text: str, *, decimal_comma: bool = False) -> Reading | Unreadable:
    """The number, comparator number or range that `text` says.

    Inputs:
        text: as sent. A flag written behind it (`H`, `LL`, `*`, `#`) is ignored.
        decimal_comma: this source writes 1,2 for one and two tenths.

    >>> read_number("< 0.02")
    Reading(value=Decimal('0.02'), comparator='<', high=None)
    >>> read_number("1,200").reason.value
    'ambiguous-number'
    >>> read_number("1,2", decimal_comma=True).value
    Decimal('1.2')
    """
    stripped = text.strip()
    if not stripped or len(stripped) > _LONGEST:
        return Unreadable(HeldReason.NOT_A_VALUE, f"{_short(stripped)} is not a number")
    bare = _FLAG.sub("", stripped) or stripped
    sign = _COMPARATOR.match(bare)
    comparator = _COMPARATORS[sign.group().lower()] if sign else None
    rest = bare[sign.end() :].strip() if sign else bare
    if both := _RANGE.fullmatch(rest):
        return _range(stripped, both, sign is not None, decimal_comma)
    number = _single(rest, stripped, decimal_comma)
    return number if isinstance(number, Unreadable) else Reading(number, comparator)


def _range(
    text: str, both: re.Match[str], has_sign: bool, decimal_comma: bool
) -> Reading | Unreadable:
    low, high = (_single(end, text, decimal_comma) for end in both.groups())
    for end in (low, high):
        if isinstance(end, Unreadable):
            return end
    if has_sign or isinstance(low, Unreadable) or isinstance(high, Unreadable) or low > high:
        return Unreadable(HeldReason.NOT_A_VALUE, f"{_short(text)} is not a range")
    return Reading(low, high=high)


def _single(text: str, whole: str, decimal_comma: bool) -> Decimal | Unreadable:
    if decimal_comma and "." not in text:
        plain = text.replace(",", ".") if text.count(",") == 1 else text
    elif decimal_comma:
        plain = _unambiguous_thousands(text)
    else:
        plain = text
    if _PLAIN.fullmatch(plain):
        return Decimal(plain)
    if _GROUPED.fullmatch(text):
        return Unreadable(
            HeldReason.AMBIGUOUS_NUMBER,
            f"{_short(whole)} can be read in two ways (decimal sign or thousands)",
        )
    if _NEGATIVE.fullmatch(text):
        return Unreadable(
            HeldReason.IMPLAUSIBLE_VALUE, f"{_short(whole)} is below zero, no test here can be"
        )
    return Unreadable(HeldReason.NOT_A_VALUE, f"{_short(whole)} is not a number")


def _unambiguous_thousands(text: str) -> str:
    """`1.234,5` as `1234.5`; `1.234` stays ambiguous and is left as a grouped number."""
    if re.fullmatch(r"[0-9]{1,3}(?:\.[0-9]{3})+,[0-9]+", text):
        return text.replace(".", "").replace(",", ".")
    return text.replace(".", ",")


def _short(text: str) -> str:
    return repr(text if len(text) <= _LONGEST else text[:_LONGEST] + "…")
