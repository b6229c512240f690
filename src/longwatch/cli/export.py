"""`longwatch export`."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

from longwatch.cli.options import AsOf, Json, Protocol, Quiet, RecordPath


class Target(StrEnum):
    """What a Record can be written as."""

    FHIR = "fhir"
    NDJSON = "ndjson"
    CSV = "csv"
    PARQUET = "parquet"
    ICS = "ics"


def export(
    record: RecordPath,
    out: Annotated[
        Path,
        typer.Argument(
            metavar="OUT",
            help="A file for fhir, and for ics of one patient; else a folder.",
            show_default=False,
        ),
    ],
    to: Annotated[Target, typer.Option("--to", help="The format.", show_default=False)],
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Only this patient.")
    ] = None,
    protocol: Protocol = None,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Write a Record for others: FHIR R4, CSV, Parquet, or calendars of the plans (ics).

    fhir is one Bundle in one file, ndjson one file for each type of resource.
    """
    from longwatch.cli.export_work import run_export
    from longwatch.cli.options import today
    from longwatch.cli.output import hint, print_json
    from longwatch.cli.reading import one_patient, open_record

    whole = open_record(record, quiet=quiet) if patient is None else None
    chosen = whole or one_patient(record, str(patient), quiet=quiet)
    files = run_export(chosen, record, out, str(to), protocol, as_of or today(), patient)
    if json:
        print_json({"files": [str(file) for file in files]})
    else:
        shown = ", ".join(str(file) for file in files[:6])
        more = f" and {len(files) - 6:,} more" if len(files) > 6 else ""
        hint(f"Written: {shown}{more}", quiet)
    if chosen.problems:
        raise typer.Exit(1)
