"""`longwatch simulate`."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Protocol, Quiet, read_day


def simulate(
    out: Annotated[
        Path,
        typer.Option("--out", metavar="RECORD", help="The folder to write.", show_default=False),
    ],
    patients: Annotated[int, typer.Option("--patients", metavar="N", help="How many.")] = 1000,
    seed: Annotated[
        int, typer.Option("--seed", metavar="S", help="Of all chance: patient k of a seed is one.")
    ] = 1,
    protocol: Protocol = None,
    months: Annotated[
        int, typer.Option("--months", metavar="M", help="Of tests after the first infusion.")
    ] = 60,
    start: Annotated[
        date | None,
        typer.Option(
            "--start",
            parser=read_day,
            metavar="DATE",
            help="First infusions begin here, and spread over two years.",
            show_default=False,
        ),
    ] = None,
    as_of: Annotated[
        date | None,
        typer.Option(
            "--as-of",
            parser=read_day,
            metavar="DATE",
            help="Nothing after this day is known. Default: everything is.",
            show_default=False,
        ),
    ] = None,
    without: Annotated[
        list[str] | None,
        typer.Option(
            "--without",
            metavar="WHAT",
            help="Leave out antiviral, diet, steroid, further (courses by need), leaving (people "
            "lost for good) or vaccines; may be repeated. Nothing else changes but what follows.",
            show_default=False,
        ),
    ] = None,
    overwrite: Annotated[
        bool, typer.Option("--replace", help="Replace a Record that is there.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """A virtual cohort, as an ordinary Record: infusions, results, what was felt and done.

    Beside its tables lies truth.parquet: when each disease began. Nothing but an evaluation of
    the watch may read it.
    """
    from dataclasses import replace

    from longwatch.cli.model import prepare_model

    if (out / "results.parquet").exists() and not overwrite:
        from longwatch.core.errors import Problem, UsageError

        raise UsageError(
            Problem("there is a Record already", str(out), how="add --replace, or name another")
        )
    prepare_model()
    from longwatch.cli.options import DEFAULT_PROTOCOL
    from longwatch.cli.output import hint, print_json, print_line
    from longwatch.cli.progress import groups_done
    from longwatch.cli.reading import open_protocol
    from longwatch.trials.cohort import CohortPlan
    from longwatch.trials.cohort_engine import Care
    from longwatch.trials.stream_cohort import stream_cohort

    care = Care(**dict.fromkeys(_known(without or [], Care._fields), False))
    pack = open_protocol(protocol or DEFAULT_PROTOCOL)
    plan = CohortPlan(pack, patients, seed, months=months, until=as_of, care=care)
    if start is not None:
        plan = replace(plan, start=start)
    with groups_done("Simulating", quiet=quiet) as progress:
        written = stream_cohort(plan, out, progress=progress)
    if json:
        print_json({"record": str(out), **written._asdict()})
    else:
        print_line(f"{written.patients:,} virtual patients, {written.results:,} results in {out}")
        if written.failed:
            print_line(f"{written.failed:,} could not be simulated; truth.parquet marks them")
        if written.cut:
            print_line(
                f"{written.cut:,} had more relapses or infections than are kept of anybody; "
                "truth.parquet marks them"
            )
    hint(f"Try next: longwatch watch {out}", quiet or json)
    if written.failed:
        raise typer.Exit(1)


def _known(words: list[str], names: tuple[str, ...]) -> list[str]:
    """The words, when all of them can be left out."""
    from longwatch.core.errors import Problem, UsageError

    for word in words:
        if word not in names:
            how = f"give one of {', '.join(names)}"
            raise UsageError(Problem(f"nothing called {word!r}", "--without", how=how))
    return words
