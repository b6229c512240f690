"""`longwatch sender`: which programs may send over the network."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated

import typer

from longwatch.cli.desk import By, Database, Why, Zone
from longwatch.cli.grouped_help import Grouped
from longwatch.cli.options import Json

sender = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Programs that may send FHIR over the network: list, add, withdraw.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the clinic calls it.")]


def list_senders(database: Database = None, zone: Zone = None, json: Json = False) -> None:
    """Who may send, and how often strangers tried lately."""
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    Clinic(database, zone).open()
    from longwatch.store.senders import listed

    found = listed()
    if json:
        print_json(found)
        return
    for row in found["senders"]:
        where = ", ".join(row["networks"]) or "anywhere"
        print_line(f"{row['name']}  from {where}; registered by {row['author']}")
    for row in found["strangers"]:
        print_line(f"{row['day']}  {row['origin']} tried {row['times']} times without a token")
    if not found["senders"]:
        print_line("Nobody may send.")


def add(
    name: Name,
    by: By,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", metavar="NETWORK", help="From where, as 10.1.2.0/24."),
    ] = None,
    server: Annotated[
        str, typer.Option(metavar="URL", help="Address under which its Patient/1 is meant.")
    ] = "",
    registry: Annotated[
        bool, typer.Option("--registry", help="Its Patient resources make people known.")
    ] = False,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Let a program send; prints its token, which is shown this once."""
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    Clinic(database, zone).open()
    from longwatch.store.senders import register_sender

    token = register_sender(
        name,
        by=by,
        at=datetime.now(UTC),
        networks=tuple(network or ()),
        server=server,
        registry=registry,
    )
    if json:
        print_json({"name": name, "token": token})
    else:
        print_line(token)


def withdraw(
    name: Name,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Let a program send no longer; what it sent stays."""
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    Clinic(database, zone).open()
    from longwatch.store.senders import withdraw_sender

    withdraw_sender(name, by=by, reason=reason, at=datetime.now(UTC))
    if json:
        print_json({"withdrawn": name})
    else:
        print_line(f"{name} may send no longer.")
