"""What differs between two packs, item by item, in words."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Any

from longwatch.protocols.model import (
    AllOf,
    AnsweredBy,
    AnyOf,
    AtLeast,
    EndRule,
    EventCondition,
    EventPattern,
    Evidence,
    InfusionCondition,
    Moment,
    Pack,
    TestCondition,
)
from longwatch.protocols.model.evidence import Part, Quantity, Sourced
from longwatch.protocols.words import (
    answer_words,
    condition_words,
    end_words,
    event_words,
    evidence_words,
    moment_words,
)
from longwatch.protocols.words_values import number_words


@dataclass(frozen=True)
class Change:
    """One difference: an item added or removed, or one key of it changed.

    Inputs:
        section: the key of the pack, as `rules`.
        id: the item's id; empty for keys of the pack itself.
        what: `added`, `removed` or `changed`.
        key: the key that changed; empty for whole items.
        old, new: both in words; empty where there is none.
    """

    section: str
    id: str
    what: str
    key: str = ""
    old: str = ""
    new: str = ""

    def __str__(self) -> str:
        name = " ".join(filter(None, (self.section, self.id)))
        if self.what == "added":
            return f"{name} added: {self.new}"
        if self.what == "removed":
            return f"{name} removed: {self.old}"
        key = f" {self.key}" if self.key else ""
        return f"{name}{key}: {self.old or 'nothing'} → {self.new or 'nothing'}"


def diff(old: Pack, new: Pack) -> list[Change]:
    """Every difference between two packs, in the order of the pack's keys and items.

    >>> from longwatch.protocols.load import load_protocol, packs
    >>> [diff(load_protocol(pack), load_protocol(pack)) for pack in packs()[:1]]
    [[]]
    """
    changes: list[Change] = []
    for section in Pack.model_fields:
        before, after = getattr(old, section), getattr(new, section)
        if before == after:
            continue
        if isinstance(before, dict) or _has_items(before) or _has_items(after):
            changes.extend(_items(section, _by_id(before), _by_id(after), old, new))
        elif isinstance(before, Sourced) and isinstance(after, Sourced):
            changes.extend(_fields(section, before.id, before, after, old, new))
        else:
            changes.append(
                Change(section, "", "changed", old=_words(before, old), new=_words(after, new))
            )
    return changes


def _has_items(value: object) -> bool:
    return isinstance(value, tuple) and any(isinstance(entry, Sourced) for entry in value)


def _by_id(value: Any) -> dict[str, Part]:
    return value if isinstance(value, dict) else {item.id: item for item in value}


def _items(
    section: str, before: dict[str, Part], after: dict[str, Part], old: Pack, new: Pack
) -> list[Change]:
    changes: list[Change] = []
    for name in [*before, *(name for name in after if name not in before)]:
        if name not in after:
            title = getattr(before[name], "title", "")
            changes.append(Change(section, name, "removed", old=title))
        elif name not in before:
            changes.append(Change(section, name, "added", new=getattr(after[name], "title", "")))
        elif before[name] != after[name]:
            changes.extend(_fields(section, name, before[name], after[name], old, new))
    return changes


def _fields(
    section: str, name: str, before: Part, after: Part, old: Pack, new: Pack
) -> list[Change]:
    changes = []
    for key in type(after).model_fields:
        was, now = getattr(before, key, None), getattr(after, key)
        if was != now:
            change = Change(section, name, "changed", key, _words(was, old), _words(now, new))
            changes.append(change)
    return changes


def _words(value: object, pack: Pack) -> str:
    """Any value of a pack in words."""
    if value is None or value == ():
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return number_words(value)
    if isinstance(value, str | date):
        return str(value)
    if isinstance(value, tuple):
        return "; ".join(_words(entry, pack) for entry in value)
    if isinstance(value, dict):
        return "; ".join(f"{key} {_words(entry, pack)}" for key, entry in value.items())
    return _part_words(value, pack)


def _part_words(value: object, pack: Pack) -> str:
    conditions = (TestCondition, EventCondition, InfusionCondition, AllOf, AnyOf, AtLeast)
    if isinstance(value, conditions):
        return condition_words(value, pack)
    if isinstance(value, AnsweredBy):
        return answer_words(value, pack)
    if isinstance(value, EventPattern):
        return event_words(value, pack)
    if isinstance(value, Evidence):
        return evidence_words(value, pack)
    if isinstance(value, Moment):
        return moment_words(value)
    if isinstance(value, EndRule):
        return end_words(value)
    if isinstance(value, Quantity):
        return number_words(value.value, value.unit)
    assert isinstance(value, Part)
    shown = ((key, _words(getattr(value, key), pack)) for key in sorted(value.model_fields_set))
    return ", ".join(f"{key} {words}" for key, words in shown if words)
