"""The import of a command: checks of the arguments, one writer at a time, whole or not at all."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.progress import steps
from longwatch.cli.reading import holds_tables, missing
from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record

if TYPE_CHECKING:
    from longwatch.core.record_write import Format
    from longwatch.exchange import ImportReport


def import_into(
    files: Sequence[Path],
    into: Path,
    *,
    received: datetime,
    mappings: Sequence[Path] = (),
    create_patients: bool = False,
    dry_run: bool = False,
    new_format: Format = "csv",
    quiet: bool = False,
) -> ImportReport:
    """Imports files into the Record in a folder, which is made when new.

    Inputs:
        received: clinic time, without offset.
        new_format: the format of a new Record; an old one keeps its own.

    Raises:
        UsageError: when the arguments make no sense; then nothing was read.
        RecordError, ExchangeError: when the Record or a mapping is wrong; nothing was written.
    """
    from longwatch.exchange import import_files

    _check(files, into)
    with _one_writer(into, dry_run), steps("Reading", len(files), quiet=quiet) as progress:
        before = Record.read(into) if holds_tables(into) else Record()
        report = import_files(files, before, received, mappings, create_patients, progress)
        if not dry_run and report.record.tables() != before.tables():
            report.record.write(into, format=_format(into, new_format))
    return report


def _check(files: Sequence[Path], into: Path) -> None:
    problems = []
    for file in files:
        if str(file) != "-" and not os.path.lexists(file):
            problems.append(missing(file, "check the path"))
        elif file.is_dir() and file.resolve() == into.resolve():
            problems.append(Problem("this is the Record itself", str(file), how="give other files"))
    if into.exists() and not into.is_dir():
        problems.append(
            Problem("a Record is a folder, this is a file", str(into), how="give a folder")
        )
    elif into.is_dir() and not holds_tables(into) and any(into.iterdir()):
        problems.append(
            Problem(
                "this folder holds other things and no Record",
                str(into),
                how="give a new or an empty folder to --into",
            )
        )
    if problems:
        raise UsageError(problems)


def _format(into: Path, new_format: Format) -> Format:
    if not holds_tables(into):
        return new_format
    return "parquet" if (into / "patients.parquet").exists() else "csv"


@contextmanager
def _one_writer(into: Path, dry_run: bool) -> Iterator[None]:
    """Refuses a second import into the same Record: the later one would undo the earlier.

    The lock is on the folder itself and ends with the process: no file stays behind.
    """
    if dry_run:
        yield
        return
    new = not into.exists()
    into.mkdir(parents=True, exist_ok=True)
    try:
        with _locked(into):
            yield
    finally:
        if new:
            with suppress(OSError):
                into.rmdir()


@contextmanager
def _locked(folder: Path) -> Iterator[None]:
    try:
        from fcntl import LOCK_EX, LOCK_NB, flock
    except ImportError:  # Windows has no lock on folders.
        yield
        return
    handle = os.open(folder, os.O_RDONLY)
    try:
        try:
            flock(handle, LOCK_EX | LOCK_NB)
        except OSError:
            raise UsageError(
                Problem(
                    "another import into this Record is running",
                    str(folder),
                    how="wait until it has ended, then repeat",
                )
            ) from None
        yield
    finally:
        os.close(handle)
