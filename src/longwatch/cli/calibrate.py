"""`longwatch calibrate`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet


def calibrate(
    check: Annotated[
        bool,
        typer.Option("--check", help="Fit nothing: every target beside the shipped parameters."),
    ] = False,
    replicates: Annotated[
        int | None,
        typer.Option(
            "--replicates",
            metavar="R",
            help="Studies simulated for each figure. Default: 30 to fit, 200 to check.",
            show_default=False,
        ),
    ] = None,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of all chance.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Also write the tables as CSV, the fit as fit.yaml and the values as fitted.yaml.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Fits the mechanism to the pivotal trials, or holds it against all 26 rows of targets.

    Nothing shipped is changed: the fit is a report, with what the trials could not tell.
    """
    from longwatch.cli.model import prepare_model

    prepare_model()
    import pyarrow as pa

    from longwatch.cli import calibrate_work
    from longwatch.cli.output import hint, print_grid, print_json, print_line
    from longwatch.core.errors import Problem, UsageError

    if replicates is not None and replicates < 1:
        raise UsageError(Problem(f"{replicates} replicates cannot be run", how="give 1 or more"))
    files: dict[str, str] = {}
    if check:
        tables, summary = calibrate_work.held(replicates or 200, seed, quiet=quiet)
    else:
        tables, summary, files = calibrate_work.fitted(replicates or 30, seed, quiet=quiet)
    if out is not None:
        from longwatch.cli.files import write_text
        from longwatch.core.record_write import write_tables

        out.mkdir(parents=True, exist_ok=True)
        made = {name: pa.Table.from_pylist(rows) for name, rows in tables.items()}
        write_tables(made, out, "csv")
        for name, text in files.items():
            write_text(out / name, text)
        hint(
            f"Written to {out}: {', '.join([*(f'{n}.csv' for n in tables), *files])}", quiet or json
        )
    if json:
        print_json(tables)
        return
    for rows in calibrate_work.on_screen(tables):
        print_grid(
            list(rows[0]), ([calibrate_work.short(cell) for cell in row.values()] for row in rows)
        )
        print_line()
    print_line(summary)
