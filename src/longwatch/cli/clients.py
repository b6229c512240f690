"""`longwatch client`: which systems may read over FHIR, CDS Hooks and JSON."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.desk import By, Database, Why, Zone
from longwatch.cli.grouped_help import Grouped
from longwatch.cli.options import Json

client = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="Systems that may read over FHIR, CDS Hooks and JSON: list, add, revoke.",
)

Name = Annotated[str, typer.Argument(metavar="NAME", help="What the clinic calls it.")]


def list_clients(database: Database = None, zone: Zone = None, json: Json = False) -> None:
    """Which systems may read what, and until when."""
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    Clinic(database, zone).open()
    from longwatch.store.clients import listed

    found = listed()
    if json:
        print_json(found)
        return
    for row in found:
        until, what = f"{row['expires_at']:%Y-%m-%d}", " ".join(row["scopes"])
        print_line(f"{row['name']}  {what}; until {until}; registered by {row['author']}")
    if not found:
        print_line("No system may read.")


def add(
    name: Name,
    by: By,
    scope: Annotated[
        list[str],
        typer.Option(metavar="SCOPE", help="system/Observation.rs, system/*.rs, cds-hooks, api."),
    ],
    days: Annotated[int, typer.Option(help="For how many days.")] = 365,
    network: Annotated[
        list[str] | None,
        typer.Option("--network", metavar="NETWORK", help="From where, as 10.1.2.0/24."),
    ] = None,
    issuer: Annotated[
        str, typer.Option(metavar="URL", help="`iss` of the tokens that it signs (CDS Hooks).")
    ] = "",
    key: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Its public keys: a JWK, or a JWK set.")
    ] = None,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Let a system read; prints its token, which is shown this once."""
    from longwatch.cli.clients_work import public_keys
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    keys = public_keys(key)
    Clinic(database, zone).open()
    from longwatch.store.clients import register_client

    now = datetime.now(UTC)
    token = register_client(
        name,
        by=by,
        at=now,
        scopes=scope,
        expires_at=now + timedelta(days=days),
        networks=tuple(network or ()),
        issuer=issuer,
        keys=keys,
    )
    if json:
        print_json({"name": name, "token": token})
    else:
        print_line(token)


def revoke(
    name: Name,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Let a system read no longer, from this moment."""
    from longwatch.cli.desk_work import Clinic
    from longwatch.cli.output import print_json, print_line

    Clinic(database, zone).open()
    from longwatch.store.clients import revoke_client

    revoke_client(name, by=by, reason=reason, at=datetime.now(UTC))
    if json:
        print_json({"revoked": name})
    else:
        print_line(f"{name} may read no longer.")
