"""Backup and restore on PostgreSQL: its own `pg_dump` and `pg_restore`, and the same proof.

The proof needs no server: the dump is read from its first to its last byte, and the chain of the
audit log is followed in the rows that it holds.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from django.db import connection

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import ENTRY, follow_chain
from longwatch.store.backup import BackupError, Proof, digest_of, unfit

_DEBIAN = Path("/usr/lib/postgresql")
_CHECKED = ("every byte of the dump", "every entry of the audit log")
_ESCAPES = {"n": "\n", "r": "\r", "t": "\t", "b": "\b", "f": "\f", "v": "\v"}


def dump(to: Path) -> Proof:
    """Writes the database as it is at this moment into a file (`pg_dump --format=custom`).

    Raises:
        UsageError: there is no pg_dump here.
        BackupError: it failed, or the dump cannot be read back.
    """
    words = ["--format=custom", "--no-owner", "--no-privileges", "--file", str(to)]
    _ran("pg_dump", words, connection.settings_dict, to)
    return prove_dump(to)


def prove_dump(file: Path) -> Proof:
    """Reads a dump from its first to its last byte.

    Raises:
        UsageError: there is no pg_restore here.
        BackupError: it is damaged, or no store of Longwatch.
    """
    _ran("pg_restore", [f"--file={os.devnull}", str(file)], {}, file)
    with _rows(file, "store_auditentry") as entries:
        told = ({**row, "number": int(row["number"])} for row in entries)
        report = follow_chain(_in_order(told))
    if report.problem is not None:
        raise BackupError([unfit(file, "its audit log is not whole"), report.problem])
    messages, heard = 0, dict[str, datetime]()
    with _rows(file, "store_message", ("channel", "received_at")) as rows:
        for row in rows:
            messages += 1
            at = datetime.fromisoformat(row["received_at"]).astimezone(UTC)
            heard[row["channel"]] = max(at, heard.get(row["channel"], at))
    size = file.stat().st_size
    return Proof(file, size, digest_of(file), report.anchor, messages, heard, _CHECKED)


def load(file: Path, settings: Mapping[str, Any], *, aside: str | None = None) -> Proof:
    """Makes a database of a dump; it gets its name when it is whole.

    Inputs:
        settings: of the new database, as in Django's `DATABASES`.
        aside: the name under which a database that is there already is kept; None refuses it.

    Raises:
        UsageError: there is such a database already.
        BackupError: the dump is damaged, or the server refused.
    """
    from psycopg import Error, connect, sql

    proof = prove_dump(file)
    name = settings["NAME"]
    workshop = f"{name}_unfinished"
    try:
        with connect(**_connection(settings, "postgres"), autocommit=True) as server:

            def do(words: str, *names: str) -> None:
                server.execute(sql.SQL(words).format(*map(sql.Identifier, names)))

            query = "SELECT 1 FROM pg_database WHERE datname = %s"
            there = server.execute(query, [name]).fetchone() is not None
            if there and aside is None and not _is_empty(settings):
                how = "give --replace, which keeps it under another name"
                raise UsageError(Problem("there is a store already", name, how=how))
            do("DROP DATABASE IF EXISTS {}", workshop)
            do("CREATE DATABASE {}", workshop)
            into = {**settings, "NAME": workshop}
            words = ["--no-owner", "--no-privileges", "--exit-on-error", "--single-transaction"]
            _ran("pg_restore", [*words, "--dbname", workshop, str(file)], into, file)
            if there and aside is not None:
                # Refused while anybody works with it.
                do("ALTER DATABASE {} RENAME TO {}", name, aside)
            elif there:
                do("DROP DATABASE {}", name)
            do("ALTER DATABASE {} RENAME TO {}", workshop, name)
    except Error as error:
        how = "stop longwatch; the user needs the right to create databases; repeat"
        raise BackupError(
            Problem(
                f"the server refused ({type(error).__name__}: {error.diag.sqlstate})", name, how=how
            )
        ) from None
    return proof


def _is_empty(settings: Mapping[str, Any]) -> bool:
    from psycopg import connect

    with connect(**_connection(settings, settings["NAME"])) as there:
        found = there.execute("SELECT count(*) FROM pg_stat_user_tables").fetchone()
    return found == (0,)


def _connection(settings: Mapping[str, Any], name: str) -> dict[str, Any]:
    named = {"host": "HOST", "port": "PORT", "user": "USER", "password": "PASSWORD"}
    given = {key: settings[word] for key, word in named.items() if settings.get(word)}
    options = dict(settings.get("OPTIONS", {}))
    options.pop("server_side_binding", None)
    return {**options, **given, "dbname": name}


def _program(name: str) -> str:
    """The one that is at hand, else Debian's newest: an old pg_dump refuses a new server."""
    folders = sorted(_DEBIAN.glob("*/bin"), key=lambda place: place.parent.name.zfill(4))
    path = os.pathsep.join([os.environ.get("PATH", ""), *map(str, reversed(folders))])
    found = shutil.which(name, path=path)
    if found is None:
        raise UsageError(
            Problem(
                f"{name} is not installed here",
                why="a backup on PostgreSQL is made by PostgreSQL's own program",
                how="install postgresql-client (Debian), or run this where the server is",
            )
        )
    return found


