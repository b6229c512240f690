"""`longwatch import`: what hospitals send, into a Record, with an account of every entry."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet


def import_files(
    files: Annotated[
        list[Path],
        typer.Argument(
            metavar="FILE…",
            help="Files and folders: FHIR, HL7 v2, laboratory CSV, Records. - reads stdin.",
            show_default=False,
        ),
    ],
    into: Annotated[
        Path,
        typer.Option(
            "--into", metavar="RECORD", help="The Record; made when new.", show_default=False
        ),
    ],
    mapping: Annotated[
        list[Path] | None,
        typer.Option(
            "--mapping",
            metavar="FILE",
            help="How to read a laboratory's CSV. A mapping.yaml beside it is found by itself.",
            show_default=False,
        ),
    ] = None,
    create_patients: Annotated[
        bool,
        typer.Option(
            "--create-patients", help="Unknown persons in messages become patients of the Record."
        ),
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Say what would happen, and write nothing.")
    ] = False,
    parquet: Annotated[
        bool, typer.Option("--parquet", help="Write a new Record as Parquet instead of CSV.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """File what hospitals and laboratories sent into a Record.

    Every entry is filed, known already, counted as not watched, or held back with its reason for
    a person to decide. Importing the same again changes nothing.
    """
    from datetime import datetime

    from longwatch.cli.import_report import as_dict, print_report
    from longwatch.cli.import_work import import_into
    from longwatch.cli.output import print_json

    report = import_into(
        files,
        into,
        received=datetime.now(),  # noqa: DTZ005 (clinic time, without offset)
        mappings=mapping or [],
        create_patients=create_patients,
        dry_run=dry_run,
        new_format="parquet" if parquet else "csv",
        quiet=quiet or json,
    )
    if json:
        print_json(as_dict(report, into, dry_run=dry_run))
    else:
        print_report(report, into, dry_run=dry_run, quiet=quiet)
    if report.held or report.record.problems:
        raise typer.Exit(1)
