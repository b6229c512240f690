"""Where packs lie: the shipped ones, folders given by a path, and the files inside."""

from __future__ import annotations

import os
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path

from longwatch.core.errors import Problem, ProtocolError
from longwatch.protocols.guess import did_you_mean

CASES = "cases"
_MAX_FILES = 300


def packs() -> list[str]:
    """The ids of the packs that come with Longwatch, sorted.

    >>> isinstance(packs(), list)
    True
    """
    folder = _shipped_folder()
    if not folder.is_dir():
        return []
    return sorted(entry.name for entry in folder.iterdir() if (entry / "protocol.yaml").is_file())


def shipped_path(pack_id: str) -> Path:
    """The folder of a pack that comes with Longwatch.

    Raises:
        ProtocolError: when there is none of this id.
    """
    if pack_id not in packs():
        raise ProtocolError(unknown_pack(pack_id))
    return _shipped_folder() / pack_id


def pack_folder(id_or_path: str | Path) -> Path:
    """The folder of a pack, given by its shipped id or by a path.

    The id wins: a folder of the same name is meant by `./id`.

    Raises:
        ProtocolError: when there is neither.
    """
    if isinstance(id_or_path, str) and id_or_path in packs():
        return shipped_path(id_or_path)
    if not str(id_or_path):
        raise ProtocolError(unknown_pack(""))
    folder = Path(id_or_path)
    try:
        if folder.name == "protocol.yaml" and folder.is_file():
            folder = folder.parent
        found = folder.is_dir()
    except (OSError, ValueError) as error:
        raise _unreadable(folder, error) from None
    if not found:
        raise ProtocolError(unknown_pack(str(id_or_path)))
    return folder


def shown_name(folder: Path, file: Path) -> str:
    """How messages name a file: by pack and path for shipped packs, else by the path as given."""
    if folder.parent == _shipped_folder():
        return file.relative_to(folder.parent).as_posix()
    return str(file)


def yaml_files(folder: Path, *, cases: bool = False) -> Iterator[Path]:
    """The YAML files of a pack in reading order; with `cases` those of `cases/` and no others.

    Raises:
        ProtocolError: for `*.yml` files, which would be left out unseen, and for too many files.
    """
    found, problems = find_files(folder, cases=cases)
    if problems:
        raise ProtocolError(problems)
    yield from found


def find_files(folder: Path, *, cases: bool = False) -> tuple[list[Path], list[Problem]]:
    """Like `yaml_files`, but wrongly named files are among the others, and complained of.

    Raises:
        ProtocolError: when there are too many, or a folder may not be read.
    """
    found: list[Path] = []
    start = folder / CASES if cases else folder
    if cases and not start.is_dir():
        return [], []

    def refuse(error: OSError) -> None:
        # Left alone, os.walk passes over a folder that it may not read.
        raise _unreadable(Path(error.filename or start), error)

    for parent, folders, names in os.walk(start, onerror=refuse):
        here = Path(parent)
        folders[:] = sorted(
            name
            for name in folders
            if not name.startswith(".") and (cases or here != folder or name != CASES)
        )
        found.extend(
            here / name
            for name in names
            if name.lower().endswith((".yml", ".yaml")) and not name.startswith(".")
        )
        if len(found) > _MAX_FILES:
            raise ProtocolError(Problem(f"more than {_MAX_FILES} YAML files", str(folder)))
    found.sort(key=lambda path: (path != folder / "protocol.yaml", path))
    problems = [
        Problem("files of a pack end in .yaml", str(path), how=f"name it {path.stem}.yaml")
        for path in found
        if path.suffix != ".yaml"
    ]
    return found, problems


def _unreadable(folder: Path, error: Exception) -> ProtocolError:
    what = f"the folder cannot be read ({getattr(error, 'strerror', None) or error})"
    return ProtocolError(Problem(what, str(folder), how="check your rights"))


def _shipped_folder() -> Path:
    return Path(str(files("longwatch.protocols"))) / "packs"


def unknown_pack(name: str) -> Problem:
    """The complaint about a name that is no pack, with the nearest known id."""
    guess = did_you_mean(name, packs())
    how = guess or f"give a folder, or one of: {', '.join(packs())}"
    return Problem(f"there is no protocol pack {name!r}", how=how)
