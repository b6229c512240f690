"""`longwatch alerts`: what somebody must act on, why, and what was done about it."""

from __future__ import annotations

from typing import Annotated

import typer

from longwatch.cli.grouped_help import Grouped
from longwatch.cli.options import Json

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
]
Zone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="The clinic's time zone. Default: this machine's."),
]
Which = Annotated[int, typer.Argument(metavar="ID", help="Number of the alert.")]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it: a user of the clinic.")]
Note = Annotated[str, typer.Option("--note", metavar="TEXT", help="What was done, or the reason.")]

alerts = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    invoke_without_command=True,
    help="The open alerts, most urgent first; see one, act on it, close it.",
    epilog="Example: longwatch alerts --patient N1009",
)


@alerts.callback()
def list_alerts(
    context: typer.Context,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Only of this patient.")
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Also those that are closed.")] = False,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """The open alerts, most urgent first."""
    if context.invoked_subcommand is None:
        from longwatch.cli.alerts_work import show_list

        show_list(database, zone, patient=patient, closed=everything, json=json)


def show(alert: Which, database: Database = None, zone: Zone = None, json: Json = False) -> None:
    """Why an alert is there: result, message, rule, source, and who did what when."""
    from longwatch.cli.alerts_work import show_one

    show_one(alert, database, zone, json=json)


def see(
    alert: Which, by: By, database: Database = None, zone: Zone = None, json: Json = False
) -> None:
    """Say that you have read an alert and take care of it."""
    from longwatch.cli.alerts_work import do

    do("see", alert, by, database, zone, json=json)


def act(
    alert: Which,
    by: By,
    note: Note,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Say what was done about an alert."""
    from longwatch.cli.alerts_work import do

    do("act", alert, by, database, zone, note=note, json=json)


def snooze(
    alert: Which,
    by: By,
    note: Note,
    until: Annotated[str, typer.Option("--until", metavar="DATE", help="The day it comes back.")],
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Put an alert off to a day, for a reason; then it is raised again."""
    from longwatch.cli.alerts_work import do

    do("snooze", alert, by, database, zone, note=note, day=until, json=json)


def close(
    alert: Which,
    by: By,
    note: Note,
    follow_up: Annotated[
        str | None, typer.Option("--follow-up", metavar="DATE", help="The day of the repeat.")
    ] = None,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Close an alert, for a reason; a promised repeat becomes an alert of its own."""
    from longwatch.cli.alerts_work import do

    do("close", alert, by, database, zone, note=note, day=follow_up, json=json)
