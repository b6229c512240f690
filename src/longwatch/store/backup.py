"""Backup while everything runs, and restore; neither counts before it was read back.

A backup is one file: of SQLite, proved by SQLite's own check, by the references between tables, and
by following the chain of the audit log inside it; of PostgreSQL, see `backup_postgresql`.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator, Mapping
from contextlib import closing, contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from django.db import connection

from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.store.audit import ENTRY, Anchor, follow_chain
from longwatch.store.models import AuditEntry

_HEARD = "SELECT channel, max(received_at) FROM store_message GROUP BY channel ORDER BY channel"
_CHECKED = (
    "every page of the file",
    "every reference between tables",
    "every entry of the audit log",
)


class BackupError(LongwatchError):
    """A backup could not be made, or is not fit to be restored."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A backup that was read back.

    Inputs:
        size, digest: of the file; the digest is SHA-256.
        anchor: the end of the audit log in it, to be kept elsewhere.
        messages: how many arrivals it holds.
        heard: by channel, when its last message came (UTC): what was sent since must come again.
        checked: what was verified, in words.
    """

    path: Path
    size: int
    digest: str
    anchor: Anchor
    messages: int
    heard: Mapping[str, datetime] = field(default_factory=dict)
    checked: tuple[str, ...] = ()


def backup(to: Path) -> Proof:
    """Copies the store as it is at this moment into a new file; writers are not held up.

    Raises:
        UsageError: the file is there already.
        BackupError: it could not be written, or what was written is damaged.
    """
    if connection.vendor == "postgresql":
        from longwatch.store.backup_postgresql import dump

        with put_in_place(to) as workshop:
            proof = dump(workshop)
        return replace(proof, path=to)
    connection.ensure_connection()
    with put_in_place(to) as workshop:
        with closing(sqlite3.connect(workshop)) as copy:
            connection.connection.backup(copy)
            # One file, without the log beside it that a copy could leave behind.
            copy.execute("PRAGMA journal_mode=DELETE")
        proof = prove(workshop)
    return replace(proof, path=to)


def restore(backup_file: Path, to: Path, *, aside: Path | None = None) -> Proof:
    """Makes a store of a backup. What laboratories sent since then must be asked for again.

    Inputs:
        to: the file of the new store.
        aside: the name under which a store that is there already is kept; None refuses it.

    Raises:
        UsageError: there is a store already under this name, or somebody works with it.
        BackupError: the backup is damaged, or cannot be read.
    """
    prove(backup_file)
    with put_in_place(to, aside) as workshop:
        shutil.copyfile(backup_file, workshop)
        proof = prove(workshop)
    return replace(proof, path=to)


def prove(file: Path) -> Proof:
    """Reads a backup from its first to its last page.

    Raises:
        BackupError: it is damaged, or no store of Longwatch.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            return _proved(file, copy)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(unfit(file, str(error))) from None


def _proved(file: Path, copy: sqlite3.Connection) -> Proof:
    (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise BackupError(unfit(file, found))
    if strays := copy.execute("PRAGMA foreign_key_check").fetchall():
        raise BackupError(unfit(file, f"{len(strays)} rows refer to rows that are not there"))
    table = AuditEntry._meta.db_table
    rows = copy.execute(f'SELECT {", ".join(ENTRY)} FROM "{table}" ORDER BY number')  # noqa: S608
    report = follow_chain(dict(zip(ENTRY, row, strict=True)) for row in rows)
    if report.problem is not None:
        raise BackupError([unfit(file, "its audit log is not whole"), report.problem])
    (messages,) = copy.execute("SELECT count(*) FROM store_message").fetchone()
    digest = digest_of(file)
    heard = {
        channel: datetime.fromisoformat(last).replace(tzinfo=UTC)
        for channel, last in copy.execute(_HEARD)
    }
    size = file.stat().st_size
    return Proof(file, size, digest, report.anchor, messages, heard, _CHECKED)


@contextmanager
def put_in_place(to: Path, aside: Path | None = None) -> Iterator[Path]:
    """A name to write under; the file gets its own name when it is whole and on the disk."""
    if to.exists() and aside is None:
        raise UsageError(
            Problem("there is a file already", str(to), how="give another name, or move it away")
        )
    workshop = to.with_name(f".{to.name}.unfinished")
    try:
        # For its owner alone: it holds everything that is known of everybody.
        workshop.touch(mode=0o600)
        workshop.chmod(0o600)
        yield workshop
        with workshop.open("rb") as stream:
            os.fsync(stream.fileno())
        if aside is not None and to.exists():
            _set_aside(to, aside)
        workshop.replace(to)
        folder = os.open(to.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
    except (OSError, sqlite3.Error) as error:
        why = getattr(error, "strerror", None) or error
        raise BackupError(
            Problem(f"cannot write here ({why})", str(to), how="check rights and space, repeat")
        ) from None
    finally:
        workshop.unlink(missing_ok=True)


def _set_aside(store: Path, aside: Path) -> None:
    """Moves a store away, whole, when nobody works with it any more."""
    if aside.exists():
        raise UsageError(
            Problem("there is a file already", str(aside), how="wait a second, repeat")
        )
    with closing(sqlite3.connect(store, timeout=1)) as old:
        try:
            # Leaving WAL puts the log into the file, and needs the store for itself alone.
            left = old.execute("PRAGMA journal_mode=DELETE").fetchone()
        except sqlite3.OperationalError:
            left = None
    if left != ("delete",):
        raise UsageError(
            Problem("somebody works with this store", str(store), how="stop longwatch, then repeat")
        )
    store.rename(aside)


def digest_of(file: Path) -> str:
    """SHA-256 of a file."""
    with file.open("rb") as stream:
        return hashlib.file_digest(stream, "sha256").hexdigest()


def unfit(file: Path, why: str) -> Problem:
    """Why a file is no backup."""
    return Problem(
        f"this is no whole backup: {why}", str(file), how="take another copy, and keep this one"
    )
