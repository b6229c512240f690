"""Opening the clinic's store for a command."""

from __future__ import annotations

from datetime import tzinfo
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


def zone_in_force(given: str | None) -> tzinfo:
    """The clinic's time zone; the store is open.

    Raises:
        UsageError: there is no such zone, or the clinic has set another one.
    """
    from longwatch.cli.zones import find_zone
    from longwatch.store.clinic_facts import clinic_zone

    return clinic_zone(find_zone(given), given)
