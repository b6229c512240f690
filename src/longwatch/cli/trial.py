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
    years: Annotated[
        int | None,
        typer.Option(
            "--years",
            metavar="Y",
            help="Also predict the tested arm up to year Y (3 to 10); nothing of it is fitted.",
            show_default=False,
        ),
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(
            "--parameters",
            metavar="FILE",
            help="YAML with other values: `relapse.wane: 0.1`, a line each.",
            show_default=False,
        ),
    ] = None,
    chance_only: Annotated[
        bool,
        typer.Option("--chance-only", help="Leave out how uncertain the fitted parameters are."),
    ] = False,
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

    Each replicate has as many people, visits and drop-outs as the real trial had, and parameters
    of its own, as uncertain as the fit left them. The predicted interval holds 95 of 100.
    """
    from longwatch.cli.model import prepare_model

    prepare_model()
    from longwatch.cli import trial_work
    from longwatch.cli.output import hint, print_json, print_line

    asked = trial_work.Asked(design, replicates, seed, years, parameters, not chance_only)
    result, later = trial_work.run(asked, quiet=quiet)
    if out is not None:
        written = trial_work.write(result, later, out)
        hint(f"Written to {out}: {', '.join(written)}", quiet or json)
    if json:
        print_json(trial_work.as_json(result, later))
    else:
        print_line(trial_work.as_words(result, later))
