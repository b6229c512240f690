"""The watched folder: files in, each stored once in effect, then moved out of the way.

A file is stored first and moved after: whoever is killed between the two finds the file again, the
store knows its bytes, and it is moved as a duplicate. No journal is needed for that.

`done/` holds what the store has, `failed/` what nobody can read, with the reason beside it. A file
that could not be stored stays where it is and is tried again.
"""

from __future__ import annotations

import hashlib
import logging
import os
import secrets
import stat
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path

from longwatch.core.errors import LongwatchError, Problem
from longwatch.exchange.sniff import sniff_bytes
from longwatch.feed.arrival import Channel, Store
from longwatch.feed.mllp import KEPT_BYTES

log = logging.getLogger("longwatch.feed")

DONE, FAILED = "done", "failed"
FILE_BYTES = 64 * 1024 * 1024
"""Largest file read; a year of results of a clinic is smaller."""

SETTLED_SECONDS = 10.0
"""How long a file must not change before it counts as complete."""

MOST_WAIT_SECONDS = 600.0
"""A file that cannot be stored is tried again at growing intervals, and at least this often."""

_FORMATS = ("hl7", "fhir", "csv", "record")
_UNFINISHED = (".tmp", ".part", ".partial", ".filepart", ".crdownload", ".writing")
_LONGEST_NAME = 200
"""Bytes of a name kept; with digest and ending it stays a name that every disk takes."""
_DID = {False: "stored", True: "refused"}


@dataclass(slots=True)
class Look:
    """What one look at the folder came to.

    Inputs:
        stored, duplicates, failed: names of the files moved.
        waiting: files that are not complete yet, or wait for their next try.
        problems: what a person should know.
    """

    stored: list[str] = field(default_factory=list)
    duplicates: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)
    waiting: list[str] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)


@dataclass(slots=True)
class _Seen:
    """A file as it looked, since when, and when to try it next."""

    state: tuple[int, int, int]
    since: float
    tries: int = 0
    not_before: float = 0.0


