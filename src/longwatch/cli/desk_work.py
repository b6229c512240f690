"""The work of `longwatch desk`."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from longwatch.cli.clinic_store import zone_in_force
from longwatch.cli.output import print_json, print_line, visible, wrapped
from longwatch.core.errors import Problem, UsageError
from longwatch.core.held import HeldReason

if TYPE_CHECKING:
    from longwatch.store.arrivals import Reception
    from longwatch.store.arrived import Arrived, Then

_HOURS_OF_A_DAY = 24


@dataclass(frozen=True, slots=True)
class Clinic:
    """Which store, in which time zone; `None` as in the options of every command."""

    database: str | None
    zone: str | None

    def open(self) -> Reception:
        """Opens the store and says how this clinic takes what arrives."""
        from longwatch.cli.zones import find_zone
        from longwatch.store.setup import configure

        find_zone(self.zone)
        configure(self.database)
        from django.db import connection

        from longwatch.store.arrivals import Reception
        from longwatch.store.models import HeldItem

        if HeldItem._meta.db_table not in connection.introspection.table_names():
            how = "name the store (--database), or begin with: longwatch listen"
            raise UsageError(Problem("there is no clinic's store here", how=how))
        return Reception(zone_in_force(self.zone))

    def hook(self) -> Then:
        """The alerts of everybody touched, in the transaction of every change."""
        from longwatch.alerts.clinic import read_clinic
        from longwatch.alerts.evaluate import hook

        return hook(read_clinic(zone_in_force(self.zone)), lambda: datetime.now(UTC))


def listed(clinic: Clinic, reason: HeldReason | None, patient: str | None, *, json: bool) -> None:
    """Prints what waits."""
    clinic.open()
    from longwatch.cli.held_view import print_held
    from longwatch.store.waiting_list import waiting

    rows = waiting(datetime.now(UTC), reason=reason, patient=patient)
    if json:
        print_json(rows)
        return
    for row in rows:
        row["where"] = f"{row['key']} waits {age(row['hours'])}, {row['where']}"
    print_held(rows)


def age(hours: int) -> str:
    """How long, in the unit that people think in.

    >>> age(5), age(49)
    ('5 h', '2 d')
    """
    days = hours // _HOURS_OF_A_DAY
    return f"{days} d" if days > 1 else f"{hours} h"


def show_one(clinic: Clinic, key: str, by: str, *, json: bool) -> None:
    """Prints one held item."""
    clinic.open()
    from longwatch.store.waiting_list import shown

    row = shown(key, by=by, now=datetime.now(UTC))
    if json:
        print_json(row)
        return
    names = ("reason", "detail", "mend", "resolved", "source", "where", "since")
    for name in names:
        if row[name]:
            print_line(wrapped(f"{name}: {row[name]}", 4, ""))
    for head, people in (("sent", row["said"]), ("known here", row["here"])):
        for one in people:
            told = ", ".join(f"{n} {v}" for n, v in one.items() if v and n != "numbers")
            print_line(wrapped(f"{head}: {told}; numbers {', '.join(one['numbers'])}", 4, ""))
    for line in (row["raw"] or "").splitlines():
        print_line(f"  | {visible(line)}")


def file_one(
    clinic: Clinic,
    key: str,
    by: str,
    reason: str,
    right: tuple[str | None, str | None, date | None],
    *,
    json: bool,
) -> None:
    """Files one held item."""
    reception = clinic.open()
    from longwatch.store.correcting import Correction
    from longwatch.store.held_desk import file_held

    arrived = file_held(
        key,
        by=by,
        reason=reason,
        at=datetime.now(UTC),
        reception=reception,
        correction=Correction(*right),
        and_then=clinic.hook(),
    )
    _say(arrived, json=json)


def reject_one(clinic: Clinic, key: str, by: str, reason: str, *, json: bool) -> None:
    """Sets one held item aside."""
    clinic.open()
    from longwatch.store.held_desk import reject_held

    reject_held(key, by=by, reason=reason, at=datetime.now(UTC), and_then=clinic.hook())
    _tell({"rejected": key}, f"{key} waits no longer; it is kept with your reason.", json=json)


def retry_all(clinic: Clinic, by: str, *, json: bool) -> None:
    """Tries everything that waits again."""
    reception = clinic.open()
    from longwatch.store.held_desk import retry_held

    at = datetime.now(UTC)
    _say(retry_held(by=by, at=at, reception=reception, and_then=clinic.hook()), json=json)


def teach(
    clinic: Clinic,
    words: tuple[str, str, str] | tuple[str, str, str, str],
    by: str,
    reason: str,
    *,
    json: bool,
) -> None:
    """Teaches a code (three words) or a unit (four)."""
    clinic.open()
    from longwatch.store import aliases

    at = datetime.now(UTC)
    if len(words) == 4:
        number = aliases.teach_unit(*words, by=by, reason=reason, at=at)
    else:
        number = aliases.teach_code(*words, by=by, reason=reason, at=at)
    sentence = f"Number {number} waits for a second person: longwatch desk confirm {number} --by …"
    _tell({"number": number}, sentence, json=json)


def list_taught(clinic: Clinic, *, json: bool) -> None:
    """Prints what was taught."""
    clinic.open()
    from longwatch.store.waiting_list import taught

    rows = taught()
    if json:
        print_json(rows)
        return
    for row in rows:
        signed = row["confirmed_by"] or "nobody yet: it does not count"
        print_line(
            f"{row['id']}  {row['laboratory']} says {row['kind']} {row['said']!r} for "
            f"{row['meaning']} ({row['test']}); {row['author']}: {row['reason']}; "
            f"confirmed by {signed}"
        )
    if not rows:
        print_line("Nothing was taught.")


def confirm_one(clinic: Clinic, number: int, by: str, *, json: bool) -> None:
    """Signs for what somebody else taught."""
    reception = clinic.open()
    from longwatch.store.aliases import confirm_alias

    at = datetime.now(UTC)
    done = confirm_alias(number, by=by, at=at, reception=reception, and_then=clinic.hook())
    _say(done, json=json)


def withdraw_one(clinic: Clinic, number: int, by: str, reason: str, *, json: bool) -> None:
    """Takes back what was taught."""
    clinic.open()
    from longwatch.store.aliases import withdraw_alias

    withdraw_alias(number, by=by, reason=reason, at=datetime.now(UTC))
    _tell({"withdrawn": number}, f"Number {number} counts no longer.", json=json)


def merge_two(clinic: Clinic, patient: str, into: str, by: str, reason: str, *, json: bool) -> None:
    """Reads two references as one person."""
    clinic.open()
    from longwatch.store.merging import merge

    at = datetime.now(UTC)
    merge(patient, into, by=by, reason=reason, at=at, and_then=clinic.hook())
    sentence = f"{patient} is read under {into}. Undo: longwatch desk unmerge {patient} --by …"
    _tell({"patient": patient, "into": into}, sentence, json=json)


def unmerge_one(clinic: Clinic, patient: str, by: str, reason: str, *, json: bool) -> None:
    """Reads a reference on its own again."""
    clinic.open()
    from longwatch.store.merging import unmerge

    at = datetime.now(UTC)
    into = unmerge(patient, by=by, reason=reason, at=at, and_then=clinic.hook())
    _tell({"patient": patient, "was": into}, f"{patient} and {into} are two again.", json=json)


def set_trust(clinic: Clinic, authorities: list[str] | None, by: str | None, *, json: bool) -> None:
    """Lists or replaces the authorities that are believed without a person."""
    clinic.open()
    from longwatch.store.clinic_settings import trust_authorities, trusted_authorities

    if authorities:
        if by is None:
            raise UsageError(Problem("nobody is named", how="say who does it: --by USER"))
        trust_authorities(frozenset(authorities), by=by, at=datetime.now(UTC))
    trusted = sorted(trusted_authorities())
    _tell({"trusted": trusted}, "\n".join(trusted) or "No authority is trusted.", json=json)


def _say(arrived: Arrived, *, json: bool) -> None:
    filed = ", ".join(f"{count} {table}" for table, count in sorted(arrived.filed.items()))
    touched = ", ".join(sorted(arrived.touched))
    words = f"Filed: {filed or 'nothing'}." + (f" Patients: {touched}." if touched else "")
    _tell({"filed": dict(arrived.filed), "patients": sorted(arrived.touched)}, words, json=json)


def _tell(content: dict[str, Any], words: str, *, json: bool) -> None:
    if json:
        print_json(content)
    else:
        print_line(words)
