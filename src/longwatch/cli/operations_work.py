"""The work of `migrate`, `backup` and `restore`."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from longwatch.cli.clinic_store import open_store
from longwatch.cli.output import print_json, print_line
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.store.backup import Proof

_DUMP = b"PGDMP"


def bring_up(database: str | None, json: bool) -> None:
    """Makes tables, or brings them up to this version.

    Raises:
        UsageError: the database does not answer.
    """
    from longwatch.store.setup import configure, pending
    from longwatch.store.setup import migrate as bring

    configure(database)
    from django.db import connection

    name = str(connection.settings_dict["NAME"])
    is_new = connection.vendor == "sqlite" and not Path(name).exists()
    todo = ["everything"] if is_new else pending()
    bring()
    if json:
        print_json({"database": name, "done": todo})
    elif todo:
        print_line(f"The store is ready: {name}")
    else:
        print_line(f"Nothing to do: {name} is of this version.")


def back_up(file: Path, database: str | None, json: bool) -> None:
    """Makes a backup.

    Raises:
        UsageError, BackupError: it was not made; nothing was left.
    """
    open_store(database)
    # The models can be imported after that, and not before.
    from longwatch.store.backup import backup

    proof = backup(file)
    if json:
        print_json(_plain(proof))
        return
    print_line(f"Saved and read back: {file} ({proof.size:,} bytes, {proof.messages:,} messages).")
    for checked in proof.checked:
        print_line(f"  verified: {checked}")
    print_line(f"SHA-256 {proof.digest}")
    print_line(f"Audit log ends with entry {proof.anchor.number}, {proof.anchor.hash}")
    print_line("Keep these two lines somewhere else: with them nobody can change it unnoticed.")


def restore_from(file: Path, into: str, replace: bool, json: bool) -> None:
    """Makes a store of a backup.

    Raises:
        UsageError, BackupError: nothing was changed.
    """
    from longwatch.store.database import database_settings, without_password
    from longwatch.store.setup import configure
    from longwatch.store.setup import migrate as bring

    now = datetime.now(UTC)
    settings = database_settings(into)
    configure(into)
    from longwatch.store.audit import record_audit, verify_audit
    from longwatch.store.backup import BackupError, restore

    stamp = f"{now:%Y%m%dT%H%M%S}"
    on_server = settings["ENGINE"].endswith("postgresql")
    if not file.is_file():
        raise UsageError(Problem("there is no such file", str(file)))
    with file.open("rb") as stream:
        is_dump = stream.read(len(_DUMP)) == _DUMP
    if is_dump != on_server:
        here, there = ("PostgreSQL", "SQLite") if is_dump else ("SQLite", "PostgreSQL")
        how = f"restore it into a store on {here}"
        raise UsageError(Problem(f"this is no backup of {there}", str(file), how=how))
    if on_server:
        from longwatch.store.backup_postgresql import load

        aside = f"{settings['NAME']}_before_{stamp.lower()}" if replace else None
        proof = load(file, settings, aside=aside)
    else:
        path = Path(settings["NAME"])
        kept = path.with_name(f"{path.name}.before-{stamp}") if replace else None
        proof = restore(file, path, aside=kept)
        aside = None if kept is None else str(kept)
    report = verify_audit(proof.anchor)
    if report.problem is not None:
        raise BackupError([report.problem])
    bring()
    record_audit(
        "restored",
        actor="longwatch restore",
        at=now,
        kind="store",
        detail={"backup": proof.digest, "entries": proof.anchor.number},
    )
    if json:
        print_json({**_plain(proof), "into": without_password(into), "aside": aside})
        return
    print_line(f"Restored and verified: {without_password(into)} ({proof.messages:,} messages).")
    if aside is not None:
        print_line(f"What was there is kept as {aside}.")
    _say_what_must_come_again(proof.heard)


def _say_what_must_come_again(heard: Mapping[str, datetime]) -> None:
    if not heard:
        print_line("No message is in it: ask every laboratory for everything.")
        return
    print_line("Ask to send again what came after it (twice is no harm; the moments are UTC):")
    for channel, last in heard.items():
        print_line(f"  {channel}: since {last:%Y-%m-%d %H:%M:%S}")


def _plain(proof: Proof) -> dict[str, Any]:
    return {
        "file": str(proof.path),
        "size": proof.size,
        "sha256": proof.digest,
        "audit": {"number": proof.anchor.number, "hash": proof.anchor.hash},
        "messages": proof.messages,
        "heard": dict(proof.heard),
        "verified": list(proof.checked),
    }
