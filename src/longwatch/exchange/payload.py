"""A fact as text and back: what is held is tried again whole, without its file.

The text stands in the column `fact` of `held`; `raw` beside it is for people.
"""

from __future__ import annotations

import json
from dataclasses import fields
from datetime import date, datetime
from typing import Any, TypeAlias

from longwatch.core.held import HeldReason
from longwatch.exchange.intake import (
    Code,
    EventFact,
    IdentityFact,
    InfusionFact,
    PatientFact,
    Person,
    ResultFact,
)

Fact: TypeAlias = PatientFact | ResultFact | InfusionFact | EventFact | IdentityFact

_TYPES: dict[str, type[Fact]] = {
    kind.__name__: kind for kind in (PatientFact, ResultFact, InfusionFact, EventFact, IdentityFact)
}
_MOMENTS = frozenset({"sent_at", "started", "ended"})
_DATES = frozenset({"date", "end_date"})
_CODES = frozenset({"codes", "drug"})


def pack_fact(fact: Fact) -> str:
    """The fact as one line of JSON, without `raw`.

    >>> from longwatch.exchange.intake import NOBODY
    >>> line = pack_fact(PatientFact(NOBODY, "raw text", "a.json"))
    >>> unpack_fact(line, "raw text") == PatientFact(NOBODY, "raw text", "a.json")
    True
    """
    given = {
        part.name: _plain(getattr(fact, part.name))
        for part in fields(fact)
        if part.name != "raw" and getattr(fact, part.name) != part.default
    }
    return json.dumps({"fact": type(fact).__name__, **given}, ensure_ascii=False)


def unpack_fact(line: str, raw: str) -> Fact:
    """The fact that `pack_fact` wrote.

    Raises:
        ValueError: when the text is not one of ours.
    """
    try:
        given = json.loads(line)
        kind = _TYPES[given.pop("fact")]
        values: dict[str, Any] = {name: _rich(name, value) for name, value in given.items()}
        return kind(raw=raw, **values)
    except (KeyError, TypeError, AttributeError, json.JSONDecodeError) as error:
        raise ValueError(f"not a fact: {error}") from None


def _plain(value: Any) -> Any:
    if isinstance(value, date | datetime):
        return value.isoformat()
    if isinstance(value, Person):
        return {
            "identifiers": value.identifiers,
            "name": value.name,
            "birth_date": _plain(value.birth_date),
            "sex": value.sex,
            "doubts": value.doubts,
        }
    if isinstance(value, tuple):
        return [
            [code.system, code.code, code.text] if isinstance(code, Code) else code
            for code in value
        ]
    return value


def _rich(name: str, value: Any) -> Any:
    if value is None:
        return None
    if name in _MOMENTS:
        return datetime.fromisoformat(value)
    if name in _DATES:
        return date.fromisoformat(value)
    if name in _CODES:
        return tuple(Code(*parts) for parts in value)
    if name == "unfit":
        return (HeldReason(value[0]), *value[1:])
    if name in ("who", "before"):
        born = value["birth_date"]
        return Person(
            tuple((authority, number) for authority, number in value["identifiers"]),
            value["name"],
            date.fromisoformat(born) if born else None,
            value["sex"],
            tuple(value["doubts"]),
        )
    return value
