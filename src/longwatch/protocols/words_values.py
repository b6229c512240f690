"""Numbers, units, tests and lists in English, for the sentences of `words`."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Mapping

from longwatch.core.catalogue import catalogue

BOUNDS = {"at_least": "at least", "above": "above", "at_most": "at most", "below": "below"}
"""The bounds of a test condition, and their words."""

_MEETS = {
    "at_least": operator.ge,
    "above": operator.gt,
    "at_most": operator.le,
    "below": operator.lt,
}
_UNITS = {
    "10*9/L": "×10⁹/L",
    "/uL": "/µL",
    "umol/L": "µmol/L",
    "/[HPF]": "per high-power field",
    "m[IU]/L": "mIU/L",
    "[IU]/L": "IU/L",
    "[IU]/mL": "IU/mL",
    "[arb'U]/mL": "units/mL",
    "mm[Hg]": "mmHg",
    "mL/min/{1.73_m2}": "mL/min per 1.73 m²",
    "Cel": "°C",
}


def number_words(value: float, unit: str | None = None) -> str:
    """A number with its unit as people write it; annotations such as `{score}` are left out.

    >>> number_words(50, "10*9/L")
    '50 ×10⁹/L'
    >>> number_words(1.5, "{score}")
    '1.5'
    """
    shown = f"{value:.10g}"
    if not unit or (unit.startswith("{") and unit.endswith("}")):
        return shown
    return f"{shown} {_UNITS.get(unit, unit)}"


def test_words(test_id: str) -> str:
    """The name of a test inside a sentence; the id where the catalogue has none.

    >>> test_words("platelets"), test_words("cd4")
    ('platelets', 'CD4+ T cells')
    """
    test = catalogue().tests.get(test_id)
    if test is None:
        return test_id
    return inside(test.name)


def bounds_words(test_id: str, bounds: Mapping[str, float], unit: str | None) -> list[str]:
    """The bounds on one test; a test that is positive or negative by the words that meet them.

    >>> bounds_words("platelets", {"at_least": 50, "below": 100}, "10*9/L")
    ['at least 50 ×10⁹/L', 'below 100 ×10⁹/L']
    >>> bounds_words("hiv", {"at_least": 0.5}, "{presence}")
    ['indeterminate or positive']
    """
    test = catalogue().tests.get(test_id)
    if test is None or test.kind == "number" or not bounds:
        return [f"{BOUNDS[key]} {number_words(bound, unit)}" for key, bound in bounds.items()]
    names: dict[float, str] = {}
    for word, number in test.words.items():
        names.setdefault(number, word)
    if test.kind == "presence":
        meeting = [
            names[number]
            for number in sorted(names)
            if all(_MEETS[key](number, bound) for key, bound in bounds.items())
        ]
        return [listed(meeting, "or")]
    return [f"{BOUNDS[key]} {names.get(bound, f'{bound:g}')}" for key, bound in bounds.items()]


def inside(title: str) -> str:
    """A title as it is written inside a sentence: the first letter small unless the word is a name.

    >>> inside("Red cells in urine"), inside("HIV test")
    ('red cells in urine', 'HIV test')
    """
    first = title.split(" ")[0].split("-")[0]
    plain = first[1:].islower() or len(first) == 1
    return title[0].lower() + title[1:] if plain else title


def listed(words: Iterable[str], last: str = "and") -> str:
    """Words as a list in a sentence.

    >>> listed(["a", "b", "c"], "or")
    'a, b or c'
    """
    parts = list(words)
    if len(parts) < 2:
        return "".join(parts)
    return f"{', '.join(parts[:-1])} {last} {parts[-1]}"


def counted(count: int, unit: str) -> str:
    """A count with its unit in the right number.

    >>> counted(1, "day"), counted(7, "day")
    ('1 day', '7 days')
    """
    return f"{count} {unit}" if count == 1 else f"{count} {unit}s"


def months(count: int) -> str:
    """An interval of calendar months, after `every`.

    >>> months(1), months(3), months(12)
    ('month', '3 months', '12 months')
    """
    return "month" if count == 1 else f"{count} months"
