"""What of a broken pack can still be judged, so that one run tells mistakes of every kind.

1. A misspelled key is complained of and read as the key it resembles, unless that is there already:
   what follows from the slip alone (a missing key, a bound without its unit) is not told beside it.
2. An item that deviates from the model is left out of the later checks, the others go through them.
3. Sections that lack something now are `unsure`: nothing is said of names not found in them.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path as FilePath

from pydantic_core import ErrorDetails

from longwatch.core.errors import Problem
from longwatch.protocols.complaints import complaints, keys_at, near_keys, path_in_file
from longwatch.protocols.compose import Composed
from longwatch.protocols.guess import nearest
from longwatch.protocols.model import Pack
from longwatch.protocols.nodes import Node
from longwatch.protocols.overlay import OWN
from longwatch.protocols.validate import draft, read_as
from longwatch.protocols.walk import Path

_ALL = frozenset(Pack.model_fields)


@dataclass(frozen=True)
class Judged:
    """A pack with its mistakes so far; `pack` and `root` hold what is sound."""

    pack: Pack
    root: Node
    folder: FilePath
    problems: tuple[Problem, ...]
    unsure: frozenset[str]


def judge(composed: Composed) -> Judged:
    """The composed content as a Pack, with every mistake in reading and in shape.

    >>> from longwatch.protocols.compose import gather
    >>> judge(gather("campath-bcll")).problems
    ()
    """
    unsure = _ALL if composed.lost or composed.baseless else composed.unsure
    pack, details = read_as(Pack, composed.root)
    if pack is not None:
        return Judged(pack, composed.root, composed.folder, composed.problems, unsure)
    unknown = [detail for detail in details if detail["type"] == "extra_forbidden"]
    meant = _Meant(composed.root)
    for detail in unknown:
        meant.read(detail)
    pack, details = read_as(Pack, meant.root)
    told = [detail for detail in details if _is_told(detail, meant, composed)]
    problems = [*complaints(unknown, composed.root, Pack), *complaints(told, meant.root, Pack)]
    root, without = _sound(meant.root, details)
    pack, _ = read_as(draft(), root)
    if pack is None:
        pack, root, without = draft().model_validate({}), replace(root, value={}), _ALL
    return Judged(
        pack,
        root,
        composed.folder,
        (*composed.problems, *problems),
        unsure | meant.unsure | without,
    )


def by_place(problem: Problem) -> tuple[str, int, int]:
    """Sorts problems by file, line and column.

    >>> by_place(Problem("an empty key", "rules/blood.yaml:7:2"))
    ('rules/blood.yaml', 7, 2)
    """
    file, *numbers = problem.where.rsplit(":", 2)
    if len(numbers) > 1 and all(number.isdecimal() for number in numbers):
        return file, int(numbers[0]), int(numbers[1])
    return problem.where, 0, 0


class _Meant:
    """A tree in which misspelled keys are read as what they resemble."""

    def __init__(self, root: Node) -> None:
        self.root = root
        self.renamed: set[Path] = set()
        self.unsure: frozenset[str] = frozenset()

    def read(self, detail: ErrorDetails) -> None:
        """Takes one unknown key out, or gives it the name that was meant."""
        path = path_in_file(detail["loc"], self.root)
        name = nearest(str(path[-1]), near_keys(keys_at(Pack, detail["loc"][:-1])))
        around = self.root.find(path[:-1]).value
        there = isinstance(around, dict) and name in around
        if len(path) == 1 and (there or name is None):
            self.unsure |= {name} if name else _ALL
        if there:
            name = None
        self.root = _with_key(self.root, path, name)
        if name is not None:
            self.renamed.add((*path[:-1], name))


def _with_key(node: Node, path: Path, name: str | None) -> Node:
    """The tree with the key at `path` called `name`, or without it."""
    step, rest = path[0], path[1:]
    if isinstance(node.value, list) and isinstance(step, int):
        items = list(node.value)
        items[step] = _with_key(items[step], rest, name)
        return replace(node, value=items)
    assert isinstance(node.value, dict)
    entries = dict(node.value)
    if rest:
        entries[str(step)] = _with_key(entries[str(step)], rest, name)
    else:
        child = entries.pop(str(step))
        if name is not None:
            entries[name] = child
    return replace(node, value=entries)


def _is_told(detail: ErrorDetails, meant: _Meant, composed: Composed) -> bool:
    """Whether a deviation is a mistake of its own and not what another one left behind."""
    path = path_in_file(detail["loc"], meant.root)
    if path in meant.renamed:
        return False
    if detail["type"] == "missing":
        top = path[0] if len(path) == 1 else None
        if composed.lost and top:
            return False
        if composed.baseless and top not in OWN:
            return False
        path = path[:-1]
    return meant.root.where(path) not in composed.unread


def _sound(root: Node, details: list[ErrorDetails]) -> tuple[Node, frozenset[str]]:
    """The tree without the items that deviate, and the sections that they were taken from."""
    assert isinstance(root.value, dict)
    sections = dict(root.value)
    places: dict[str, set[str | int]] = {}
    for detail in details:
        path = path_in_file(detail["loc"], root)
        if not path:
            continue
        section = str(path[0])
        inside = places.setdefault(section, set())
        node = sections.get(section)
        if node is None:
            continue
        itemized = isinstance(node.value, list) or section == "sources"
        if itemized and len(path) > 1:
            inside.add(path[1])
        else:
            sections.pop(section)
    for section, inside in places.items():
        node = sections.get(section)
        if node is None:
            continue
        if isinstance(node.value, list):
            kept = [item for index, item in enumerate(node.value) if index not in inside]
            sections[section] = replace(node, value=kept)
        elif isinstance(node.value, dict):
            named = {key: item for key, item in node.value.items() if key not in inside}
            sections[section] = replace(node, value=named)
    return replace(root, value=sections), frozenset(places)
