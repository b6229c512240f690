"""Whether the sample clinic lies imported and untouched in a folder already."""

from __future__ import annotations

import json
from collections.abc import Sequence
from contextlib import suppress
from hashlib import sha256
from pathlib import Path

from longwatch import __version__

_NAME = ".longwatch-demo.json"


def is_imported(into: Path, files: Sequence[Path]) -> bool:
    """Whether exactly these files were imported here, and nothing was changed since."""
    try:
        known = json.loads((into / _NAME).read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return False
    return bool(known == _state(into, files))


def mark_imported(into: Path, files: Sequence[Path]) -> None:
    """Remembers the content of files and Record; without the right to, nothing is remembered."""
    with suppress(OSError):
        (into / _NAME).write_text(json.dumps(_state(into, files)), encoding="utf-8")


def _state(into: Path, files: Sequence[Path]) -> dict[str, str]:
    tables = sorted(path for path in into.iterdir() if not path.name.startswith("."))
    sent = sorted(path for file in files for path in (file.iterdir() if file.is_dir() else [file]))
    return {"version": __version__, "sent": _digest(sent), "record": _digest(tables)}


def _digest(files: Sequence[Path]) -> str:
    total = sha256()
    for file in files:
        if file.is_file():
            total.update(f"{file.name}\0".encode())
            total.update(sha256(file.read_bytes()).digest())
    return total.hexdigest()
