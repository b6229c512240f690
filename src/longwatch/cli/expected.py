"""`longwatch expected`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet, read_day


def expected(
    first: Annotated[
        date,
        typer.Option("--first", parser=read_day, metavar="DATE", help="Day 1 of course 1."),
    ],
    second: Annotated[
        date | None,
        typer.Option(
            "--second", parser=read_day, metavar="DATE", help="Day 1 of course 2.",
            show_default=False,
        ),
    ] = None,
    further: Annotated[
        list[date] | None,
        typer.Option(
            "--further", parser=read_day, metavar="DATE", show_default=False,
            help="Day 1 of a further course; may be given more than once.",
        ),
    ] = None,
    before: Annotated[
        list[str] | None,
        typer.Option(
            "--before", metavar="SUBSET=COUNT", show_default=False,
            help="This person's count per µL before treatment, such as cd4=820; of cd4, cd8, b, "
            "nk, other.",
        ),
    ] = None,
    months: Annotated[
        int, typer.Option("--months", metavar="M", help="After the first course.")
    ] = 60,
    picture: Annotated[
        Path | None,
        typer.Option(
            "--picture", metavar="FILE", help="Also draw it, as SVG.", show_default=False
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """The lymphocytes to expect after the courses of one person: median and 90 % band.

    From a table of virtual patients that is part of the package; JAX is not needed. It says what
    is usual after such courses, and nothing about a person's risk.
    """
    from longwatch.cli.expected_work import expected_rows, print_expected, wanted_curve
    from longwatch.cli.output import hint, print_json

    courses = sorted({first, *([second] if second else []), *(further or [])})
    curve = wanted_curve(courses, before or [], months)
    if picture is not None:
        from longwatch.cli.files import write_text
        from longwatch.trials.picture_expected import expected_picture

        write_text(picture, expected_picture(curve, courses))
        hint(f"Written: {picture}", quiet or json)
    if json:
        print_json(expected_rows(curve))
    else:
        print_expected(curve, courses)
