"""`longwatch model`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet


def model(
    section: Annotated[
        str | None,
        typer.Argument(
            metavar="[SECTION]", help="Every parameter of one section, such as pk.",
            show_default=False,
        ),
    ] = None,
    pictures: Annotated[
        Path | None,
        typer.Option(
            "--pictures", metavar="FOLDER", help="Draw the pictures of the mechanism, as SVG.",
            show_default=False,
        ),
    ] = None,
    stale_only: Annotated[
        bool, typer.Option("--stale", help="Only pictures that are of other parameters.")
    ] = False,
    numerics: Annotated[
        bool,
        typer.Option("--numerics", help="Errors of the steps against a slow solver, by step."),
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:  # fmt: skip
    """The mechanism itself: parameters with their evidence, pictures, error of the numerics."""
    from longwatch.cli import model_work
    from longwatch.cli.output import print_grid, print_json, print_line

    if pictures is not None:
        rows = model_work.draw_pictures(pictures, stale_only=stale_only, quiet=quiet)
    elif numerics:
        rows = model_work.convergence_rows(quiet=quiet)
    elif section is not None:
        rows = model_work.parameters_of(section)
    else:
        rows = model_work.sections()
    if json:
        print_json(rows)
    elif rows:
        print_grid(list(rows[0]), (list(row.values()) for row in rows))
    else:
        print_line("Nothing to draw: the pictures there are of these parameters.")
