"""Everything the pages say about one person on one day, from one reading of the store."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from functools import cached_property
from typing import Any

from longwatch.alerts.clinic import read_clinic
from longwatch.core.record import Record
from longwatch.protocols.model import Pack
from longwatch.store.models import Patient
from longwatch.store.record_out import read_record
from longwatch.watch import Outcome, watch
from longwatch.watch.outcome_of_one import OutcomeOfOne
from longwatch.watch.plan import Plan, PlanItem, plan
from longwatch.web.clock import clinic_zone
from longwatch.web.known_rows import known_rows

Row = Mapping[str, Any]

MONTHLY = "cbc"
"""The draw of every month, whatever protocol."""


class Dossier:
    """One person, and what the watch says of them.

    Inputs:
        person: whose.
        as_of: the day to judge at.
    """

    def __init__(self, person: Patient, as_of: date) -> None:
        self.person = person
        self.as_of = as_of
        self._known = known_rows(person)
        if self._known is None:
            named = self.record.patients["protocol"].to_pylist()[0]
        else:
            named = self._known.protocol
        # By the clinic's setting, as its alerts are: a page must not judge by another protocol.
        self.pack: Pack = read_clinic(clinic_zone()).pack(named)

    @cached_property
    def record(self) -> Record:
        """Everything as a Record: read where rows are not enough."""
        return read_record(patients=[self.person.reference])

    @cached_property
    def outcome(self) -> Outcome:
        """The watch's answer."""
        return self._of_rows or watch(self.pack, self.record, self.as_of, engine="python")

    @cached_property
    def _of_rows(self) -> OutcomeOfOne | None:
        if self._known is None:
            return None
        return OutcomeOfOne(
            self.pack,
            self.person.reference,
            self._known.plainly(self.person),
            self._known.plain_results(),
            self._known.infusions,
            self.as_of,
            lambda: self.record,
        )

    @cached_property
    def plan(self) -> Plan:
        """The dated plan; what has opened carries its state."""
        if self._of_rows is not None:
            return self._of_rows.plan
        return plan(self.pack, record=self.record, patient=self.person.reference, as_of=self.as_of)

    @cached_property
    def watch_end(self) -> date | None:
        """The last day of the watch; None: not known."""
        return self.plan.end if self._of_rows is None else self._of_rows.end

    @cached_property
    def monthly(self) -> Sequence[PlanItem]:
        """The monthly draws of the plan, past and to come."""
        if self._of_rows is not None:
            return self._of_rows.series(MONTHLY)
        return [item for item in self.plan.items if item.activity == MONTHLY]

    @cached_property
    def readiness(self) -> list[Row]:
        """What is asked before each course, and whether it is there."""
        return list(self.outcome.readiness.to_pylist())

    @cached_property
    def prophylaxis(self) -> list[Row]:
        """Medicines, diet and contraception with their spans."""
        return list(self.outcome.prophylaxis.to_pylist())

    @cached_property
    def found(self) -> list[Row]:
        """All findings, whether active or not."""
        return list(self.outcome.findings.to_pylist())

    @cached_property
    def findings(self) -> list[Row]:
        """Findings that are active, most urgent first."""
        return [row for row in self.found if row["active"]]

    @cached_property
    def status(self) -> list[Row]:
        """Where each recurring activity stands."""
        return list(self.outcome.status.to_pylist())

    @cached_property
    def all_infusions(self) -> list[Row]:
        """Infusions given, planned and not done, oldest first."""
        if self._known is not None:
            return list(self._known.infusions)
        return list(self.record.infusions.to_pylist())

    @cached_property
    def infusions(self) -> list[Row]:
        """Infusions given by this day, oldest first."""
        given = (row for row in self.all_infusions if (row["status"] or "given") == "given")
        return sorted(
            (row for row in given if row["date"] <= self.as_of), key=lambda row: row["date"]
        )

    @cached_property
    def all_events(self) -> list[Row]:
        """Everything else that has a date, oldest first."""
        if self._known is not None:
            return list(self._known.events)
        return list(self.record.events.to_pylist())

    @cached_property
    def events(self) -> list[Row]:
        """The same up to this day."""
        return [row for row in self.all_events if row["date"] <= self.as_of]

    @cached_property
    def results(self) -> dict[str, list[Row]]:
        """Results by test, oldest first, of those that have a number and were not canceled."""
        rows = self.record.results.to_pylist() if self._known is None else self._known.results
        found: dict[str, list[Row]] = {}
        for row in sorted(rows, key=lambda row: row["date"]):
            known = row["date"] <= self.as_of and row["value"] is not None
            if known and row["status"] != "cancelled":
                found.setdefault(row["test"], []).append(row)
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
