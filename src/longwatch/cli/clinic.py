"""`longwatch clinic`: the settings that hold for the whole clinic."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.clinic_store import Database
from longwatch.cli.grouped_help import Grouped
from longwatch.cli.options import Json

clinic = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="The clinic's name, telephones, time zone, hours, protocol and laboratories.",
)


def show(database: Database = None, json: Json = False) -> None:
    """Everything that is set; what nobody has set is named, too."""
    from longwatch.cli.clinic_work import show_all

    show_all(database, json=json)


def set_some(
    values: Annotated[
        list[str], typer.Argument(metavar="KEY=VALUE…", help="As clinic.zone=Europe/Berlin.")
    ],
    by: Annotated[str, typer.Option("--by", metavar="USER", help="Who does it: a user name.")],
    reason: Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why.")],
    database: Database = None,
    json: Json = False,
) -> None:
    """Set some of them; hours and laboratories are given as JSON."""
    from longwatch.cli.clinic_work import set_values

    set_values(values, by, reason, database, json=json)
