"""A clinic with people who turn out to be one, and the ADT messages that say so."""

from __future__ import annotations

from datetime import UTC, date, datetime

from django.contrib.auth.models import User
from django.db import transaction
from tests.store.messages import MRN

from longwatch.core.record import Record
from longwatch.store.clinic_settings import trust
from longwatch.store.models import Membership, Role
from longwatch.store.record_in import write_record

MORNING = datetime(2026, 11, 22, 8, tzinfo=UTC)
BORN = date(1990, 5, 1)


def register(*people: tuple[str, str, date | None, str | None, str | None]) -> None:
    """Patients by reference, number, birth date, sex, name."""
    columns = list(zip(*people, strict=True))
    patients = dict(
        zip(("patient", "birth_date", "sex", "name"), (columns[0], *columns[2:]), strict=True)
    )
    record = Record.from_tables(
        patients={name: list(cells) for name, cells in patients.items()},
        identifiers={
            "authority": [MRN] * len(people),
            "value": list(columns[1]),
            "patient": list(columns[0]),
        },
    )
    write_record(record, source="registry", at=MORNING)


def two_records_of_one_person() -> None:
    """p1 with number 1 and p2 with number 2: the same name, birth date and sex."""
    register(("p1", "1", BORN, "female", "Roe, Ann"), ("p2", "2", BORN, "female", "Roe, Ann"))


def believe_the_registry() -> None:
    """The clinic trusts the authority of the numbers."""
    with transaction.atomic():
        trust(frozenset({MRN}))


def staff() -> None:
    """Ann and Bea of the laboratory desk; Carl, whose role does not decide such things."""
    for name, role in (("ann", "laboratory-desk"), ("bea", "nurse"), ("carl", "neurologist")):
        user = User.objects.create(username=name)
        there, _ = Role.objects.get_or_create(name=role)
        Membership.objects.create(user=user, role=there, since=datetime(2026, 1, 1, tzinfo=UTC))


def adt(
    trigger: str,
    now: str = "2",
    before: str = "1",
    *,
    born: str = "19900501",
    sex: str = "F",
    name: str = "Roe^Ann",
    control: str = "M1",
    sent: str = "20250602130000",
    rest: str = "",
    mode: str = "P",
    death: str = "",
) -> bytes:
    """A message about one person: number now, and number before where there is one.

    Inputs:
        death: PID-29 and PID-30.
    """
    number = f"^^^&{MRN}&URI^MR"
    lines = [
        f"MSH|^~\\&|ADT|H|||{sent}||ADT^{trigger}|{control}|{mode}|2.5",
        f"PID|1||{now}{number}||{name}||{born}|{sex}{'|' * 21 * bool(death)}{death}",
    ]
    if before:
        second = trigger in ("A24", "A37")
        lines.append(
            f"PID|2||{before}{number}||{name}||{born}|{sex}"
            if second
            else f"MRG|{before}{number}{rest}"
        )
    return ("\r".join(lines) + "\r").encode()
