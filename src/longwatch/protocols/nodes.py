"""Values read from a file, each with the place where it stands."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NamedTuple

Scalar = str | int | float | bool | None


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


@dataclass(slots=True)
class Node:
    """A value and where it stands; the children of mappings and lists are nodes again.

    `key` is the place of the key that leads to it, if it is the value of a key.
    """

    value: dict[str, Node] | list[Node] | Scalar
    place: Place
    key: Place | None = None

    def plain(self) -> Any:
        """The value without places: dicts, lists, text, numbers, booleans and None."""
        if isinstance(self.value, dict):
            return {key: child.plain() for key, child in self.value.items()}
        if isinstance(self.value, list):
            return [child.plain() for child in self.value]
        return self.value

    def find(self, path: Iterable[str | int]) -> Node:
        """The node at `path`, or the deepest one on the way there."""
        node = self
        for step in path:
            value = node.value
            if isinstance(value, dict) and step in value:
                node = value[str(step)]
            elif isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value):
                node = value[step]
            else:
                break
        return node

    def where(self, path: Iterable[str | int] = (), *, of_key: bool = False) -> str:
        """`file:line:column` of the value at `path` (of its key with `of_key`)."""
        node = self.find(path)
        return str(node.key if of_key and node.key else node.place)