def _ran(program: str, words: list[str], settings: Mapping[str, Any], file: Path) -> None:
    done = subprocess.run(  # noqa: S603 (our own words)
        [_program(program), *words],
        env=_environment(settings),
        capture_output=True,
        text=True,
        errors="replace",
        check=False,
    )
    if done.returncode:
        # The first line says what is wrong; later ones could repeat a row.
        said = re.sub(r"\s+", " ", done.stderr.partition("\n")[0])[:300]
        raise BackupError(unfit(file, said or f"{program} failed"))


def _environment(settings: Mapping[str, Any]) -> dict[str, str]:
    if not settings:
        return dict(os.environ)
    given = _connection(settings, settings["NAME"])
    named = {"dbname": "PGDATABASE", "host": "PGHOST", "port": "PGPORT", "user": "PGUSER"}
    named |= {"password": "PGPASSWORD", "sslmode": "PGSSLMODE", "sslrootcert": "PGSSLROOTCERT"}
    return {**os.environ, **{named[key]: str(v) for key, v in given.items() if key in named}}


class _rows:  # noqa: N801 (used like a function)
    """The rows of one table in a dump, each as a mapping; a row at a time."""

    def __init__(self, file: Path, table: str, columns: tuple[str, ...] = ENTRY) -> None:
        self._columns = columns
        words = ["--data-only", f"--table={table}", "--file=-", str(file)]
        self._process = subprocess.Popen(  # noqa: S603 (our own words)
            [_program("pg_restore"), *words], stdout=subprocess.PIPE, text=True, encoding="utf-8"
        )

    def __enter__(self) -> Iterator[dict[str, Any]]:
        return self._read()

    def __exit__(self, *_: object) -> None:
        assert self._process.stdout is not None
        self._process.stdout.close()
        self._process.wait()

    def _read(self) -> Iterator[dict[str, Any]]:
        assert self._process.stdout is not None
        wanted: list[tuple[str, int]] | None = None
        for line in self._process.stdout:
            if wanted is None:
                if line.startswith("COPY "):
                    names = [
                        name.strip(' "') for name in line.split("(")[1].split(")")[0].split(",")
                    ]
                    wanted = [(name, names.index(name)) for name in self._columns]
            elif line == "\\.\n":
                return
            else:
                cells = line.rstrip("\n").split("\t")
                yield {name: _cell(cells[place]) for name, place in wanted}


def _cell(text: str) -> str | None:
    if "\\" not in text:
        return text
    if text == r"\N":
        return None
    return re.sub(r"\\.", lambda found: _ESCAPES.get(found[0][1], found[0][1]), text)


def _in_order(entries: Iterable[Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """By number; a table is dumped as it lies on the disk, which is almost in order."""
    early: dict[int, Mapping[str, Any]] = {}
    due = 1
    for entry in entries:
        early[entry["number"]] = entry
        while due in early:
            yield early.pop(due)
            due += 1
    yield from (early[number] for number in sorted(early))
