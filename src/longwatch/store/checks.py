"""System checks: what is wrong with the store's set-up, each with an id and a remedy.

| id | level | finds |
|---|---|---|
| store.E001 | error | SQLite commits that a power cut could lose |
| store.E002 | error | a table that must be append only is not guarded |
| store.W003 | warning | a database that is neither SQLite nor PostgreSQL |
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from django.core.checks import CheckMessage, Error, Tags, register
from django.core.checks import Warning as Caution
from django.db import connections

from longwatch.store.guards import missing_guards


@register(Tags.database)
def check_durability(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether a commit is on the disk when it returns."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if connection.vendor == "postgresql":
            continue
        if connection.vendor != "sqlite":
            found.append(
                Caution(
                    f"the store was never tried on {connection.vendor}",
                    hint="use SQLite or PostgreSQL",
                    id="store.W003",
                )
            )
            continue
        with connection.cursor() as cursor:
            (synchronous,) = cursor.execute("PRAGMA synchronous").fetchone()
            (journal,) = cursor.execute("PRAGMA journal_mode").fetchone()
        if synchronous < 2 or journal not in ("wal", "delete", "truncate", "persist"):
            found.append(
                Error(
                    f"a power cut could lose acknowledged results (synchronous={synchronous}, "
                    f"journal_mode={journal})",
                    hint="take DATABASES from longwatch.store.database.database_settings",
                    id="store.E001",
                )
            )
    return found


@register(Tags.database)
def check_guards(databases: Sequence[str] | None = None, **_: Any) -> list[CheckMessage]:
    """Whether the triggers stand that keep what is written once."""
    found: list[CheckMessage] = []
    for alias in databases or ():
        connection = connections[alias]
        if "store_auditentry" not in connection.introspection.table_names():
            continue
        if missing := missing_guards(connection):
            found.append(
                Error(
                    f"{len(missing)} guards are missing: {', '.join(missing)}",
                    hint="run `longwatch migrate`, which puts them back, and ask who removed them",
                    id="store.E002",
                )
            )
    return found
