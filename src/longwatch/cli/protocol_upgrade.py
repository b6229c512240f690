"""`longwatch protocol upgrade`."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.clinic_store import Database
from longwatch.cli.options import AsOf, Json


def upgrade(
    old: Annotated[str, typer.Option("--from", metavar="ID|FOLDER", help="The one in force.")],
    new: Annotated[str, typer.Option("--to", metavar="ID|FOLDER", help="The one to come.")],
    apply: Annotated[
        bool, typer.Option("--apply", help="Do it; without it nothing is changed.")
    ] = False,
    by: Annotated[str, typer.Option(metavar="USER", help="Who answers for it.")] = "",
    reason: Annotated[str, typer.Option(help="Why, for the audit log.")] = "",
    as_of: AsOf = None,
    database: Database = None,
    json: Json = False,
) -> None:
    """Whose dates and alerts another protocol would change; with --apply, the change itself."""
    from longwatch.cli.protocol_upgrade_work import Wanted, run

    run(Wanted(old, new, apply, by, reason), as_of, database, json)
