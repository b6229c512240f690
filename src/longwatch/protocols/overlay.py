"""Laying a pack over the pack it extends.

1. `remove` takes items of the base away: `id`, or `section/id` where several sections have it.
2. A list item whose id the base has is merged over it field by field: mappings deep, lists
   replaced. It must bring evidence of its own. Other items are added.
3. Sources are merged; `watch` and `escalation` too when they keep the id of the base.
   Lists without ids and all other fields replace.
4. What speaks for one text only is not inherited: id, version, title, state, dates, signatures.
"""

from __future__ import annotations

from longwatch.core.errors import Problem
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.nodes import Node

Tree = dict[str, Node]

OWN = ("id", "version", "title", "state", "valid_from", "approved_by", "note", "extends")
"""Fields that are never inherited."""
_NEEDS_NO_EVIDENCE = {"id", "title", "words", "note"}


def item_id(node: Node) -> str | None:
    """The id of a list item, if it has one."""
    if isinstance(node.value, dict) and "id" in node.value:
        found = node.value["id"].value
        return found if isinstance(found, str) else None
    return None


def lay_over(base: Node, own: Tree) -> tuple[Tree, list[Problem]]:
    """The fields of `own` over those of the composed `base`.

    Returns:
        The fields, and every wrong `remove` and every change without evidence.
    """
    assert isinstance(base.value, dict)
    inherited = {key: node for key, node in base.value.items() if key not in OWN}
    problems = _remove(inherited, own.get("remove"))
    merged: Tree = dict(inherited)
    for key, node in own.items():
        if key == "remove":
            continue
        there = inherited.get(key)
        merged[key] = node if there is None else _merge_section(key, there, node, problems)
    return merged, problems


def _remove(tree: Tree, remove: Node | None) -> list[Problem]:
    """Takes the items named by `remove` out of the tree of the base."""
    if remove is None:
        return []
    if not isinstance(remove.value, list):
        return [Problem("remove must be a list of ids", str(remove.place), how="write [ID, …]")]
    known = [
        (section, name)
        for section, node in tree.items()
        if isinstance(node.value, list)
        for name in map(item_id, node.value)
        if name is not None
    ]
    problems = []
    gone = set()
    for entry in remove.value:
        wanted = str(entry.value)
        hits = [pair for pair in known if wanted in (pair[1], "/".join(pair))]
        if not hits:
            how = did_you_mean(wanted, [name for _, name in known]) or "take it out of remove"
            what = f"remove: the base has no item {wanted!r}"
            problems.append(Problem(what, str(entry.place), how=how))
        elif len(hits) > 1:
            how = "write " + " or ".join("/".join(pair) for pair in hits)
            what = f"remove: the base has {wanted!r} in several sections"
            problems.append(Problem(what, str(entry.place), how=how))
        gone.update(hits)
    for section in {section for section, _ in gone}:
        node = tree[section]
        items = node.value if isinstance(node.value, list) else []
        kept = [item for item in items if (section, item_id(item)) not in gone]
        tree[section] = Node(kept, node.place, node.key)
    return problems


def _merge_section(section: str, base: Node, own: Node, problems: list[Problem]) -> Node:
    if isinstance(base.value, list) and isinstance(own.value, list):
        if not any(item_id(item) for item in own.value):
            return own
        items = list(base.value)
        places = {item_id(item): index for index, item in enumerate(items)}
        for item in own.value:
            index = places.get(item_id(item)) if item_id(item) else None
            if index is None:
                items.append(item)
            else:
                problems.extend(_unsourced(section, item))
                items[index] = _merge(items[index], item)
        return Node(items, own.place, own.key)
    if isinstance(base.value, dict) and isinstance(own.value, dict):
        same = "id" not in own.value or item_id(base) == item_id(own)
        if section != "sources" and same:
            problems.extend(_unsourced(section, own))
        return _merge(base, own) if same else own
    return own


def _unsourced(section: str, item: Node) -> list[Problem]:
    """A changed item without evidence of its own."""
    assert isinstance(item.value, dict)
    if "evidence" in item.value or set(item.value) <= _NEEDS_NO_EVIDENCE:
        return []
    what = f"{section} {item_id(item) or ''}: changes the base without evidence of its own".strip()
    why = "the evidence of the base speaks for what the base says"
    return [Problem(what, str(item.place), why, "add evidence: for all numbers of the merged item")]


def _merge(base: Node, own: Node) -> Node:
    """`own` over `base`: mappings key by key, anything else replaced. Places are those of `own`."""
    if not (isinstance(base.value, dict) and isinstance(own.value, dict)):
        return own
    merged = dict(base.value)
    for key, node in own.value.items():
        merged[key] = _merge(merged[key], node) if key in merged else node
    return Node(merged, own.place, own.key)
