"""Writing one text file: whole or not at all."""

from __future__ import annotations

import errno
import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

# A name as long as the target's own could be longer than a folder allows.
_BESIDE = ".longwatch-"


def write_whole(path: Path, pieces: Iterable[str]) -> None:
    """Writes beside the target and renames: a reader never sees half a file.

    Inputs:
        path: the file, in a folder that is there; what it held is replaced.
        pieces: the text, written as UTF-8 with its own line ends.

    A link is followed: the file it leads to is replaced, the link stays.

    Raises:
        OSError: when nothing can be written there; then the old file, if any, is untouched.
            It names `path`. A folder, a device or a pipe is never replaced by a file.

    >>> with tempfile.TemporaryDirectory() as folder:
    ...     file = Path(folder, "count.csv")
    ...     write_whole(file, ["p1,", "240"])
    ...     file.read_text(encoding="utf-8")
    'p1,240'
    """
    _refuse_what_is_no_file(path)
    target = path.resolve()
    try:
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=_BESIDE)
    except OSError as error:
        raise OSError(error.errno, error.strerror, str(path)) from error
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="") as file:
            file.writelines(pieces)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files for the owner alone; the umask of the process decides here.
        mask = os.umask(0)
        os.umask(mask)
        Path(name).chmod(0o666 & ~mask)
        Path(name).replace(target)
    except BaseException:
        # A second failure must not hide the first.
        with suppress(OSError):
            Path(name).unlink()
        raise


def _refuse_what_is_no_file(path: Path) -> None:
    """Renaming over `/dev/null` would take it from every program of the machine."""
    if path.is_dir():
        raise IsADirectoryError(errno.EISDIR, "this is a folder", str(path))
    if path.exists() and not path.is_file():
        raise OSError(errno.EINVAL, "this is a device or a pipe, not a file", str(path))
