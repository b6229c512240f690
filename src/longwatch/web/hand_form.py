"""What can be entered by hand of one person: the tests and happenings of their protocol."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from longwatch.core.catalogue import Test, catalogue
from longwatch.exchange.fhir.codes import codes_of
from longwatch.protocols.model import Pack
from longwatch.store.by_hand import Value
from longwatch.web.event_words import kind_word, what_happened

_UNITS_SHOWN = 6
_WORDS = ("presence", "ordinal")
"""Kinds of tests whose results are words."""
_FURTHER = ("medication", "diagnosis", "vaccination")
"""Kinds of events with a table of codes."""


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the form, with what was typed.

    Inputs:
        units: spellings to choose from; any other that is known may be typed.
        words: the result is a word, without unit or limits.
    """

    test: str
    name: str
    units: Sequence[str]
    words: bool
    value: str = ""
    unit: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Choice:
    """One thing that can have been done or have happened."""

    key: str
    title: str
    kind: str
    code: str


def lines(pack: Pack, typed: Mapping[str, str]) -> tuple[list[Line], list[Line]]:
    """The tests of the monthly watch in the order of the protocol; and all others by name."""
    recurring = dict.fromkeys(
        test for part in pack.recurring for test in part.answered_by.tests if _stands(test)
    )
    others = sorted(
        (test for test in catalogue().tests.values() if test.id not in recurring),
        key=lambda test: test.name,
    )
    first = [_line(catalogue().tests[test], typed) for test in recurring]
    return first, [_line(test, typed) for test in others]


def values(shown: Iterable[Line]) -> list[Value]:
    """The lines in which something was typed."""
    return [
        Value(one.test, one.value, one.unit, one.low, one.high)
        for one in shown
        if one.value.strip()
    ]


def choices(pack: Pack) -> list[Choice]:
    """What answers an activity of the protocol; relapse, medicines and the like; anything else."""
    parts = [(part.title, part.answered_by) for part in pack.recurring]
    parts += [(part.title, part.answered_by) for part in pack.before_course]
    found: dict[str, Choice] = {}
    for title, answered_by in parts:
        for event in answered_by.events:
            for code in event.codes:
                kind = event.kind or "note"
                named = what_happened({"kind": kind, "code": code, "text": None}, pack)
                words = title if named == title else f"{title}: {named}"
                found.setdefault(f"{kind} {code}", Choice(f"{kind} {code}", words, kind, code))
    found["relapse "] = Choice("relapse ", kind_word("relapse"), "relapse", "")
    for further in _FURTHER:
        for code in codes_of(further):
            named = what_happened({"kind": further, "code": code, "text": None}, pack)
            key, words = f"{further} {code}", f"{kind_word(further)}: {named}"
            found.setdefault(key, Choice(key, words, further, code))
    found["note "] = Choice("note ", _("something else, in words"), "note", "")
    return list(found.values())


def _stands(test: str) -> bool:
    return test in catalogue().tests


def _line(test: Test, typed: Mapping[str, str]) -> Line:
    told = {name: typed.get(f"{name}-{test.id}", "") for name in ("value", "unit", "low", "high")}
    return Line(test.id, test.name, _units(test), test.kind in _WORDS, **told)


def _units(test: Test) -> list[str]:
    """A spelling for each size of unit, then further ones of the usual size."""
    sizes: dict[object, list[str]] = {}
    for spelling, factor in test.units.items():
        if spelling:
            sizes.setdefault(factor, []).append(spelling)
    first = [spellings[0] for spellings in sizes.values()]
    more = [one for spellings in sizes.values() for one in spellings[1:]]
    return [*first, *more][:_UNITS_SHOWN]
