"""Filing facts into a Record's tables: one fact in, one fate out."""

from __future__ import annotations

from typing import Any

from longwatch.exchange.courses import count_courses
from longwatch.exchange.desk import Desk
from longwatch.exchange.filing_dated import take_event, take_infusion
from longwatch.exchange.filing_results import take_result
from longwatch.exchange.filing_rows import take_identity, take_patient, take_row
from longwatch.exchange.intake import (
    Counted,
    IdentityFact,
    InfusionFact,
    PatientFact,
    ResultFact,
    Unreadable,
)
from longwatch.exchange.report import FileReport
from longwatch.exchange.rowfact import Incoming, RowFact
from longwatch.exchange.shelf import Row
from longwatch.exchange.versions import (
    order_versions,
)


def take(desk: Desk, item: Incoming, account: FileReport) -> None:
    """Decides the fate of one item and writes it into the account of its file."""
    account.read += item.entries
    if isinstance(item, ResultFact):
        take_result(desk, item, account)
    elif isinstance(item, Counted):
        account.counted[item.kind] += item.entries
    elif isinstance(item, Unreadable):
        desk.hold_unreadable(item, account)
    elif isinstance(item, RowFact):
        take_row(desk, item, account)
    elif isinstance(item, PatientFact):
        take_patient(desk, item, account)
    elif isinstance(item, IdentityFact):
        take_identity(desk, item, account)
    elif isinstance(item, InfusionFact):
        take_infusion(desk, item, account)
    else:
        take_event(desk, item, account)


def finish(desk: Desk) -> None:
    """Orders the versions and counts the courses of everybody touched."""
    for patient in desk.results.loaded():
        groups: dict[tuple[Any, ...], list[Row]] = {}
        for row in desk.results.rows(patient):
            groups.setdefault((row["date"], row["test"], row.get("source")), []).append(row)
        for rows in groups.values():
            if len(rows) > 1 and any(id(row) in desk.fresh for row in rows):
                order_versions(rows, desk.fresh, desk.received)
    for patient in desk.infusions.loaded():
        desk.infusions.changed |= count_courses(desk.infusions.rows(patient))
