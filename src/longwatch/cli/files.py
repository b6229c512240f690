"""The files that commands write: one text each."""

from __future__ import annotations

from pathlib import Path

from longwatch.core.errors import Problem, UsageError
from longwatch.core.whole_file import write_whole


def write_text(path: Path, text: str) -> None:
    """Writes a text: whole or not at all.

    Raises:
        UsageError: when the path can be no file: a folder, a device, or in no folder.
        OSError: when nothing can be written there.
    """
    must_be_a_file(path)
    write_whole(path, [text])


def must_be_a_file(path: Path) -> None:
    """Refuses a path that can be no file, before any work is done for it.

    Raises:
        UsageError: a folder, a device or a pipe, or a path in no folder.
    """
    if path.is_dir():
        raise UsageError(
            Problem("this is a folder, a file is needed", str(path), how="name a file in it")
        )
    if path.exists() and not path.is_file():
        raise UsageError(
            Problem("this is a device or a pipe, not a file", str(path), how="name a file")
        )
    if not path.parent.is_dir():
        raise UsageError(
            Problem(
                "there is no such folder",
                str(path.parent),
                how="name a file in a folder that is there",
            )
        )
