"""Backup while everything runs, and restore; neither counts before it was read back.

A backup is one SQLite file. It is proved by SQLite's own check, by the references between tables,
and by following the chain of the audit log inside it.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path

from django.db import connection

from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.store.audit import ENTRY, Anchor, follow_chain
from longwatch.store.models import AuditEntry


class BackupError(LongwatchError):
    """A backup could not be made, or is not fit to be restored."""


@dataclass(frozen=True, slots=True)
class Proof:
    """A backup that was read back.

    Inputs:
        size, digest: of the file; the digest is SHA-256.
        anchor: the end of the audit log in it, to be kept elsewhere.
        messages: how many arrivals it holds.
    """

    path: Path
    size: int
    digest: str
    anchor: Anchor
    messages: int


def backup(to: Path) -> Proof:
    """Copies the store as it is at this moment into a new file; writers are not held up.

    Raises:
        UsageError: the store is on PostgreSQL, or the file is there already.
        BackupError: it could not be written, or what was written is damaged.
    """
    if connection.vendor != "sqlite":
        raise UsageError(
            Problem(
                "this backup is for SQLite",
                how="on PostgreSQL: pg_dump --format=custom, and pg_restore into a new database",
            )
        )
    connection.ensure_connection()
    with _put_in_place(to) as workshop:
        with closing(sqlite3.connect(workshop)) as copy:
            connection.connection.backup(copy)
            # One file, without the log beside it that a copy could leave behind.
            copy.execute("PRAGMA journal_mode=DELETE")
        proof = prove(workshop)
    return Proof(to, proof.size, proof.digest, proof.anchor, proof.messages)


def restore(backup_file: Path, to: Path) -> Proof:
    """Makes a store of a backup. What laboratories sent since then must be asked for again.

    Raises:
        UsageError: there is a store already under this name.
        BackupError: the backup is damaged, or cannot be read.
    """
    prove(backup_file)
    with _put_in_place(to) as workshop:
        shutil.copyfile(backup_file, workshop)
        proof = prove(workshop)
    return Proof(to, proof.size, proof.digest, proof.anchor, proof.messages)


def prove(file: Path) -> Proof:
    """Reads a backup from its first to its last page.

    Raises:
        BackupError: it is damaged, or no store of Longwatch.
    """
    try:
        with closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True)) as copy:
            return _proved(file, copy)
    except (sqlite3.Error, OSError) as error:
        raise BackupError(_unfit(file, str(error))) from None


def _proved(file: Path, copy: sqlite3.Connection) -> Proof:
    (found,) = copy.execute("PRAGMA integrity_check").fetchone()
    if found != "ok":
        raise BackupError(_unfit(file, found))
    if strays := copy.execute("PRAGMA foreign_key_check").fetchall():
        raise BackupError(_unfit(file, f"{len(strays)} rows refer to rows that are not there"))
    table = AuditEntry._meta.db_table
    rows = copy.execute(f'SELECT {", ".join(ENTRY)} FROM "{table}" ORDER BY number')  # noqa: S608
    report = follow_chain(dict(zip(ENTRY, row, strict=True)) for row in rows)
    if report.problem is not None:
        raise BackupError([_unfit(file, "its audit log is not whole"), report.problem])
    (messages,) = copy.execute("SELECT count(*) FROM store_message").fetchone()
    with file.open("rb") as stream:
        digest = hashlib.file_digest(stream, "sha256").hexdigest()
    return Proof(file, file.stat().st_size, digest, report.anchor, messages)


@contextmanager
def _put_in_place(to: Path) -> Iterator[Path]:
    """A name to write under; the file gets its own name when it is whole and on the disk."""
    if to.exists():
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


def _unfit(file: Path, why: str) -> Problem:
    return Problem(
        f"this is no whole backup: {why}", str(file), how="take another copy, and keep this one"
    )
