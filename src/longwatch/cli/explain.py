"""`longwatch explain`."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.options import AsOf, Json, Protocol, Quiet, RecordPath


def explain(
    record: RecordPath,
    patient: Annotated[
        str, typer.Argument(metavar="PATIENT", help="The patient's id.", show_default=False)
    ],
    item: Annotated[
        str | None,
        typer.Argument(
            metavar="[RULE|ACTIVITY]",
            help="A rule as PLT-1, or an activity as cbc. Default: everything.",
            show_default=False,
        ),
    ] = None,
    protocol: Protocol = None,
    as_of: AsOf = None,
    json: Json = False,
    quiet: Quiet = False,
) -> None:
    """Why the watch says what it says of one patient, down to results and places in the label."""
    from longwatch.cli.explain_view import print_tree
    from longwatch.cli.options import today
    from longwatch.cli.output import print_json
    from longwatch.cli.reading import known_patient, one_patient, open_record
    from longwatch.cli.together import watch_together

    if item is None:
        # Everything includes the place on the worklist, which only the others make known.
        chosen = open_record(record, quiet=quiet)
        known_patient(chosen, patient)
    else:
        chosen = one_patient(record, patient, quiet=quiet)
    together = watch_together(chosen, as_of or today(), protocol)
    outcome = next(one for one in together.outcomes if patient in one.patients)
    if item is not None:
        known = {name.lower(): name for name in _items(outcome.pack)}
        item = known.get(item.lower(), item)
    why = outcome.explain(patient, item)
    if json:
        print_json(
            {
                "patient": patient,
                "as_of": together.as_of,
                "protocol": outcome.pack.id,
                "version": outcome.pack.version,
                "why": why.as_dict(),
            }
        )
    else:
        print_tree(why.lines())
    if together.problems or chosen.problems:
        raise typer.Exit(1)


def _items(pack: object) -> list[str]:
    parts = (part for part in vars(pack).values() if isinstance(part, tuple))
    return [item.id for part in parts for item in part if hasattr(item, "id")]
