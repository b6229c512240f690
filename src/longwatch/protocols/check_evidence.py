"""Every number of a pack has its source, and every source is one of the pack."""

from __future__ import annotations

from collections.abc import Iterator

from longwatch.core.errors import Problem
from longwatch.protocols.complaints import item_words
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model import Pack
from longwatch.protocols.nodes import Node
from longwatch.protocols.walk import items

_LABELS = {"course", "courses", "order", "evidence"}
"""Keys whose numbers only count or name something."""


def check_sources(pack: Pack, root: Node) -> Iterator[Problem]:
    """Evidence points to a source of the pack and covers keys that its item has."""
    for _, path, item in items(pack):
        subject = item_words(root, (*path, "evidence"))
        known = set(type(item).model_fields) | _keys(root.find(path))
        for index, evidence in enumerate(item.evidence):
            place = (*path, "evidence", index)
            if evidence.source not in pack.sources:
                what = f"{subject}the source {evidence.source!r} is not among the sources"
                how = did_you_mean(evidence.source, pack.sources) or "add it to sources:"
                yield Problem(what, root.where((*place, "source")), how=how)
            for number, name in enumerate(evidence.covers):
                if not set(name.split(".")) <= known:
                    what = f"{subject}evidence covers {name!r}, which this item does not have"
                    how = did_you_mean(name, known) or "name keys of this item"
                    yield Problem(what, root.where((*place, "covers", number)), how=how)


def check_numbers(pack: Pack, root: Node) -> Iterator[Problem]:
    """Every number has evidence: its key, or one inside or around it, is covered."""
    for section, path, item in items(pack):
        if any(not evidence.covers for evidence in item.evidence):
            continue
        covered = {name for part in item.evidence for key in part.covers for name in key.split(".")}
        node = root.find(path)
        for key, child in node.value.items() if isinstance(node.value, dict) else ():
            if key in _LABELS or key in covered or _keys(child) & covered:
                continue
            if _has_number(child):
                what = f"{section} {item.id}: no evidence covers {key!r}"
                how = "name it in covers of its source, or mark it as a proposal"
                yield Problem(what, root.where((*path, key), of_key=True), how=how)


def _has_number(node: Node) -> bool:
    if isinstance(node.value, dict):
        return any(map(_has_number, node.value.values()))
    if isinstance(node.value, list):
        return any(map(_has_number, node.value))
    return isinstance(node.value, int | float) and not isinstance(node.value, bool)


def _keys(node: Node) -> set[str]:
    """Every key inside a node, at any depth."""
    if isinstance(node.value, dict):
        return set(node.value).union(*map(_keys, node.value.values()))
    if isinstance(node.value, list):
        return set[str]().union(*map(_keys, node.value))
    return set()
