"""`longwatch desk`: what could not be filed in the clinic's store, and who is who."""

from __future__ import annotations

from datetime import date
from typing import Annotated

import typer

from longwatch.cli.grouped_help import Grouped
from longwatch.cli.options import Json, read_day
from longwatch.core.held import HeldReason

desk = typer.Typer(
    cls=Grouped,
    rich_markup_mode=None,
    no_args_is_help=True,
    help="What could not be filed in the clinic's store: look, file, correct, reject, teach.",
)

Database = Annotated[
    str | None,
    typer.Option(metavar="URL", help="The clinic's store. Default: LONGWATCH_DATABASE."),
]
Zone = Annotated[
    str | None,
    typer.Option(metavar="ZONE", help="The clinic's time zone. Default: this machine's."),
]
By = Annotated[str, typer.Option("--by", metavar="USER", help="Who does it: a user name.")]
Why = Annotated[str, typer.Option("--reason", metavar="WORDS", help="Why, for the audit log.")]
Key = Annotated[str, typer.Argument(metavar="KEY", help="The key of the held item, as listed.")]
Laboratory = Annotated[
    str, typer.Argument(metavar="LABORATORY", help="Its name in results: APPLICATION/FACILITY.")
]
Test = Annotated[str, typer.Argument(metavar="TEST", help="Id in the catalogue, as platelets.")]
Said = Annotated[str, typer.Argument(metavar="SAID", help="The code or unit as it was sent.")]
Number = Annotated[int, typer.Argument(metavar="NUMBER", help="As `longwatch desk taught` lists.")]
Patient = Annotated[str, typer.Argument(metavar="PATIENT", help="The reference of a patient.")]


def list_waiting(
    reason: Annotated[
        HeldReason | None,
        typer.Option("--reason", metavar="REASON", help="Only what is held for this reason."),
    ] = None,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Only of this patient.")
    ] = None,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """What waits for a person, by reason, with its key and how long it waits."""
    from longwatch.cli.desk_work import Clinic, listed

    listed(Clinic(database, zone), reason, patient, json=json)


def show(
    key: Key,
    by: By = "longwatch desk",
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """One held item whole, with the people whom it may mean side by side."""
    from longwatch.cli.desk_work import Clinic, show_one

    show_one(Clinic(database, zone), key, by, json=json)


def file(
    key: Key,
    by: By,
    reason: Why,
    patient: Annotated[
        str | None, typer.Option("--patient", metavar="ID", help="Whose it is.")
    ] = None,
    unit: Annotated[
        str | None, typer.Option("--unit", metavar="UNIT", help="The unit of the number.")
    ] = None,
    day: Annotated[
        date | None,
        typer.Option("--date", parser=read_day, metavar="DATE", help="Day of the specimen."),
    ] = None,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """File a held item, as it is or with patient, unit or date corrected."""
    from longwatch.cli.desk_work import Clinic, file_one

    file_one(Clinic(database, zone), key, by, reason, (patient, unit, day), json=json)


def reject(
    key: Key,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Set a held item aside; it is kept, and not held again when it comes again."""
    from longwatch.cli.desk_work import Clinic, reject_one

    reject_one(Clinic(database, zone), key, by, reason, json=json)


def retry(by: By, database: Database = None, zone: Zone = None, json: Json = False) -> None:
    """Try everything that waits again; what can be filed now leaves the list."""
    from longwatch.cli.desk_work import Clinic, retry_all

    retry_all(Clinic(database, zone), by, json=json)


def teach_code(
    laboratory: Laboratory,
    said: Said,
    test: Test,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Say which test a laboratory's own code means; a second person must confirm it."""
    from longwatch.cli.desk_work import Clinic, teach

    teach(Clinic(database, zone), (laboratory, said, test), by, reason, json=json)


def teach_unit(
    laboratory: Laboratory,
    test: Test,
    said: Said,
    unit: Annotated[str, typer.Argument(metavar="UNIT", help="The unit that it means.")],
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Say which unit a laboratory's spelling means for a test; a second person must confirm it."""
    from longwatch.cli.desk_work import Clinic, teach

    teach(Clinic(database, zone), (laboratory, test, said, unit), by, reason, json=json)


def taught(database: Database = None, zone: Zone = None, json: Json = False) -> None:
    """What was taught of laboratories, by whom, and what waits to be confirmed."""
    from longwatch.cli.desk_work import Clinic, list_taught

    list_taught(Clinic(database, zone), json=json)


def confirm(
    number: Number, by: By, database: Database = None, zone: Zone = None, json: Json = False
) -> None:
    """Sign for what somebody else taught; what waited for it is filed."""
    from longwatch.cli.desk_work import Clinic, confirm_one

    confirm_one(Clinic(database, zone), number, by, json=json)


def withdraw(
    number: Number,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Take back what was taught; results filed by it stay and say so."""
    from longwatch.cli.desk_work import Clinic, withdraw_one

    withdraw_one(Clinic(database, zone), number, by, reason, json=json)


def merge(
    patient: Patient,
    into: Annotated[str, typer.Argument(metavar="INTO", help="The reference that stays.")],
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Read two references as one person; nothing filed is moved, and it can be undone."""
    from longwatch.cli.desk_work import Clinic, merge_two

    merge_two(Clinic(database, zone), patient, into, by, reason, json=json)


def unmerge(
    patient: Patient,
    by: By,
    reason: Why,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Read a reference on its own again, exactly as if it had never been merged."""
    from longwatch.cli.desk_work import Clinic, unmerge_one

    unmerge_one(Clinic(database, zone), patient, by, reason, json=json)


def trust(
    authority: Annotated[
        list[str] | None,
        typer.Argument(metavar="[AUTHORITY…]", help="As in numbers; none: list them."),
    ] = None,
    by: Annotated[str | None, typer.Option("--by", metavar="USER", help="Who does it.")] = None,
    database: Database = None,
    zone: Zone = None,
    json: Json = False,
) -> None:
    """Whose registries may say without a person who is who; naming some replaces the list."""
    from longwatch.cli.desk_work import Clinic, set_trust

    set_trust(Clinic(database, zone), authority, by, json=json)
