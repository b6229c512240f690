"""Where the database is, in one line of text, and how Django is told about it.

`sqlite:///clinic.db`, a plain path, or `postgresql://user:password@host:port/name?sslmode=require`.
The text may hold a password: it is shown only through `without_password`.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, unquote, urlsplit

from longwatch.core.errors import Problem, UsageError

VARIABLE = "LONGWATCH_DATABASE"
DEFAULT = "sqlite:///longwatch.db"

BUSY_SECONDS = 10
"""How long a writer waits for the one before it."""

SQLITE_BEGINNING = (
    "PRAGMA journal_mode=WAL",
    # NORMAL lost acknowledged results in simulated power cuts.
    "PRAGMA synchronous=FULL",
    "PRAGMA foreign_keys=ON",
    # Without it INSERT OR REPLACE deletes rows behind the back of the triggers that forbid it.
    "PRAGMA recursive_triggers=ON",
)

_PREPARED_AFTER = 3
"""How often a query is asked before the server keeps its plan."""

_HOW = f"set {VARIABLE} to sqlite:///clinic.db or postgresql://user@host/name"


def database_settings(url: str) -> dict[str, Any]:
    """The entry of Django's `DATABASES` for a database named in one line.

    Raises:
        UsageError: the text names no database that Longwatch can use.

    >>> database_settings("sqlite:///clinic.db")["ENGINE"]
    'django.db.backends.sqlite3'
    >>> database_settings("postgresql://nurse@db.example:5433/clinic")["PORT"]
    '5433'
    """
    scheme, colon, rest = url.partition("://")
    if not colon:
        return _sqlite(url)
    if scheme == "sqlite":
        return _sqlite(unquote(rest.removeprefix("/")))
    if scheme in ("postgresql", "postgres"):
        return _postgresql(url)
    raise UsageError(Problem(f"{scheme!r} is no kind of database known here", how=_HOW))


def without_password(url: str) -> str:
    """The same text, fit to be shown and logged.

    >>> without_password("postgresql://nurse:secret@db.example/clinic?sslmode=require")
    'postgresql://nurse:***@db.example/clinic?sslmode=require'
    """
    hidden = re.sub(r"(://[^/:@?]*):.*@", r"\1:***@", url)
    return re.sub(r"(?i)([?&](?:password|passfile|sslpassword)=)[^&]*", r"\1***", hidden)


def _sqlite(name: str) -> dict[str, Any]:
    if not name or name == ":memory:":
        raise UsageError(
            Problem("a store in memory would lose what it acknowledged", how="name a file")
        )
    return {
        "ENGINE": "django.db.backends.sqlite3",
        "NAME": str(Path(name).expanduser().absolute()),
        "OPTIONS": {
            # A transaction that begins by reading and then writes would fail as busy, not wait.
            "transaction_mode": "IMMEDIATE",
            "timeout": BUSY_SECONDS,
            "init_command": ";".join(SQLITE_BEGINNING),
        },
    }


def _postgresql(url: str) -> dict[str, Any]:
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError as error:
        raise UsageError(
            Problem(f"{without_password(url)!r} cannot be read: {error}", how=_HOW)
        ) from None
    name = unquote(parts.path.removeprefix("/"))
    if not name:
        raise UsageError(Problem(f"{without_password(url)!r} names no database", how=_HOW))
    return {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": name,
        "USER": unquote(parts.username or ""),
        "PASSWORD": unquote(parts.password or ""),
        # Empty: libpq takes PGHOST, which may be a folder with a socket.
        "HOST": unquote(parts.hostname or ""),
        "PORT": str(port or ""),
        # The server plans a query once, and not for every message anew; Django alone would not ask
        # it to, because of poolers that give each transaction another connection.
        "OPTIONS": {
            "server_side_binding": True,
            "prepare_threshold": _PREPARED_AFTER,
            **dict(parse_qsl(parts.query)),
        },
    }
