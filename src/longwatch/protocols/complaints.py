"""Validation errors in the words of a person who edits packs, each at its place in the file."""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel, Tag
from pydantic_core import ErrorDetails

from longwatch.core.errors import Problem
from longwatch.protocols.guess import did_you_mean
from longwatch.protocols.model.conditions import CONDITION_KEYS, TestCondition
from longwatch.protocols.nodes import Node

Path = tuple[str | int, ...]

_NUMBER = "write the number alone; units have a key of their own"
_WORDS: dict[str, tuple[str, str]] = {
    "string_type": ("must be text", "put quotes around it"),
    "string_too_short": ("must not be empty", "write it, or take the key out"),
    "string_too_long": ("is longer than {max_length} characters", "shorten it"),
    "float_type": ("must be a number", _NUMBER),
    "float_parsing": ("must be a number", _NUMBER),
    "finite_number": ("must be a finite number", _NUMBER),
    "int_type": ("must be a whole number", _NUMBER),
    "int_parsing": ("must be a whole number", _NUMBER),
    "int_from_float": ("must be a whole number", "write it without a fraction"),
    "bool_type": (
        "must be true or false",
        "write true or false; yes, no, on and off are plain words in YAML 1.2",
    ),
    "greater_than_equal": ("must be at least {ge}", ""),
    "greater_than": ("must be more than {gt}", ""),
    "less_than_equal": ("must be at most {le}", ""),
    "tuple_type": ("must be a list", "write each entry on a line that starts with -, or [ … ]"),
    "list_type": ("must be a list", "write each entry on a line that starts with -, or [ … ]"),
    "dict_type": ("must be a mapping", "write key: value on lines of their own"),
    "model_type": ("must be a mapping", "write key: value on lines of their own"),
    "model_attributes_type": ("must be a mapping", "write key: value on lines of their own"),
    "too_short": ("must have at least {min_length} entry", "add one"),
    "date_type": ("must be a date", "write it as 2025-03-31"),
    "date_parsing": ("is not a date", "write it as 2025-03-31"),
    "date_from_datetime_parsing": ("is not a date", "write it as 2025-03-31"),
    "date_from_datetime_inexact": ("must be a date without a time", "write it as 2025-03-31"),
}
_PATTERNS = {
    "^[A-Za-z0-9][A-Za-z0-9_.-]*$": "use letters, digits, dot, hyphen and underscore, no spaces",
}


def complaints(
    details: Iterable[ErrorDetails], root: Node, model: type[BaseModel]
) -> list[Problem]:
    """Rewrites validation errors as Problems, in the order of the files.

    Inputs:
        details: what pydantic found.
        root: the tree that was validated, for the places.
        model: the class it was validated against, for the keys it knows.
    """
    by_path: dict[Path, list[dict[str, Any]]] = {}
    for detail in details:
        path = path_in_file(detail["loc"], root)
        # A list whose entries are all wrong is reported as empty too.
        if detail["type"] == "too_short" and root.find(path).value:
            continue
        by_path.setdefault(path, []).append(dict(detail))
    found = [
        (_order(root, path), _problem(path, details, root, model))
        for path, details in by_path.items()
    ]
    return [problem for _, problem in sorted(found, key=lambda pair: pair[0])]


def path_in_file(loc: Sequence[str | int], root: Node) -> Path:
    """The path of an error without the steps that only pydantic knows: tags, branches."""
    steps = [step for step in loc if not (isinstance(step, str) and step.startswith("<"))]
    if steps and steps[-1] == "[key]":
        steps.pop()
    path: list[str | int] = []
    for index, step in enumerate(steps):
        here = root.find(path)
        if isinstance(here.value, dict | list) or index == 0:
            path.append(step)
    return tuple(path)


def _order(root: Node, path: Path) -> tuple[str, int, int]:
    place = root.find(path).place
    return (place.file, place.line, place.column)


