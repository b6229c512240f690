"""`longwatch remind`: who is asked for what, by which way and why; and sending it."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet, read_day


def remind(
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would be sent; change and send nothing.")
    ] = False,
    day: Annotated[
        date | None,
        typer.Option(
            "--date",
            parser=read_day,
            metavar="DATE",
            help="The day to look at, with --dry-run. Default: today.",
            show_default=False,
        ),
    ] = None,
    people: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="First read from a CSV how people may be reached."),
    ] = None,
    bounces: Annotated[
        Path | None,
        typer.Option(metavar="FOLDER", help="First read mails that came back, from *.eml here."),
    ] = None,
    settings: Annotated[
        list[str] | None,
        typer.Option("--set", metavar="KEY=VALUE", help="First set clinic.name and the like."),
    ] = None,
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Remind people of what is due, and staff of whom to call.

    Nobody gets the same reminder twice, however often this runs. LONGWATCH_MAIL, LONGWATCH_TEXT
    and LONGWATCH_LETTERS say which ways there are.
    """
    from longwatch.cli.remind_work import Wanted, run

    wanted = Wanted(dry_run, day, people, bounces, tuple(settings or ()), json, quiet)
    raise typer.Exit(run(wanted, database))
