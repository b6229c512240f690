"""Strict reading of one YAML 1.2 file, every value with the place where it stands.

Stricter than YAML where a slip would change a protocol unseen:

1. UTF-8, one document, bounded size, depth and number of values (aliases count in full);
2. a key stands once in its mapping, and is text as written (`1`, `no` and `true` are the words);
3. no tags (`!!str`), no merge keys (`<<`), no infinite or not-a-number numbers;
4. dates are text (YAML 1.2 has none), `yes` and `no` are words.

The events of the C parser are read in one loop without recursion: deep nesting harms nothing.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml as pyyaml
from yamlcore import CCoreLoader

from longwatch.core.errors import Problem, ProtocolError
from longwatch.protocols.nodes import Node as Node
from longwatch.protocols.nodes import Place as Place
from longwatch.protocols.nodes import Scalar
from longwatch.protocols.yaml_words import decoded, syntax_problem

MAX_BYTES = 2 * 1024 * 1024
MAX_DEPTH = 40
MAX_VALUES = 200_000
_MAX_DIGITS = 300

_STARTS = (pyyaml.MappingStartEvent, pyyaml.SequenceStartEvent)
_ENDS = (pyyaml.MappingEndEvent, pyyaml.SequenceEndEvent)
_CONTENT = (pyyaml.ScalarEvent, pyyaml.AliasEvent, *_STARTS)


def read_yaml(path: Path, shown: str = "") -> Node:
    """Reads one YAML file strictly.

    Inputs:
        path: the file.
        shown: the name for messages; the path when empty.

    Returns:
        The document's root node.

    Raises:
        ProtocolError: when the file cannot be read or breaks a rule of this module.
    """
    return _sound(read_tree(path, shown))


def read_tree(path: Path, shown: str = "") -> tuple[Node, list[Problem]]:
    """Like `read_yaml`, but what leaves the rest of the file readable is returned beside it.

    An unreadable value is an empty mapping, no number and no text; of equal keys the first stays.

    Raises:
        ProtocolError: when the file cannot be read at all.
    """
    name = shown or str(path)
    try:
        if not path.is_file():
            raise ProtocolError(Problem("this is not a file", name))
        if path.stat().st_size > MAX_BYTES:
            raise ProtocolError(_too_big(name))
        with path.open("rb") as stream:
            content = stream.read(MAX_BYTES + 1)
    except OSError as error:
        what = f"the file cannot be read ({error.strerror or error})"
        raise ProtocolError(
            Problem(what, name, how="check that it exists and your rights")
        ) from None
    return _parse(content, name)


def parse_yaml(content: bytes, file: str) -> Node:
    r"""Reads the bytes of one YAML file strictly; `file` is its name in messages.

    Raises:
        ProtocolError: with every mistake up to the first that makes the rest unreadable.

    >>> root = parse_yaml(b"blocking: no\ngrace: 7\n", "cbc.yaml")
    >>> root.plain(), root.where(["grace"])
    ({'blocking': 'no', 'grace': 7}, 'cbc.yaml:2:8')
    """
    return _sound(_parse(content, file))


def _sound(read: tuple[Node, list[Problem]]) -> Node:
    root, problems = read
    if problems:
        raise ProtocolError(problems)
    return root


def _parse(content: bytes, file: str) -> tuple[Node, list[Problem]]:
    if len(content) > MAX_BYTES:
        raise ProtocolError(_too_big(file))
    text = decoded(content, file)
    loader = CCoreLoader(text)
    builder = _Builder(loader, file)
    try:
        return builder.run(), builder.problems
    except pyyaml.YAMLError as error:
        problem = syntax_problem(error, text, file)
        raise ProtocolError([*builder.problems, problem]) from None
    finally:
        loader.dispose()


def _too_big(file: str) -> Problem:
    return Problem(
        f"the file is larger than {MAX_BYTES // 1024} KiB",
        file,
        how="split it: the lists of several files are joined",
    )


@dataclass(slots=True)
class _Open:
    """A mapping or list whose end has not come: with the key that awaits its value."""

    node: Node
    anchor: str | None
    values_before: int
    key: tuple[str, Place] | None = None


class _Builder:
    """Builds the tree of nodes from parser events."""

    def __init__(self, loader: Any, file: str) -> None:
        self.loader = loader
        self.file = file
        self.problems: list[Problem] = []
        self.root: Node | None = None
        self.stack: list[_Open] = []
        self.anchors: dict[str, tuple[Node, int]] = {}
        self.values = 0

    def run(self) -> Node:
        while True:
            event = self.loader.get_event()
            kind = type(event)
            if kind in _CONTENT:
                self._content(event)
            elif kind in _ENDS:
                done = self.stack.pop()
                if done.anchor:
                    self.anchors[done.anchor] = (done.node, self.values - done.values_before)
            elif kind is pyyaml.DocumentStartEvent:
                self._document(event)
            elif kind is pyyaml.StreamEndEvent:
                break
        if self.root is None:
            raise ProtocolError(Problem("the file is empty", self.file))
        return self.root

    def _content(self, event: Any) -> None:
        mark = event.start_mark
        place = tuple.__new__(Place, (self.file, mark.line + 1, mark.column + 1))
        parent = self.stack[-1] if self.stack else None
        holder = parent.node.value if parent else None
        if parent and parent.key is None and isinstance(holder, dict):
            parent.key = self._key(event, holder, place)
            return
        before = self.values
        node = self._value(event, place, parent.key if parent else None)
        if self.values > MAX_VALUES:
            raise self._stop("the file holds too many values", place, "do not repeat aliases")
        if parent is None:
            self.root = node
        elif isinstance(holder, list):
            holder.append(node)
        elif isinstance(holder, dict) and parent.key is not None:
            # The first of two equal keys stays; the second is a problem already.
            holder.setdefault(parent.key[0], node)
            parent.key = None
        if type(event) in _STARTS:
            if len(self.stack) >= MAX_DEPTH:
                raise self._stop(f"nested more than {MAX_DEPTH} deep", place, "flatten it")
            self.stack.append(_Open(node, event.anchor, before))
        elif event.anchor and type(event) is not pyyaml.AliasEvent:
            self.anchors[event.anchor] = (node, 1)

    def _place(self, event: Any) -> Place:
        return Place(self.file, event.start_mark.line + 1, event.start_mark.column + 1)

    def _wrong(self, what: str, place: Place, how: str) -> None:
        self.problems.append(Problem(what, str(place), how=how))

    def _stop(self, what: str, place: Place, how: str) -> ProtocolError:
        return ProtocolError([*self.problems, Problem(what, str(place), how=how)])

    def _document(self, event: Any) -> None:
        if self.root is not None:
            how = "one document a file: take the line --- out or split the file"
            raise self._stop("a second document starts here", self._place(event), how)
        if event.version not in (None, (1, 2)):
            self._wrong("packs are YAML 1.2", self._place(event), "take the %YAML line out")

    def _key(self, event: Any, mapping: dict[str, Node], place: Place) -> tuple[str, Place]:
        if not isinstance(event, pyyaml.ScalarEvent) or event.tag:
            raise self._stop("a key must be one word", place, "check brackets and indentation")
        key: str = event.value
        if key in ("", "<<"):
            how = "write the keys out" if key else "check the indentation"
            raise self._stop(f"{key or 'an empty text'!r} cannot be a key", place, how)
        if key in mapping:
            first = mapping[key].key
            what = f"the key {key!r} stands twice (first in line {first.line if first else '?'})"
            self._wrong(what, place, "keep one of them")
        return key, place

    def _value(self, event: Any, place: Place, key: tuple[str, Place] | None) -> Node:
        key_place = key[1] if key else None
        self.values += 1
        if isinstance(event, pyyaml.AliasEvent):
            if event.anchor not in self.anchors:
                how = "define it before, and not inside itself"
                self._wrong(f"the alias *{event.anchor} points to nothing", place, how)
                return Node({}, place, key_place)
            target, size = self.anchors[event.anchor]
            self.values += size
            return Node(target.value, place, key_place)
        if event.tag:
            self._wrong(f"tags are not used here: {event.tag}", place, "take it out")
        if isinstance(event, pyyaml.MappingStartEvent):
            return Node({}, place, key_place)
        if isinstance(event, pyyaml.SequenceStartEvent):
            return Node([], place, key_place)
        return Node(self._scalar(event, place), place, key_place)

    def _scalar(self, event: Any, place: Place) -> Scalar | dict[str, Node]:
        text: str = event.value
        # Quoted, or starting with a letter that no number, boolean or null starts with.
        if not event.implicit[0] or (text and text[0] not in self.loader.yaml_implicit_resolvers):
            return text
        tag = self.loader.resolve(pyyaml.ScalarNode, text, event.implicit)
        kind = tag.rpartition(":")[2]
        if kind == "str":
            return text
        if len(text) > _MAX_DIGITS:
            self._wrong("a number with too many digits", place, "quote it if it is text")
            return {}
        value: Scalar = self.loader.yaml_constructors[tag](
            self.loader, pyyaml.ScalarNode(tag, text)
        )
        if isinstance(value, float) and not math.isfinite(value):
            self._wrong(f"{text} is not a finite number", place, "quote it if it is text")
            return {}
        return value
