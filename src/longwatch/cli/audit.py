"""`longwatch audit`: whether the log is whole, and what it tells of one person."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.clinic_store import Database
from longwatch.cli.options import Json


def verify(
    anchor: Annotated[
        str | None,
        typer.Option(
            metavar="NUMBER:HASH",
            help="An end of the log that was noted elsewhere.",
            show_default=False,
        ),
    ] = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Follow the audit log from its first entry to its last; 1 when somebody changed it."""
    from longwatch.cli.audit_work import prove_log

    raise typer.Exit(prove_log(anchor, database, json))


def show(
    patient: Annotated[str, typer.Argument(metavar="PATIENT", help="Whose.", show_default=False)],
    actor: Annotated[
        str, typer.Option("--by", metavar="NAME", help="Who looks: that is noted, too.")
    ] = "administrator",
    database: Database = None,
    json: Json = False,
) -> None:
    """Who read or changed what of one person, the newest first."""
    from longwatch.cli.audit_work import show_log

    show_log(patient, actor, database, json)
