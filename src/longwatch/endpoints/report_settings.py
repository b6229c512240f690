"""The definition of a report, setting by setting: value, source, and how sure it is."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from typing import Any

from longwatch.endpoints.definitions import definition
from longwatch.endpoints.rule import Rule

VERIFIED = {"yes": "read in the source", "recalled": "from memory", "proposal": "a proposal"}
"""How sure a number is, in words."""
CHANGED = "changed for this report"


@dataclass(frozen=True)
class RuleSetting:
    """One setting of a definition. `verified` is a key of `VERIFIED`."""

    name: str
    value: str
    unit: str
    place: str
    source: str
    verified: str


def rule_settings(rule: Rule) -> tuple[RuleSetting, ...]:
    """Every setting of a rule with its evidence; what was changed from its preset is a proposal.

    >>> one = next(s for s in rule_settings(Rule.preset("care-ms")) if s.name == "confirm")
    >>> one.value, one.unit, one.verified
    ('168', 'd', 'proposal')
    """
    known = definition(rule.definition)
    found = []
    for name, one in known.evidence.items():
        value = getattr(rule, name)
        as_shipped = value == getattr(known.rule, name)
        unit = "" if one.unit == "1" else one.unit
        place = one.place if as_shipped else CHANGED
        source = one.source if as_shipped else ""
        verified = one.verified if as_shipped else "proposal"
        found.append(RuleSetting(name, _words(value), unit, place, source, verified))
    return tuple(found)


def how_sure(rule: Rule) -> str:
    """How many settings of a definition were read in their source, in a sentence.

    >>> how_sure(Rule.preset("care-ms")).split(":")[0]
    'Of the settings of definition care-ms'
    """
    counts = Counter(one.verified for one in rule_settings(rule))
    parts = [f"{counts[key]} {words}" for key, words in VERIFIED.items() if counts[key]]
    words = ", ".join(parts).replace("a proposal", "proposals that a clinician has to confirm")
    return f"Of the settings of definition {rule.name}: {words}."


def settings_as_rows(rule: Rule) -> list[dict[str, str]]:
    """The settings for JSON."""
    return [asdict(one) for one in rule_settings(rule)]


def _words(value: Any) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(f"({_words(one)})" if isinstance(one, tuple) else _words(one)
                         for one in value)  # fmt: skip
    if isinstance(value, float):
        return "without end" if value == float("inf") else f"{value:g}"
    return "none" if value is None else str(value)
