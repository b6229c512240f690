"""One tree of nodes out of the files of a pack and of the packs it extends.

All `*.yaml` of the folder are read: `protocol.yaml`, then the others by path; `cases/` is left out.
Each is a mapping of pack fields. Lists and sources of several files are joined; any other field
stands in one file only. With `extends`, the pack is laid over its base (see `overlay`).
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from longwatch.core.errors import Problem, ProtocolError
from longwatch.protocols.folders import (
    pack_folder,
    packs,
    shipped_path,
    shown_name,
    unknown_pack,
    yaml_files,
)
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.nodes import Node, Place
from longwatch.protocols.overlay import Tree, item_id, lay_over
from longwatch.protocols.yaml import read_yaml

_MAX_CHAIN = 8


@dataclass(frozen=True)
class Composed:
    """The composed tree of a pack, its folder, and the folders of its bases, nearest first."""

    root: Node
    folder: Path
    bases: tuple[Path, ...] = ()


def compose(id_or_path: str | Path) -> Composed:
    """Reads and joins the files of a pack and of its bases; the content is not yet validated.

    Raises:
        ProtocolError: with everything that stands in the way.
    """
    return _compose(pack_folder(id_or_path), ())


def _compose(folder: Path, chain: tuple[Path, ...]) -> Composed:
    tree = _own_tree(folder)
    root = Node(tree, Place(shown_name(folder, folder / "protocol.yaml")))
    if "extends" not in tree:
        if "remove" in tree:
            what, how = "remove needs a base to take from", "add extends, or take remove out"
            raise ProtocolError(Problem(what, root.where(["remove"], of_key=True), how=how))
        return Composed(root, folder)
    base_folder = _base_folder(tree["extends"], folder)
    chain = (*chain, folder.resolve())
    if base_folder.resolve() in chain or len(chain) > _MAX_CHAIN:
        names = " → ".join([*(step.name for step in chain), base_folder.name])
        what = f"packs extend each other in a circle: {names}"
        how = "one of them must stand alone"
        raise ProtocolError(Problem(what, str(tree["extends"].place), how=how))
    base = _compose(base_folder, chain)
    merged = lay_over(base.root, tree)
    return Composed(Node(merged, root.place), folder, (base_folder, *base.bases))


def _own_tree(folder: Path) -> Tree:
    """The joined files of one folder, without its base."""
    if not (folder / "protocol.yaml").is_file():
        how = "a pack is a folder with protocol.yaml and the files of its sections"
        raise ProtocolError(Problem("the folder has no protocol.yaml", str(folder), how=how))
    tree: Tree = {}
    problems: list[Problem] = []
    for path in yaml_files(folder):
        try:
            root = read_yaml(path, shown_name(folder, path))
        except ProtocolError as error:
            problems.extend(error.problems)
            continue
        if not isinstance(root.value, dict):
            what = "the file must be a mapping of sections, not a list or a single value"
            problems.append(
                Problem(what, str(root.place), how="start with a section, as in rules:")
            )
            continue
        for key, node in root.value.items():
            problems.extend(_join(tree, key, node))
    problems.extend(_twice(tree))
    if problems:
        raise ProtocolError(problems)
    return tree


def _join(tree: Tree, key: str, node: Node) -> list[Problem]:
    there = tree.get(key)
    if there is None:
        tree[key] = node
    elif isinstance(there.value, list) and isinstance(node.value, list):
        tree[key] = Node([*there.value, *node.value], there.place, there.key)
    elif key == "sources" and isinstance(there.value, dict) and isinstance(node.value, dict):
        problems = [
            Problem(
                f"the source {name!r} stands twice (first at {there.value[name].key})",
                str(node.value[name].key),
                how="keep one of them",
            )
            for name in node.value
            if name in there.value
        ]
        tree[key] = Node(there.value | node.value, there.place, there.key)
        return problems
    else:
        what = f"{key!r} stands in two files (first at {there.key})"
        return [Problem(what, str(node.key), how="keep one of them")]
    return []


def _twice(tree: Tree) -> list[Problem]:
    """Ids that stand twice in one section: merging would not know which is meant."""
    problems = []
    for section, node in tree.items():
        first: dict[str, Node] = {}
        for item in node.value if isinstance(node.value, list) else ():
            name = item_id(item)
            if name is not None and name in first:
                what = f"the id {name!r} stands twice in {section} (first at {first[name].place})"
                problems.append(Problem(what, item.where(["id"]), how="give one a new id"))
            elif name is not None:
                first[name] = item
    return problems


def _base_folder(extends: Node, folder: Path) -> Path:
    name, where = extends.value, str(extends.place)
    if not isinstance(name, str) or not name or "/" in name or "\\" in name or name in (".", ".."):
        what = "extends must name a shipped pack or a folder beside this one"
        raise ProtocolError(Problem(what, where, how=f"one of: {', '.join(packs())}"))
    sibling = folder.parent / name
    is_sibling, is_shipped = (sibling / "protocol.yaml").is_file(), name in packs()
    if is_shipped and is_sibling and sibling.resolve() != shipped_path(name).resolve():
        what = f"{name!r} is a shipped pack and a folder beside this one"
        raise ProtocolError(Problem(what, where, how="give your folder another name"))
    if is_shipped:
        return shipped_path(name)
    if is_sibling:
        return sibling
    beside = [path.parent.name for path in folder.parent.glob("*/protocol.yaml")]
    problem = unknown_pack(name)
    how = did_you_mean(name, [*packs(), *beside]) or problem.how
    raise ProtocolError(Problem(f"extends: {problem.what}", where, how=how))
