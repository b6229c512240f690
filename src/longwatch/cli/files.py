"""The files that commands write: one text each."""

from __future__ import annotations

from pathlib import Path

from longwatch.core.whole_file import write_whole


def write_text(path: Path, text: str) -> None:
    """Writes a text: whole or not at all.

    Raises:
        OSError: when nothing can be written there.
    """
    write_whole(path, [text])
