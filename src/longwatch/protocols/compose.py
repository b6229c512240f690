"""One tree of nodes out of the files of a pack and of the packs it extends.

All `*.yaml` of the folder are read: `protocol.yaml`, then the others by path; `cases/` is left out.
Each is a mapping of pack fields. Lists and sources of several files are joined; any other field
stands in one file only. With `extends`, the pack is laid over its base (see `overlay`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from pathlib import Path

from longwatch.core.errors import Problem, ProtocolError
from longwatch.protocols.folders import (
    find_files,
    pack_folder,
    packs,
    shipped_path,
    shown_name,
    unknown_pack,
)
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.nodes import Node, Place
from longwatch.protocols.overlay import Tree, item_id, lay_over
from longwatch.protocols.yaml import read_tree

_MAX_CHAIN = 8


@dataclass(frozen=True)
class Composed:
    """The composed tree of a pack, its folder, and the folders of its bases, nearest first.

    `problems`: what is wrong so far. `lost`: a file could not be read, so any section may be
    missing. `baseless`: what the base gives is not, or not wholly, in the tree. `unsure`: sections
    in which two items share an id. `unread`: places of values that could not be read.
    """

    root: Node
    folder: Path
    bases: tuple[Path, ...] = ()
    problems: tuple[Problem, ...] = ()
    lost: bool = False
    baseless: bool = False
    unsure: frozenset[str] = frozenset()
    unread: frozenset[str] = frozenset()


def compose(id_or_path: str | Path) -> Composed:
    """Reads and joins the files of a pack and of its bases; the content is not yet validated.

    Raises:
        ProtocolError: with everything that stands in the way.
    """
    composed = gather(id_or_path)
    if composed.problems:
        raise ProtocolError(composed.problems)
    return composed


def gather(id_or_path: str | Path) -> Composed:
    """Like `compose`, but goes on after a mistake wherever there is something left to read.

    Raises:
        ProtocolError: when the folder is no pack or cannot be read.
    """
    return _gather(pack_folder(id_or_path), ())


def _gather(folder: Path, chain: tuple[Path, ...]) -> Composed:
    own = _own_files(folder)
    tree = own.tree
    root = Node(tree, Place(shown_name(folder, folder / "protocol.yaml")))
    alone = Composed(
        root,
        folder,
        problems=tuple(own.problems),
        lost=own.lost,
        unsure=frozenset(own.unsure),
        unread=frozenset(own.unread),
    )
    if "extends" not in tree:
        if "remove" in tree and not own.lost:
            what, how = "remove needs a base to take from", "add extends, or take remove out"
            where = root.where(["remove"], of_key=True)
            alone = replace(alone, problems=(*alone.problems, Problem(what, where, how=how)))
        tree.pop("remove", None)
        return alone
    try:
        base_folder = _base_folder(tree["extends"], folder)
        chain = (*chain, folder.resolve())
        _refuse_circle(base_folder, chain, tree["extends"])
        base = _gather(base_folder, chain)
    except ProtocolError as error:
        tree.pop("remove", None)
        problems, unread = (*alone.problems, *error.problems), str(tree["extends"].place)
        return replace(alone, problems=problems, baseless=True, unread=alone.unread | {unread})
    baseless = base.lost or base.baseless
    merged, wrong = lay_over(base.root, tree)
    return Composed(
        Node(merged, root.place),
        folder,
        (base_folder, *base.bases),
        (*base.problems, *own.problems, *(() if baseless else wrong)),
        lost=own.lost,
        baseless=baseless,
        unsure=base.unsure | own.unsure,
        unread=base.unread | own.unread,
    )


def _refuse_circle(base: Path, chain: tuple[Path, ...], extends: Node) -> None:
    if base.resolve() in chain or len(chain) > _MAX_CHAIN:
        names = " → ".join([*(step.name for step in chain), base.name])
        what = f"packs extend each other in a circle: {names}"
        raise ProtocolError(Problem(what, str(extends.place), how="one of them must stand alone"))


@dataclass
class _Own:
    """The joined files of one folder, without its base."""

    tree: Tree = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)
    lost: bool = False
    unsure: set[str] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)


def _own_files(folder: Path) -> _Own:
    if not (folder / "protocol.yaml").is_file():
        how = "a pack is a folder with protocol.yaml and the files of its sections"
        raise ProtocolError(Problem("the folder has no protocol.yaml", str(folder), how=how))
    own = _Own()
    files, misnamed = find_files(folder)
    own.problems.extend(misnamed)
    for path in files:
        try:
            root, problems = read_tree(path, shown_name(folder, path))
        except ProtocolError as error:
            own.problems.extend(error.problems)
            own.lost = True
            continue
        own.problems.extend(problems)
        own.unread.update(problem.where for problem in problems)
        if not isinstance(root.value, dict):
            what = "the file must be a mapping of sections, not a list or a single value"
            how = "start with a section, as in rules:"
            own.problems.append(Problem(what, str(root.place), how=how))
            own.lost = True
            continue
        for key, node in root.value.items():
            own.problems.extend(_join(own.tree, key, node))
    _note_twice(own)
    return own


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


def _note_twice(own: _Own) -> None:
    """Ids that stand twice in one section: merging would not know which is meant."""
    for section, node in own.tree.items():
        first: dict[str, Node] = {}
        for item in node.value if isinstance(node.value, list) else ():
            name = item_id(item)
            if name is not None and name in first:
                what = f"the id {name!r} stands twice in {section} (first at {first[name].place})"
                own.problems.append(Problem(what, item.where(["id"]), how="give one a new id"))
                own.unsure.add(section)
            elif name is not None:
                first[name] = item


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
