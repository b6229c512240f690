"""What `longwatch plan` does; calendars are made here for `export` too."""

from __future__ import annotations

from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from longwatch.cli.options import DEFAULT_PROTOCOL
from longwatch.cli.output import print_line
from longwatch.cli.reading import one_patient, open_protocol
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.core.record import Record
    from longwatch.watch.plan import Plan

_FIRST_SEQUENCE = date(2020, 1, 1)


def wanted_plan(
    record: Path | None,
    first: date | None,
    patient: str | None,
    protocol: str | None,
    as_of: date,
    *,
    quiet: bool = False,
) -> tuple[Plan, bool]:
    """The plan from a first day, or of a patient of a Record.

    Returns:
        The plan, and whether the whole Record could be read.

    Raises:
        UsageError: when it is not clear whose plan is meant.
    """
    from longwatch.watch.plan import plan

    if record is None and first is None:
        raise UsageError(
            Problem("whose plan?", how="give --first DATE, or a Record with --patient ID")
        )
    if first is not None:
        if record is not None or patient is not None:
            raise UsageError(
                Problem("--first is for a plan without a Record", how="leave one of them away")
            )
        return plan(open_protocol(protocol or DEFAULT_PROTOCOL), first=first), True
    if patient is None:
        raise UsageError(Problem("whose plan?", str(record), how="add --patient ID"))
    assert record is not None
    alone = one_patient(record, patient, quiet=quiet)
    return plan_of(alone, patient, protocol, as_of), not alone.problems


def plan_of(record: Record, patient: str, protocol: str | None, as_of: date) -> Plan:
    """The plan of one patient, by the protocol asked for, else by their own."""
    from longwatch.watch.plan import plan

    pack = open_protocol(protocol_of(record, patient, protocol))
    return plan(pack, record=record, patient=patient, as_of=as_of)


def protocol_of(record: Record, patient: str, protocol: str | None) -> str:
    """The protocol asked for, else the patient's own, else the default."""
    if protocol is not None:
        return protocol
    if "protocol" not in record.patients.column_names:
        return DEFAULT_PROTOCOL
    columns = record.patients.select(["patient", "protocol"]).to_pydict()
    own = dict(zip(columns["patient"], columns["protocol"], strict=True))
    return own.get(patient) or DEFAULT_PROTOCOL


def calendar(plan: Plan, owner: str = "", *, neutral: bool = False) -> str:
    """The plan as an iCalendar text; a later one replaces the dates of an earlier one."""
    from longwatch.exchange.ics import CalendarOptions, PlanItem, write_ics

    now = datetime.now(UTC).replace(tzinfo=None)
    options = CalendarOptions(
        stamp=now,
        owner=owner or plan.patient,
        sequence=max((now.date() - _FIRST_SEQUENCE).days, 0),
        neutral=neutral,
    )
    return write_ics([PlanItem(*entry) for entry in plan.calendar_entries()], options)


def print_plan(plan: Plan, *, checks: bool = False) -> None:
    """The plan for a person."""
    for line in plan.lines(checks=checks):
        print_line(line)