class Folder:
    """A folder into which a laboratory or a person puts files.

    Senders should write under another name (`.tmp`, or a leading dot) and rename; for those who do
    not, a file counts as complete when it has not changed for a while.

    Inputs:
        path: the folder; `done` and `failed` are made in it.
        store: where files are kept.
        settled_seconds: how long a file must not change.
        file_bytes: largest file read.
        name: the channel's name.
    """

    def __init__(
        self,
        path: Path,
        store: Store,
        *,
        settled_seconds: float = SETTLED_SECONDS,
        file_bytes: int = FILE_BYTES,
        name: str = "folder",
    ) -> None:
        self._path = path
        self._store = store
        self._settled = settled_seconds
        self._limit = file_bytes
        self._name = name
        self._seen: dict[str, _Seen] = {}

    def look(self, received: datetime, clock: float) -> Look:
        """Stores and moves what is complete.

        Inputs:
            received: the moment of this look, with offset.
            clock: the same on a monotonic clock, in seconds.

        Returns:
            What was done. A fault of one file does not keep the others waiting.

        Raises:
            OSError: when the folder itself cannot be read.
        """
        found = Look()
        files = self._files(found)
        self._seen = {name: seen for name, seen in self._seen.items() if name in files}
        # The oldest first: a correction comes after what it corrects.
        for name, state in sorted(files.items(), key=lambda item: (item[1][1], item[0])):
            seen = self._seen.get(name)
            if seen is None or seen.state != state:
                seen = self._seen[name] = _Seen(state, clock)
            if clock - seen.since < self._settled or clock < seen.not_before:
                found.waiting.append(name)
                continue
            try:
                self._take(name, seen, received, found)
            except Exception as error:
                # Nothing of this file was lost: it stays, and is tried again.
                self._postpone(name, seen, clock, error, found)
        return found

    def _files(self, found: Look) -> dict[str, tuple[int, int, int]]:
        files = {}
        with os.scandir(self._path) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name.lower().endswith(_UNFINISHED):
                    continue
                try:
                    about = entry.stat(follow_symlinks=False)
                except OSError:  # gone meanwhile
                    continue
                if stat.S_ISREG(about.st_mode):
                    files[entry.name] = _state(about)
                elif entry.name not in (DONE, FAILED):
                    found.problems.append(
                        Problem("not a file: left alone", _shown(entry.name), how="put files here")
                    )
        return files

    def _take(self, name: str, seen: _Seen, received: datetime, found: Look) -> None:
        path = self._path / name
        size = seen.state[0]
        data, digest, state = _read(path, self._limit)
        if state != seen.state:
            found.waiting.append(name)
            return
        channel = Channel(self._name, _shown(name))
        if size > self._limit:
            why = f"{size:,} bytes, more than the {self._limit:,} read from a folder; split it"
        else:
            source = sniff_bytes(data, name)
            why = "" if source.format in _FORMATS else _why(source.format, source.problem)
        if why:
            self._store.keep_refused(data[:KEPT_BYTES], channel, received, why, size)
            moved = self._fail(name, digest, why, state)
        else:
            stored = self._store.store(data, channel, received)
            why = stored.refused
            moved = (
                self._fail(name, digest, why, state)
                if why
                else self._move(name, DONE, digest, state)
            )
        if not moved:
            # Another file under this name, or it grew: what there was is kept, the rest comes next.
            found.waiting.append(name)
            return
        into = found.failed if why else found.duplicates if stored.duplicate else found.stored
        into.append(name)
        log.info("%s a file of %d bytes, digest %s", _DID[bool(why)], size, digest[:12])

    def _fail(self, name: str, digest: str, why: str, state: tuple[int, int, int]) -> bool:
        # The reason first: a file in `failed` without one would be a riddle.
        folder = self._path / FAILED
        folder.mkdir(exist_ok=True)
        (folder / f"{_target(name, digest)}.reason.txt").write_text(why + "\n", encoding="utf-8")
        return self._move(name, FAILED, digest, state)

    def _move(self, name: str, to: str, digest: str, state: tuple[int, int, int]) -> bool:
        """Moves what was read, and nothing else that took its name meanwhile."""
        source, folder = self._path / name, self._path / to
        if _state(source.lstat()) != state:
            return False
        folder.mkdir(exist_ok=True)
        # With the digest in its name nothing is overwritten but the same bytes.
        target = folder / _target(name, digest)
        source.replace(target)
        if _state(target.lstat()) != state:
            # Not back to its old name: by now that may be the name of yet another file.
            target.replace(self._path / _target(name, secrets.token_hex(8)))
            return False
        self._seen.pop(name, None)
        return True

    def _postpone(
        self, name: str, seen: _Seen, clock: float, error: Exception, found: Look
    ) -> None:
        seen.tries += 1
        wait = min(self._settled * 2**seen.tries, MOST_WAIT_SECONDS)
        seen.not_before = clock + wait
        found.waiting.append(name)
        what = error.problems[0].what if isinstance(error, LongwatchError) else _system(error)
        found.problems.append(
            Problem(
                f"could not be stored: {what}",
                _shown(name),
                f"the file stays; next try in {wait:.0f} s",
                "look at the disk and the database",
            )
        )
        log.error("file not stored, try %d: %s", seen.tries, type(error).__name__)


def _read(path: Path, limit: int) -> tuple[bytes, str, tuple[int, int, int]]:
    """The content, its digest, and the state of the very file that was opened.

    Of a file beyond the limit the beginning alone is returned; the digest is that of the whole.
    """
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    with os.fdopen(handle, "rb") as file:
        state = _state(os.fstat(handle))
        data = file.read(limit + 1)
        digest = hashlib.sha256(data)
        if len(data) > limit:
            data = data[:KEPT_BYTES]
            while more := file.read(1024 * 1024):
                digest.update(more)
        if _state(os.fstat(handle)) != state:
            state = (0, 0, 0)
    return data, digest.hexdigest(), state


def _state(about: os.stat_result) -> tuple[int, int, int]:
    return about.st_size, about.st_mtime_ns, about.st_ino


def _why(form: str, problem: Problem | None) -> str:
    if problem is not None:
        return f"{problem.what}. Mend: {problem.how}" if problem.how else problem.what
    return f"a {form}, not results; what explains a laboratory's files is set up by hand"


def _system(error: Exception) -> str:
    """Words of errors that we did not write may hold anything: only the system's are repeated."""
    return error.strerror or "" if isinstance(error, OSError) else type(error).__name__


def _target(name: str, digest: str) -> str:
    return f"{digest[:16]}-{os.fsdecode(os.fsencode(name)[-_LONGEST_NAME:])}"


def _shown(name: str) -> str:
    """A name that can be written anywhere, whatever bytes the sender gave it."""
    return name.encode("utf-8", "backslashreplace").decode()
