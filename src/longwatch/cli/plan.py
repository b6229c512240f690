"""`longwatch plan`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import AsOf, Json, Protocol, Quiet, read_day


def plan(
    record: Annotated[
        Path | None,
        typer.Argument(
            metavar="[RECORD]", help="The folder of a Record, with --patient.", show_default=False
        ),
    ] = None,
    first: Annotated[
        date | None,
        typer.Option(
            "--first",
            parser=read_day,
            metavar="DATE",
            help="Day 1 of course 1, where there is no Record.",
            show_default=False,
        ),
    ] = None,
    patient: Annotated[
        str | None,
        typer.Option("--patient", metavar="ID", help="Whose plan.", show_default=False),
    ] = None,
    protocol: Protocol = None,
    as_of: AsOf = None,
    ics: Annotated[
        Path | None,
        typer.Option("--ics", metavar="FILE", help="Write a calendar file.", show_default=False),
    ] = None,
    neutral: Annotated[
        bool,
        typer.Option("--neutral", help="Titles in the calendar that tell a stranger nothing."),
    ] = False,
    checks: Annotated[
        bool, typer.Option("--checks", help="Also every step of the infusion days.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """The dated plan of one person: infusions, what comes before them, every test to the end."""
    from longwatch.cli.options import today
    from longwatch.cli.output import hint, print_json
    from longwatch.cli.plan_work import calendar, print_plan, wanted_plan

    made, sound = wanted_plan(record, first, patient, protocol, as_of or today(), quiet=quiet)
    if ics is not None:
        from longwatch.cli.files import write_text

        write_text(ics, calendar(made, neutral=neutral))
        hint(f"Written: {ics}", quiet or json)
    if json:
        print_json(made.as_dict())
    elif ics is None:
        print_plan(made, checks=checks)
    if not sound:
        raise typer.Exit(1)
