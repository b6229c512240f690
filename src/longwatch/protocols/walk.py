"""Walking through a pack: every part with its path."""

from __future__ import annotations

from collections.abc import Iterator

from longwatch.protocols.model import Pack
from longwatch.protocols.model.evidence import Part, Sourced

Path = tuple[str | int, ...]


def parts(part: Part, path: Path = ()) -> Iterator[tuple[Path, Part]]:
    """A part and all parts inside it, each with its path of keys and indices, outermost first."""
    yield path, part
    for name in type(part).model_fields:
        yield from _inside(getattr(part, name), (*path, name))


def items(pack: Pack) -> Iterator[tuple[str, Path, Sourced]]:
    """Every item of a pack that carries evidence: its section, its path and itself."""
    for section in type(pack).model_fields:
        value = getattr(pack, section)
        if isinstance(value, Sourced):
            yield section, (section,), value
        elif isinstance(value, tuple):
            for index, item in enumerate(value):
                if isinstance(item, Sourced):
                    yield section, (section, index), item


def _inside(value: object, path: Path) -> Iterator[tuple[Path, Part]]:
    if isinstance(value, Part):
        yield from parts(value, path)
    elif isinstance(value, tuple):
        for index, entry in enumerate(value):
            yield from _inside(entry, (*path, index))
    elif isinstance(value, dict):
        for key, entry in value.items():
            yield from _inside(entry, (*path, key))
