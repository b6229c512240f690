"""`longwatch migrate`, `backup`, `restore` and `doctor`: what an administrator does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.clinic_store import Database
from longwatch.cli.options import Json


def migrate(database: Database = None, json: Json = False) -> None:
    """Make the clinic's store, or bring its tables up to this version."""
    from longwatch.cli.operations_work import bring_up

    bring_up(database, json)


def backup(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The new file.", show_default=False)],
    database: Database = None,
    json: Json = False,
) -> None:
    """Copy the store into one file while everything runs, and prove the copy by reading it."""
    from longwatch.cli.operations_work import back_up

    back_up(file, database, json)


def restore(
    file: Annotated[Path, typer.Argument(metavar="FILE", help="The backup.", show_default=False)],
    into: Annotated[
        str, typer.Option("--into", metavar="URL", help="The store to make.", show_default=False)
    ],
    replace: Annotated[
        bool, typer.Option("--replace", help="Put it in the place of one; that is kept aside.")
    ] = False,
    json: Json = False,
) -> None:
    """Make a store of a backup, prove it, and say since when feeds must be sent again."""
    from longwatch.cli.operations_work import restore_from

    restore_from(file, into, replace, json)


def doctor(
    database: Database = None,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The clinic's time zone. Default: this machine's."),
    ] = None,
    backups: Annotated[
        Path | None,
        typer.Option("--backups", metavar="FOLDER", help="Where backups lie: is the newest young?"),
    ] = None,
    json: Json = False,
) -> None:
    """Look at everything that must be right for the watch to work; 1 when something is not."""
    from longwatch.cli.doctor_work import examine

    raise typer.Exit(examine(database, zone, backups, json))
