"""`longwatch serve`: the pages of a clinic."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer


def serve(
    port: Annotated[int, typer.Option(help="Port of the pages.")] = 8000,
    host: Annotated[
        str, typer.Option(help="Address to serve on. Beyond this machine: behind TLS.")
    ] = "127.0.0.1",
    database: Annotated[
        str | None,
        typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
    ] = None,
    processes: Annotated[
        int,
        typer.Option(min=1, max=64, help="Processes that answer, each on a core (PostgreSQL)."),
    ] = 1,
    zone: Annotated[
        str | None,
        typer.Option(metavar="ZONE", help="The clinic's time zone. Default: this machine's."),
    ] = None,
    demo: Annotated[
        bool,
        typer.Option("--demo", help="The sample clinic, with one click to enter as each role."),
    ] = False,
    into: Annotated[
        Path, typer.Option("--into", metavar="FILE", help="With --demo: where its store goes.")
    ] = Path("demo-clinic.db"),
) -> None:
    """Serve the pages: the nurse's morning, and the page of the person treated.

    With --demo on invented people. Stop with Ctrl-C.
    """
    from longwatch.cli.serve_work import Wanted, run

    run(Wanted(host, port, database, zone, into if demo else None, processes=processes))
