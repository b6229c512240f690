"""The Record while an import is under way, and what every kind of fact asks of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.codebook import Codebook, shown
from longwatch.exchange.heldbook import Heldbook
from longwatch.exchange.intake import (
    IdentityFact,
    PatientFact,
    Person,
    ResultFact,
    Unreadable,
)
from longwatch.exchange.matching import People
from longwatch.exchange.payload import Fact
from longwatch.exchange.report import FileReport
from longwatch.exchange.shelf import Row, Shelf


@dataclass(slots=True)
class Desk:
    """The Record while an import is under way.

    Inputs:
        people: who is known by which number.
        results, infusions, events: the tables.
        held: what waits for a person.
        codebook: what codes mean.
        received: when this import reached the clinic.
        create_patients: whether an unknown person in a message becomes a patient.
        moved: the patient to whom the results of a visit belong, by visit and the patient whom
            their number names.
    """

    people: People
    results: Shelf
    infusions: Shelf
    events: Shelf
    held: Heldbook
    codebook: Codebook
    received: datetime
    create_patients: bool = False
    moved: Mapping[tuple[str, str], str] = field(default_factory=dict)
    fresh: set[int] = field(default_factory=set)
    disagreements: list[str] = field(default_factory=list)
    patients_changed: bool = False
    _days: dict[str, dict[tuple[Any, ...], list[Row]]] = field(default_factory=dict)

    def whose(self, fact: Fact, account: FileReport) -> str | None:
        """The patient a fact belongs to; None when it was held."""
        match = self.people.match(fact.who)
        if match.reason is HeldReason.UNKNOWN_PATIENT and self.create_patients:
            match, learned = self.people.register(fact.who)
            self.patients_changed |= learned
        if match.patient is None:
            self.hold(fact, match.reason or HeldReason.UNKNOWN_PATIENT, match.detail, account)
        elif self.moved and isinstance(fact, ResultFact):
            return self.moved.get((fact.visit, match.patient), match.patient)
        return match.patient

    def plausible_day(self, fact: Fact, patient: str, account: FileReport) -> bool:
        """Whether the day of a fact can be true; one after its arrival is held."""
        assert not isinstance(fact, PatientFact | IdentityFact)
        born = self.people.rows.get(patient, {}).get("birth_date")
        if fact.date > self.received.date():
            detail = f"dated {fact.date}, but it arrived on {self.received.date()}"
            self.hold(fact, HeldReason.FUTURE_DATE, detail, account, patient=patient)
            return False
        if born and fact.date < born:
            # The birth date is as likely wrong: hiding the result would be the greater harm.
            account.notices.append(
                f"{fact.where}: dated {fact.date}, before the birth of {patient} on {born}"
            )
        return True

    def same_day(self, row: Row) -> list[Row]:
        """The rows of the patient with the same test and day; to be kept up by who adds one."""
        patient = row["patient"]
        index = self._days.get(patient)
        if index is None:
            index = self._days[patient] = {}
            for known in self.results.rows(patient):
                index.setdefault((known["test"], known["date"]), []).append(known)
        return index.setdefault((row["test"], row["date"]), [])

    def hold(
        self,
        fact: Fact,
        reason: HeldReason,
        detail: str,
        account: FileReport,
        mend: str = "",
        patient: str | None = None,
    ) -> None:
        """Keeps a fact for a person, whole, to be tried again by the next import."""
        added = self.held.add_fact(
            fact,
            reason=reason,
            detail=detail,
            mend=mend or reason.remedy,
            patient=patient,
            received=self.received,
            identity=self.identity(fact),
        )
        if added:
            account.held[reason] += fact.entries
        else:
            account.duplicates += fact.entries

    def hold_unreadable(self, item: Unreadable, account: FileReport) -> None:
        """Holds what a reader could not read, unless it is of a test that nobody watches."""
        if item.codes and item.table == "results" and not self.watched(item):
            account.counted[shown(item.codes)] += item.entries
            return
        added = self.held.add(
            table=item.table,
            source=item.source,
            where=item.where,
            reason=item.reason,
            detail=item.detail,
            mend=item.how or item.reason.remedy,
            patient=self.people.match(item.who).patient,
            raw=item.raw,
            received=self.received,
            identity=(item.reason, item.source, item.raw or f"{item.where} {item.detail}"),
        )
        if added:
            account.held[item.reason] += item.entries
        else:
            account.duplicates += item.entries

    def watched(self, item: Unreadable) -> bool:
        """Whether unreadable codes are of a watched test, or look like one."""
        laboratory = item.source.split("|")[0]
        return (
            self.codebook.find(item.codes, laboratory, None) is not None
            or self.codebook.resembles(item.codes) is not None
        )

    @staticmethod
    def identity(fact: Fact) -> tuple[str, ...]:
        """What makes two held things the same thing: where they stood does not matter."""
        plain = replace(fact, raw="", where="", who=Person(), sent_at=None)
        return (repr(plain), repr(fact.who.identifiers))
