"""`longwatch trial`."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet


def trial(
    design: Annotated[
        str, typer.Argument(metavar="TRIAL", help="care-ms-1 or care-ms-2.", show_default=False)
    ],
    replicates: Annotated[
        int,
        typer.Option("--replicates", metavar="R", help="How often the trial is run, in its size."),
    ] = 200,
    seed: Annotated[int, typer.Option("--seed", metavar="S", help="Of all chance.")] = 0,
    out: Annotated[
        Path | None,
        typer.Option(
            "--out",
            metavar="FOLDER",
            help="Also write TRIAL.csv and TRIAL.svg there.",
            show_default=False,
        ),
    ] = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A trial run on virtual patients, beside its published figures.

    Each replicate has as many people, visits and drop-outs as the real trial had. The predicted
    interval holds 95 of 100 replicates: it shows chance, not what is unknown of the mechanism.
    """
    from longwatch.cli.model import prepare_model

    prepare_model()
    from longwatch.cli.files import write_text
    from longwatch.cli.output import hint, print_json, print_line
    from longwatch.cli.progress import groups_done
    from longwatch.core.record_write import write_tables
    from longwatch.trials.picture import as_svg
    from longwatch.trials.table import as_table, as_text, compare
    from longwatch.trials.trial import run_trial

    with groups_done("Running the trial", quiet=quiet) as moved:

        def progress(done: int) -> None:
            if moved is not None:
                moved(done, replicates)

        result = run_trial(design, replicates, seed, progress=progress)
    if out is not None:
        out.mkdir(parents=True, exist_ok=True)
        write_tables({result.design.id: as_table(compare(result))}, out, "csv")
        write_text(out / f"{result.design.id}.svg", as_svg(result))
        hint(f"Written to {out}: {result.design.id}.csv, {result.design.id}.svg", quiet or json)
    if json:
        print_json(as_table(compare(result)).to_pylist())
    else:
        print_line(as_text(result).rstrip())
