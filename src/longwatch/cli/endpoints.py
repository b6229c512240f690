"""`longwatch endpoints`."""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Protocol, Quiet, RecordPath, read_day


class Format(StrEnum):
    """How the figures are printed."""

    TABLE = "table"
    JSON = "json"
    CSV = "csv"


def endpoints(
    record: RecordPath,
    definition: Annotated[
        str,
        typer.Option(
            "--definition",
            metavar="ID",
            help="What counts as a relapse and as confirmed worsening, as care-ms or opera.",
        ),
    ] = "care-ms",
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            parser=read_day,
            metavar="DATE",
            help="Nothing after this day is known. Default: the day of the last entry up to today.",
            show_default=False,
        ),
    ] = None,
    protocol: Protocol = None,
    html: Annotated[
        Path | None,
        typer.Option("--html", metavar="FILE", help="Write the report as one page, to print, too."),
    ] = None,
    figures: Annotated[
        Path | None,
        typer.Option("--figures", metavar="FOLDER", help="Write every picture there (SVG, PNG)."),
    ] = None,
    title: Annotated[
        str | None,
        typer.Option("--title", metavar="WORDS", help="Name of the cohort on the page."),
    ] = None,
    form: Annotated[
        Format | None, typer.Option("--format", help="How to print the figures. Default: table.")
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What the pivotal trials measured, of any Record, beside what they published.

    Relapses, confirmed worsening and improvement, change of EDSS, how the watch was kept, adverse
    events by year. A clinic's cohort is not a trial: the report says what that means.
    """
    from longwatch.cli.endpoints_work import Wish, run_endpoints
    from longwatch.cli.options import today

    wish = Wish(
        record=record,
        definition=definition,
        as_of=as_of,
        today=today(),
        protocol=protocol,
        html=html,
        figures=figures,
        title=title,
        form=str(form) if form else ("json" if json else "table"),
        quiet=quiet,
    )
    if not run_endpoints(wish):
        raise typer.Exit(1)
