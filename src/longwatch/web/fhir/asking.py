"""What a search asks: its parameters read strictly, since one that is ignored shows too much."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import or_
from typing import Any

from django.db.models import Q

from longwatch.feed.fhir_words import RefusedError

COUNT, AFTER, SORT, TOTAL, FORMAT = "_count", "_after", "_sort", "_total", "_format"
_OF_EVERY_SEARCH = frozenset({COUNT, AFTER, SORT, TOTAL, FORMAT})
_USUAL, _MOST = 50, 200
_BIGGEST_KEY = 2**63 - 1


@dataclass(frozen=True, slots=True)
class Parameter:
    """One search parameter.

    Inputs:
        kind: FHIR's word: token, date, reference, string.
        words: what it finds.
        condition: from one value to the condition on the rows.
    """

    kind: str
    words: str
    condition: Callable[[str], Q]


@dataclass(frozen=True, slots=True)
class Asked:
    """A search, read.

    Inputs:
        given: the values of each parameter, as they came.
        after: where the page before ended; '' for the first page.
    """

    given: Mapping[str, Sequence[str]] = field(default_factory=dict)
    count: int = _USUAL
    after: str = ""
    sort: str = ""
    total: bool = False

    def condition(self, parameters: Mapping[str, Parameter]) -> Q:
        """All parameters together: commas mean or, repetitions mean and."""
        found = Q()
        for name, values in self.given.items():
            for value in values:
                parts = [part for part in value.split(",") if part]
                if not parts:
                    raise RefusedError(400, "value", f"{name} has no value")
                found &= reduce(or_, (parameters[name].condition(part) for part in parts))
        return found

    def links(self) -> list[tuple[str, str]]:
        """The parameters as they were understood, for the links of a Bundle."""
        pairs = [(name, value) for name, values in self.given.items() for value in values]
        pairs += [(SORT, self.sort)] if self.sort else []
        pairs += [(TOTAL, "accurate")] if self.total else []
        return [*pairs, (COUNT, str(self.count))]


def read_search(
    sent: Mapping[str, Sequence[str]], parameters: Mapping[str, Parameter], sorts: Sequence[str]
) -> Asked:
    """The search that was sent.

    Inputs:
        sent: every parameter with all its values.
        parameters: those that this resource type has.
        sorts: what it can be sorted by.

    Raises:
        RefusedError: a parameter is not known, or its value cannot be read.
    """
    if any("\x00" in value for values in sent.values() for value in values):
        raise RefusedError(400, "value", "a value holds a character that no text has")
    given: dict[str, Any] = {}
    for name, values in sent.items():
        if name in _OF_EVERY_SEARCH:
            continue
        if name not in parameters:
            words = f"a parameter is not known here; there are {', '.join(sorted(parameters))}"
            raise RefusedError(400, "not-supported", words)
        given[name] = tuple(values)
    sort = _one(sent, SORT)
    if sort and sort not in sorts:
        how = f"it can be sorted by {', '.join(sorts)}" if sorts else "it cannot be sorted"
        raise RefusedError(400, "not-supported", how)
    total = _one(sent, TOTAL)
    if total not in ("", "none", "estimate", "accurate"):
        raise RefusedError(400, "value", "_total is none, estimate or accurate")
    wanted = total in ("estimate", "accurate")
    return Asked(given, _count(_one(sent, COUNT)), _one(sent, AFTER), sort, wanted)


def token(said: str) -> tuple[str | None, str]:
    """`system|code`: the system (None when any may be meant) and the code.

    >>> token("http://loinc.org|777-3"), token("777-3"), token("|final")
    (('http://loinc.org', '777-3'), (None, '777-3'), ('', 'final'))
    """
    system, bar, code = said.partition("|")
    return (system, code) if bar else (None, said)


def key_of(said: str, kind: str = "Patient") -> int:
    """The key in a reference: `12`, `Patient/12` or the whole address; -1 when it is nobody's.

    Raises:
        RefusedError: it refers to another type.
    """
    place, _, key = said.rpartition("/")
    if place and place.rpartition("/")[2] != kind:
        raise RefusedError(400, "value", f"a reference to {kind} is needed")
    return number(key)


def number(text: str) -> int:
    """A key of a row; -1 when it is none."""
    plain = text.isascii() and text.isdigit() and len(text) < 20
    return int(text) if plain and int(text) <= _BIGGEST_KEY else -1


def _one(sent: Mapping[str, Sequence[str]], name: str) -> str:
    values = sent.get(name, ())
    if len(values) > 1:
        raise RefusedError(400, "value", f"{name} can be given once")
    return values[0] if values else ""


def _count(said: str) -> int:
    if not said:
        return _USUAL
    if not (said.isascii() and said.isdigit()) or len(said) > 9:
        raise RefusedError(400, "value", "_count is a whole number")
    return min(max(int(said), 1), _MOST)
