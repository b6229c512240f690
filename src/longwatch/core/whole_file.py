"""Writing one text file: whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Writes beside the target and renames: a reader never sees half a file.

    Inputs:
        path: the file, in a folder that is there; what it held is replaced.
        pieces: the text, written as UTF-8 with its own line ends.

    Raises:
        OSError: when nothing can be written there; then the old file, if any, is untouched.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "count.csv")
    ...     write_whole(file, ["p1,", "240"])
    ...     file.read_text(encoding="utf-8")
    'p1,240'
    """
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; the umask of the process decides here.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(path)
    except BaseException:
        # A second failure must not hide the first.
        with suppress(OSError):
            Path(name).unlink()
        raise
