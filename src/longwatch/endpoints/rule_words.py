"""A rule in sentences, for the methods of a paper."""

from __future__ import annotations

from longwatch.endpoints.rule import Rule


def sentences(rule: Rule) -> str:
    """The rule in words."""
    return rule.name
