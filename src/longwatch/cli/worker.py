"""`longwatch worker`: what happens by itself."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.alerts import Database, Zone
from longwatch.cli.options import Json


def worker(
    once: Annotated[bool, typer.Option("--once", help="Do everything once, then stop.")] = False,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Escalate alerts, sweep everybody each night, notice silence, chase missing results.

    Runs until it is stopped (Ctrl-C); several at once do nothing twice. What each job did last
    stands in the store, so that a dead worker is noticed.
    """
    from longwatch.cli.worker_work import work

    raise typer.Exit(work(database, zone, once=once, json=json))
