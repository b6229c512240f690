"""Everything the pages say about one person on one day, from one reading of the store."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import cached_property
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.alerts.clinic import read_clinic
from longwatch.core.record import Record
from longwatch.protocols.model import Pack
from longwatch.store.models import Patient
from longwatch.store.record_out import read_record
from longwatch.watch import Outcome, watch
from longwatch.watch.plan import Plan, PlanItem, plan
from longwatch.web.clock import clinic_zone

Row = Mapping[str, Any]


class Dossier:
    """One person, and what the watch says of them.

    Inputs:
        person: whose.
        as_of: the day to judge at.
    """

    def __init__(self, person: Patient, as_of: date) -> None:
        self.person = person
        self.as_of = as_of
        self.record: Record = read_record(patients=[person.reference])
        named = self.record.patients["protocol"].to_pylist()
        # By the clinic's setting, as its alerts are: a page must not judge by another protocol.
        self.pack: Pack = read_clinic(clinic_zone()).pack(named[0])

    @cached_property
    def outcome(self) -> Outcome:
        """The watch's answer."""
        return watch(self.pack, self.record, self.as_of, engine="python")

    @cached_property
    def plan(self) -> Plan:
        """The dated plan; what has opened carries its state."""
        return plan(self.pack, record=self.record, patient=self.person.reference, as_of=self.as_of)

    @cached_property
    def findings(self) -> list[Row]:
        """Findings that are active, most urgent first."""
        rows = self.outcome.findings
        return list(rows.filter(rows["active"]).to_pylist())

    @cached_property
    def status(self) -> list[Row]:
        """Where each recurring activity stands."""
        return list(self.outcome.status.to_pylist())

    @cached_property
    def infusions(self) -> list[Row]:
        """Infusions given by this day, oldest first."""
        rows = self.record.infusions.to_pylist()
        given = (row for row in rows if (row["status"] or "given") == "given")
        return sorted(
            (row for row in given if row["date"] <= self.as_of), key=lambda row: row["date"]
        )

    @cached_property
    def results(self) -> dict[str, list[Row]]:
        """Results by test, oldest first, of those that have a number and were not canceled."""
        table = self.record.results
        known = pc.and_(
            pc.less_equal(table["date"], pa.scalar(self.as_of)), pc.is_valid(table["value"])
        )
        found: dict[str, list[Row]] = {}
        for row in table.filter(known).to_pylist():
            if row["status"] != "cancelled":
                found.setdefault(row["test"], []).append(row)
        for rows in found.values():
            rows.sort(key=lambda row: row["date"])
        return found

    @cached_property
    def next_steps(self) -> list[PlanItem]:
        """What can be done at the next visit: overdue or due now, else the first planned together.

        Everything whose window is open on the day on which the first of it closes.
        """
        kinds = ("test", "exam", "infusion")
        ahead = [item for item in self.plan.items if item.kind in kinds]
        now = [item for item in ahead if item.state in ("overdue", "due", "unknown")]
        if now:
            return now
        later = sorted(
            (item for item in ahead if item.state == "planned" and item.date > self.as_of),
            key=lambda item: (item.opens or item.date, item.closes or item.date),
        )
        if not later:
            return []
        closes = later[0].closes or later[0].date
        return [item for item in later if (item.opens or item.date) <= closes]
