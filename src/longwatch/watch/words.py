"""A finding in the words of a clinic: rounded as the test is reported, signs written out."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from longwatch.core.catalogue import Test, catalogue
from longwatch.protocols.words_values import inside, number_words

_SIGNS = (
    (">=", "at least"),
    ("<=", "at most"),
    (">", "above"),
    ("<", "below"),
)
_SENT = re.compile(r"; reported as (\S+)")
_TAKEN = re.compile(r"; taken (\d{4}-\d\d-\d\d)")
_CHANGE = re.compile(r"(fall|rise) (>=?) (\S+ \S+) against (baseline|previous)")
_LIMIT = re.compile(r"(?:(\S+) x )?(low|high) limit")
_NUMBER = re.compile(r"(?<![\d.-])\d+\.\d+(?![\d-])")
_TURNED = {"fall": "down by", "rise": "up by"}
_AGAINST = {"baseline": "from baseline", "previous": "from the value before"}
_LIMITS = {"low": "lower limit", "high": "upper limit"}

_ABBREVIATION = 4


def finding_words(finding: Mapping[str, Any], title: str) -> str:
    """One finding in one line.

    Inputs:
        finding: a row of `findings`.
        title: the rule's title.

    >>> finding_words({"rule": "PLT-3", "test": "platelets", "value": 82.0, "unit": "10*9/L",
    ...     "date": "2026-11-16", "compared_with": ">= 50, < 100", "undecided": False,
    ...     "preliminary": False}, "Platelets 50 to below 100")
    'PLT-3 Platelets 50 to below 100: platelets 82 ×10⁹/L on 2026-11-16 (at least 50, below 100)'
    >>> finding_words({"rule": "PLT-1", "test": "platelets", "value": 38.0, "unit": "10*9/L",
    ...     "date": "2026-11-20", "compared_with": "< 50; taken 2026-11-19", "undecided": False,
    ...     "preliminary": False}, "Below 50 with bleeding")
    'PLT-1 Below 50 with bleeding: platelets 38 ×10⁹/L on 2026-11-19, found 2026-11-20 (below 50)'
    """
    doubt = "possible: " if finding["undecided"] else ""
    head = f"{finding['rule']} {doubt}{title}"
    if finding["test"] is None or finding["value"] is None:
        return f"{head}: reported on {finding['date']}"
    compared = finding["compared_with"] or ""
    shown = value_words(finding["test"], finding["value"], finding["unit"], compared)
    words = compared_words(compared, finding["test"])
    taken = _TAKEN.search(compared)
    day = f"{taken[1]}, found {finding['date']}" if taken else finding["date"]
    return f"{head}: {shown} on {day}" + (f" ({words})" if words else "")


def value_words(test_id: str, value: float, unit: str | None, compared: str = "") -> str:
    """A test with its value and unit as a laboratory prints them; `<0.02` keeps its sign."""
    test = catalogue().tests.get(test_id)
    name = _name(test_id)
    if test is not None and test.kind != "number":
        return f"{name} {_graded(test, value)}"
    sent = _SENT.search(compared)
    sign = re.match(r"[<>]=?", sent.group(1)) if sent else None
    number = rounded(test_id, value, compared)
    shown = number_words(0, unit).partition(" ")[2]
    return f"{name} {sign.group() if sign else ''}{number}" + (f" {shown}" if shown else "")


def _name(test_id: str) -> str:
    """What a clinic calls a test: `TSH`, `ALT`, `CD4`, else the catalogue's name."""
    test = catalogue().tests.get(test_id)
    if len(test_id) <= _ABBREVIATION:
        return test_id.upper()
    return test_id if test is None else inside(test.name)


def rounded(test_id: str, value: float, beside: str = "") -> str:
    """A number with the decimals of its test; more where rounding would hide what was judged.

    >>> rounded("creatinine", 140.5878)
    '141'
    >>> rounded("platelets", 99.6, "at least 50, below 100")
    '99.6'
    """
    test = catalogue().tests.get(test_id)
    decimals = 2 if test is None else test.decimals
    bounds = {float(number) for number in re.findall(r"(?<![\d-])\d+(?:\.\d+)?(?![\d-])", beside)}
    while decimals < 6:
        shown = f"{value:.{decimals}f}"
        if float(shown) == value or float(shown) not in bounds:
            break
        decimals += 1
    else:
        shown = f"{value:g}"
    return shown.rstrip("0").rstrip(".") if "." in shown else shown


def compared_words(compared: str, test_id: str) -> str:
    """What a finding was held against, in words.

    >>> compared_words("rise > 30 % against baseline: 90.1884 on 2024-05-10", "creatinine")
    'up by more than 30 % from baseline: 90 on 2024-05-10'
    >>> compared_words("> 3 x high limit (150)", "alt")
    'above 3 times the upper limit: 150'
    """
    text = _TAKEN.sub("", _SENT.sub("", compared))
    test = catalogue().tests.get(test_id)
    if test is not None and test.kind != "number":
        return "not yet final" if "preliminary" in text else ""
    text = _CHANGE.sub(_change, text)
    text = re.sub(r"(limit) \((\S+)\)", r"\1: \2", text)
    text = _LIMIT.sub(_limit, text)
    for sign, word in _SIGNS:
        text = re.sub(rf"(^|[\s(]){re.escape(sign)} ", rf"\1{word} ", text)
    text = text.replace("; preliminary", "; not yet final")
    return _NUMBER.sub(lambda found: rounded(test_id, float(found.group())), text)


def _change(found: re.Match[str]) -> str:
    turned, sign, amount, against = found.groups()
    if amount.startswith("0 "):
        return f"{_TURNED[turned].split()[0]} {_AGAINST[against]}"
    more = "more than" if sign == ">" else "at least"
    return f"{_TURNED[turned]} {more} {amount} {_AGAINST[against]}"


def _limit(found: re.Match[str]) -> str:
    times, which = found.groups()
    return f"{times} times the {_LIMITS[which]}" if times else f"the {_LIMITS[which]}"


def _graded(test: Test, value: float) -> str:
    """The word for a grade or a presence; the number where there is none."""
    for word, number in test.words.items():
        if number == value:
            return word
    return f"{value:g}"
