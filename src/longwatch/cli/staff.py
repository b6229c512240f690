"""`longwatch staff`: who works here in which role."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.alerts import Database, Zone
from longwatch.cli.options import Json


def staff(
    name: Annotated[
        str | None, typer.Argument(metavar="USER", help="User name; nobody: list everybody.")
    ] = None,
    role: Annotated[
        str | None, typer.Option("--role", metavar="ROLE", help="Gives the user this role.")
    ] = None,
    until_now: Annotated[bool, typer.Option("--end", help="Ends the role instead.")] = False,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Who works here in which role: nurse, neurologist, infusion-nurse, laboratory-desk, lead.

    A new user has no password and cannot log in anywhere: the name stands in the audit log.
    """
    from longwatch.cli.staff_work import change, show

    if name is not None and role is not None:
        change(name, role, ends=until_now, database=database, zone=zone)
    show(name, database=database, zone=zone, json=json)