def _problem(
    path: Path, details: list[dict[str, Any]], root: Node, model: type[BaseModel]
) -> Problem:
    subject = item_words(root, path)
    detail = details[0]
    kind = detail["type"]
    key = str(path[-1]) if path else ""
    if kind == "extra_forbidden":
        known = keys_at(model, detail["loc"][:-1])
        how = did_you_mean(key, near_keys(known))
        if not how:
            how = f"the keys here are {', '.join(known)}" if known else "take it out"
        return Problem(
            f"{subject}{key!r} is not a key here", root.where(path, of_key=True), how=how
        )
    if kind == "missing":
        what = f"{subject}the key {key!r} is missing"
        return Problem(what, root.where(path[:-1]), how=f"add {key}: …")
    node = root.find(path)
    name = _name(path)
    if kind == "value_error":
        said = str(detail.get("ctx", {}).get("error", detail["msg"]))
        return Problem(f"{subject}{said}", str(node.place))
    if len({one["type"] for one in details}) > 1:
        allowed = " or ".join(filter(None, map(_expectation, details)))
        what = f"{subject}{name} must be {allowed}, here stands {_shown(node)}"
        return Problem(what, str(node.place))
    words, how = _in_words(detail, node)
    return Problem(f"{subject}{name} {words}, here stands {_shown(node)}", str(node.place), how=how)


def _in_words(detail: dict[str, Any], node: Node) -> tuple[str, str]:
    kind, ctx = detail["type"], detail.get("ctx", {})
    if kind == "literal_error":
        choices = _choices(detail)
        return f"must be one of {', '.join(choices)}", did_you_mean(str(node.value), choices)
    if kind == "string_pattern_mismatch":
        return "is not written as it must be", _PATTERNS.get(ctx["pattern"], ctx["pattern"])
    words, how = _WORDS.get(kind, (detail["msg"].lower(), ""))
    return words.format(**ctx), how


def _choices(detail: dict[str, Any]) -> list[str]:
    expected = str(detail["ctx"]["expected"])
    return [part.strip(" '") for part in expected.replace(" or ", ", ").split(",")]


def _expectation(detail: dict[str, Any]) -> str:
    if detail["type"] == "literal_error":
        return " or ".join(_choices(detail))
    return {"int_type": "a whole number", "greater_than_equal": "1 or more"}.get(detail["type"], "")


def _name(path: Path) -> str:
    """The last key of a path in words, with the number of the entry where it is one of a list."""
    if not path:
        return "the pack"
    if isinstance(path[-1], int):
        before = next((str(step) for step in reversed(path) if isinstance(step, str)), "the list")
        return f"entry {path[-1] + 1} of {before}"
    return repr(path[-1])


def item_words(root: Node, path: Path) -> str:
    """`rules PLT-1: ` for a path inside that rule; empty outside of sections."""
    if len(path) < 2:
        return ""
    node = root.find(path[:2])
    if isinstance(path[1], int):
        ids = node.value.get("id") if isinstance(node.value, dict) else None
        name = str(ids.value) if ids is not None else f"entry {path[1] + 1}"
        return f"{path[0]} {name}: "
    if path[0] == "sources" and len(path) > 2:
        return f"sources {path[1]}: "
    return f"{path[0]}: "


def _shown(node: Node) -> str:
    if isinstance(node.value, dict):
        return "a mapping"
    if isinstance(node.value, list):
        return "a list"
    if node.value is None:
        return "nothing"
    if isinstance(node.value, bool):
        return str(node.value).lower()
    text = repr(node.value)
    return text if len(text) <= 60 else f"{text[:57]}…"


def keys_at(model: type[BaseModel], loc: Sequence[str | int]) -> list[str]:
    """The keys that the model knows at a path; empty where it cannot be told."""
    kind: Any = model
    for step in loc:
        kind = _step(kind, step)
    return list(kind.model_fields) if _is_model(kind) else []


def near_keys(known: list[str]) -> list[str]:
    """The keys that may be meant where these are known: in a condition those of every kind."""
    return [*known, *CONDITION_KEYS] if set(known) == set(TestCondition.model_fields) else known


def _step(kind: Any, step: str | int) -> Any:
    if _is_model(kind):
        field = kind.model_fields.get(str(step))
        return _strip(field.annotation) if field else None
    origin = get_origin(kind)
    if origin in (tuple, list):
        return _strip(get_args(kind)[0])
    if origin is dict:
        return _strip(get_args(kind)[1])
    if origin in (Union, types.UnionType):
        for branch in get_args(kind):
            if any(isinstance(mark, Tag) and mark.tag == step for mark in get_args(branch)[1:]):
                return _strip(branch)
    return None


def _strip(kind: Any) -> Any:
    """A type without its annotations and without `| None`."""
    while get_origin(kind) is Annotated:
        kind = get_args(kind)[0]
    if get_origin(kind) in (Union, types.UnionType):
        branches = [branch for branch in get_args(kind) if branch is not type(None)]
        if len(branches) == 1:
            return _strip(branches[0])
    return kind


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
