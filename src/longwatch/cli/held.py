"""`longwatch held`."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.options import Json, Quiet, RecordPath
from longwatch.core.held import HeldReason

_MOST = 20


def held(
    record: RecordPath,
    reason: Annotated[
        HeldReason | None,
        typer.Option("--reason", help="Only what is held for this reason.", metavar="REASON"),
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Only of this patient.")
    ] = None,
    raw: Annotated[
        bool, typer.Option("--raw", help="Show each entry as it arrived, whole.")
    ] = False,
    everything: Annotated[
        bool, typer.Option("--all", help="Every entry; without it 20 of each reason.")
    ] = False,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """What could not be filed and waits for a person, with the reason and the remedy."""
    from longwatch.cli.held_view import print_held
    from longwatch.cli.output import hint, print_json, rows_of
    from longwatch.cli.reading import open_record

    rows = rows_of(open_record(record, quiet=True).held)
    chosen = [
        row
        for row in rows
        if (reason is None or row["reason"] == reason)
        and (patient is None or row["patient"] == patient)
    ]
    if json:
        print_json(chosen)
        return
    print_held(chosen, raw=raw, most=None if everything else _MOST)
    if chosen:
        hint("Send or import the corrected file again; what is then filed leaves this list.", quiet)
