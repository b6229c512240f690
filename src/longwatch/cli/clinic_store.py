"""Opening the clinic's store for a command."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.core.errors import Problem, UsageError

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
]


def open_store(database: str | None) -> None:
    """Makes the store usable as it is; nothing is created and nothing migrated.

    Raises:
        UsageError: there is none, or its tables are of another version.
    """
    from longwatch.store.setup import configure, pending

    configure(database)
    if missing := pending():
        how = "longwatch migrate, after a backup"
        raise UsageError(
            Problem(f"the store has no tables yet, or old ones ({missing[0]})", how=how)
        )
