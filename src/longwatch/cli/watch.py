"""`longwatch watch`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import AsOf, Json, Protocol, Quiet, RecordPath


class Format(StrEnum):
    """How tables are written."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"
    PARQUET = "parquet"


class Table(StrEnum):
    """The tables of the watch's answer."""

    WORKLIST = "worklist"
    STATUS = "status"
    FINDINGS = "findings"
    ADHERENCE = "adherence"
    READINESS = "readiness"
    PROPHYLAXIS = "prophylaxis"
    UNJUDGED = "unjudged"


def watch(
    record: RecordPath,
    protocol: Protocol = None,
    as_of: AsOf = None,
    patient: Annotated[
        str | None,
        typer.Option("--patient", metavar="ID", help="Only this patient.", show_default=False),
    ] = None,
    table: Annotated[
        Table | None,
        typer.Option("--table", help="Print this table instead of the worklist."),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("--out", metavar="FOLDER", help="Write every table into this folder."),
    ] = None,
    form: Annotated[
        Format | None,
        typer.Option("--format", help="How to print or write. Default: table, and csv in --out."),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Who is due, overdue or abnormal on a day, why, and how fast somebody must act.

    Prints the worklist by urgency with every reason. Without --protocol each patient is watched by
    the protocol that their record names, else by alemtuzumab-us.
    """
    from longwatch.cli.options import today
    from longwatch.cli.watch_work import Wish, run_watch

    wish = Wish(
        record=record,
        protocol=protocol,
        as_of=as_of or today(),
        patient=patient,
        table=str(table) if table else None,
        out=out,
        form=str(form) if form else ("json" if json else None),
        quiet=quiet,
    )
    if not run_watch(wish):
        raise typer.Exit(1)
