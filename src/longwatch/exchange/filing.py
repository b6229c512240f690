"""Filing facts into a Record's tables: one fact in, one fate out.

Order of the questions asked of a result:

1. does anybody watch this test? (else counted by its code)
2. whose is it? (else held: unknown patient, identity conflict)
3. can the day be true? (else held: after its arrival, before birth)
4. what is the value in the canonical unit? (else held with the catalogue's reason)
5. was it filed before? (duplicate), was it taken back?, does it contradict what was filed?
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

import pyarrow as pa

from longwatch.core.catalogue import catalogue
from longwatch.core.held import HeldReason
from longwatch.core.units import to_canonical
from longwatch.core.values import Refusal
from longwatch.exchange.codebook import Codebook, shown
from longwatch.exchange.courses import INFERRED, count_courses
from longwatch.exchange.fhir.codes import known_as, own_event
from longwatch.exchange.heldbook import Heldbook
from longwatch.exchange.intake import (
    Counted,
    EventFact,
    InfusionFact,
    PatientFact,
    Person,
    ResultFact,
    Unreadable,
)
from longwatch.exchange.matching import People
from longwatch.exchange.numbers_sent import contradiction, read_result
from longwatch.exchange.payload import Fact
from longwatch.exchange.report import FileReport
from longwatch.exchange.rowfact import Incoming, RowFact
from longwatch.exchange.shelf import Row, Shelf
from longwatch.exchange.versions import (
    WITHDRAWN_NOTE,
    content,
    order_versions,
    original_status,
    take_back,
)

RESULT_EXTRAS = {
    "value_high": pa.float64(),
    "sent_value": pa.string(),
    "sent_unit": pa.string(),
    "laboratory": pa.string(),
    "flag": pa.string(),
    "note": pa.string(),
    "issued": pa.string(),
    "was": pa.string(),
}
INFUSION_EXTRAS = {"source": pa.string(), "issued": pa.string(), INFERRED: pa.string()}
EVENT_EXTRAS = {"source": pa.string()}


@dataclass(slots=True)
class Filing:
    """The Record while an import is under way.

    Inputs:
        people: who is known by which number.
        results, infusions, events: the tables.
        held: what waits for a person.
        codebook: what codes mean.
        received: when this import reached the clinic.
        create_patients: whether an unknown person in a message becomes a patient.
    """

    people: People
    results: Shelf
    infusions: Shelf
    events: Shelf
    held: Heldbook
    codebook: Codebook
    received: datetime
    create_patients: bool = False
    fresh: set[int] = field(default_factory=set)
    disagreements: list[str] = field(default_factory=list)
    patients_changed: bool = False
    _days: dict[str, dict[tuple[Any, ...], list[Row]]] = field(default_factory=dict)

    def take(self, item: Incoming, account: FileReport) -> None:
        """Decides the fate of one item and writes it into the account of its file."""
        account.read += item.entries
        if isinstance(item, Counted):
            account.counted[item.kind] += item.entries
        elif isinstance(item, Unreadable):
            self._unreadable(item, account)
        elif isinstance(item, RowFact):
            self._row(item, account)
        elif isinstance(item, PatientFact):
            self._patient(item, account)
        elif isinstance(item, ResultFact):
            self._result(item, account)
        elif isinstance(item, InfusionFact):
            self._infusion(item, account)
        else:
            self._event(item, account)

    def finish(self) -> None:
        """Orders the versions and counts the courses of everybody touched."""
        for patient in self.results.loaded():
            groups: dict[tuple[Any, ...], list[Row]] = {}
            for row in self.results.rows(patient):
                groups.setdefault((row["date"], row["test"], row.get("source")), []).append(row)
            for rows in groups.values():
                if any(id(row) in self.fresh for row in rows):
                    order_versions(rows, self.fresh, self.received)
        for patient in self.infusions.loaded():
            self.infusions.changed |= count_courses(self.infusions.rows(patient))

    # -- people ------------------------------------------------------------------------------

    def _patient(self, fact: PatientFact, account: FileReport) -> None:
        for doubt in fact.who.doubts:
            account.notices.append(f"{fact.where}: {doubt}")
        if account.format in ("hl7", "csv"):
            # A laboratory's word on a person proves nothing; its results decide what happens.
            account.counted["person in a message"] += fact.entries
            return
        match, learned = self.people.register(fact.who)
        if match.patient is None:
            self._hold(fact, match.reason or HeldReason.MISSING_PATIENT, match.detail, account)
        elif learned:
            account.filed["patients"] += fact.entries
            self.patients_changed = True
        else:
            account.duplicates += fact.entries

    def _whose(self, fact: Fact, account: FileReport) -> str | None:
        """The patient a fact belongs to; None when it was held."""
        match = self.people.match(fact.who)
        if match.reason is HeldReason.UNKNOWN_PATIENT and self.create_patients:
            match, learned = self.people.register(fact.who)
            self.patients_changed |= learned
        if match.patient is None:
            self._hold(fact, match.reason or HeldReason.UNKNOWN_PATIENT, match.detail, account)
        return match.patient

    # -- results -----------------------------------------------------------------------------

    def _result(self, fact: ResultFact, account: FileReport) -> None:
        laboratory = fact.source.split("|")[0]
        test = self.codebook.find(fact.codes, laboratory, fact.test)
        if test is None:
            near = self.codebook.resembles(fact.codes)
            if near is None:
                account.counted[shown(fact.codes)] += fact.entries
                return
            self._hold(
                fact,
                HeldReason.UNSUPPORTED,
                f"{shown(fact.codes)!r} of {laboratory or 'this sender'} may be {near.id}, "
                "but no LOINC code says so",
                account,
                "say what the code means in the table of local codes and import again",
            )
            return
        patient = self._whose(fact, account)
        if patient is None or not self._possible_day(fact, patient, account):
            return
        if fact.status == "withdrawn":
            self._withdraw(fact, patient, test.id, account)
            return
        row = read_result(test, fact)
        if isinstance(row, Refusal):
            self._hold(fact, HeldReason(row.reason), row.detail, account, row.how)
            return
        row |= {
            "patient": patient,
            "source": fact.source,
            "laboratory": laboratory or None,
            "issued": fact.sent_at.isoformat() if fact.sent_at else None,
            "received": self.received,
        }
        self._file_result(fact, row, account)

    def _file_result(self, fact: ResultFact, row: Row, account: FileReport) -> None:
        same_day = self._same_day(row)
        said = content(row)
        for known in same_day:
            if content(known) == said:
                self._seen_again(known, row)
                account.duplicates += fact.entries
                return
        same_source = [r for r in same_day if r.get("source") == row["source"]]
        if withdrawn := self.held.withdrawals(row["patient"], row["source"]):
            # Out of order: it was taken back before it came.
            if not row["issued"] or any(not when or when >= row["issued"] for when in withdrawn):
                take_back([row], row["source"], None, WITHDRAWN_NOTE)
        elif row["status"] == "cancelled" and len(same_source) < len(same_day):
            take_back(same_source, row["source"], row["issued"], "cancelled by the laboratory")
            row["received"] = None
        else:
            for other in same_source:
                if other.get("status") == "cancelled" and not other.get("received"):
                    if (other.get("issued") or "") >= (row["issued"] or ""):
                        take_back([row], row["source"], None, "cancelled by the laboratory")
                        break
        self.results.add(row["patient"], row)
        same_day.append(row)
        if row["received"] is not None:
            self.fresh.add(id(row))
        if words := contradiction(row):
            self.disagreements.append(f"{row['patient']} {row['date']}: {words}")
        if conflict := self._conflict(row, same_source):
            self._hold_conflict(fact, row, conflict, account)
        else:
            account.filed["results"] += fact.entries

    def _same_day(self, row: Row) -> list[Row]:
        """The rows of the patient with the same test and day."""
        patient = row["patient"]
        index = self._days.get(patient)
        if index is None:
            index = self._days[patient] = {}
            for known in self.results.rows(patient):
                index.setdefault((known["test"], known["date"]), []).append(known)
        return index.setdefault((row["test"], row["date"]), [])

    def _seen_again(self, known: Row, row: Row) -> None:
        """The same content again; the newest time of issue counts, whichever came first."""
        if (row["issued"] or "") > (known.get("issued") or ""):
            known["issued"] = row["issued"]
            self.results.changed = True

    @staticmethod
    def _conflict(row: Row, same_source: list[Row]) -> Row | None:
        """Another row of the same source and status, issued at the same time, that says otherwise."""
        status = original_status(row)
        for other in same_source:
            if original_status(other) != status:
                continue
            told_apart = row["issued"] and other.get("issued") and row["issued"] != other["issued"]
            if status == "final" or not told_apart:
                return other
        return None

    def _hold_conflict(self, fact: ResultFact, row: Row, other: Row, account: FileReport) -> None:
        """Both contents are filed, so that either can raise an alarm; a person sees that they differ."""
        both = sorted(f"{_told(one)}" for one in (row, other))
        self.held.add(
            table="results",
            source=row["source"],
            where=fact.where,
            reason=HeldReason.DUPLICATE_CONFLICT,
            detail=f"one source says of {row['test']} on {row['date']}: {' and '.join(both)}",
            mend=HeldReason.DUPLICATE_CONFLICT.remedy,
            patient=row["patient"],
            raw=" | ".join(both),
            received=self.received,
            identity=(row["patient"], row["source"], str(row["date"]), *both),
        )
        account.held[HeldReason.DUPLICATE_CONFLICT] += fact.entries

    def _withdraw(self, fact: ResultFact, patient: str, test: str, account: FileReport) -> None:
        issued = fact.sent_at.isoformat() if fact.sent_at else None
        rows = [row for row in self.results.rows(patient) if row["test"] == test]
        known = self.held.holds(self._identity(fact))
        cancelled = 0 if known else take_back(rows, fact.source, issued, WITHDRAWN_NOTE)
        self.results.changed |= cancelled > 0
        self._hold(
            fact,
            HeldReason.WITHDRAWN,
            f"the laboratory took back {test} of {fact.date}: {cancelled} filed result(s) cancelled",
            account,
            patient=patient,
        )

    # -- infusions and events ----------------------------------------------------------------

    def _infusion(self, fact: InfusionFact, account: FileReport) -> None:
        drug = known_as("infused", fact.drug) or _own_drug(fact)
        if drug is None:
            account.counted[f"infusion of {shown(fact.drug)}"] += fact.entries
            return
        patient = self._whose(fact, account)
        if patient is None:
            return
        if fact.status != "planned" and not self._possible_day(fact, patient, account):
            return
        try:
            dose = float(fact.dose_mg) if fact.dose_mg else None
        except ValueError:
            self._hold(fact, HeldReason.NOT_A_VALUE, f"dose {fact.dose_mg!r} is no number", account)
            return
        row: Row = {
            "patient": patient,
            "date": fact.date,
            "course": fact.course,
            "day": fact.day,
            "dose_mg": dose,
            "drug": drug,
            "started": fact.started,
            "ended": fact.ended,
            "status": fact.status,
            "source": fact.source,
            "issued": fact.sent_at.isoformat() if fact.sent_at else None,
            INFERRED: "yes" if fact.course is None or fact.day is None else None,
        }
        rows = self.infusions.rows(patient)
        said = _infusion_content(row)
        for known in rows:
            if _infusion_content(known) == said:
                account.duplicates += fact.entries
                return
        for known in rows:
            if fact.source and known.get("source") == fact.source:
                # The newer version of one administration replaces the older; ties: more is said.
                if _infusion_age(known) >= _infusion_age(row):
                    account.duplicates += fact.entries
                    return
                rows.remove(known)
                break
        self.infusions.add(patient, row)
        account.filed["infusions"] += fact.entries

    def _event(self, fact: EventFact, account: FileReport) -> None:
        own = own_event(fact.codes)
        kind = own[0] if own else fact.kind
        code = own[1] if own else known_as(kind, fact.codes)
        if code is None and kind == "vaccination" and fact.codes and fact.codes[0].code:
            code = fact.codes[0].code
        if code is None and any(not each.system for each in fact.codes):
            # Our own tables and mappings write the Record's words without a system.
            code = next((each.code for each in fact.codes if not each.system and each.code), None)
        if code is None and fact.codes:
            account.counted[f"{kind} {shown(fact.codes)}"] += fact.entries
            return
        patient = self._whose(fact, account)
        if patient is None or not self._possible_day(fact, patient, account):
            return
        row: Row = {
            "patient": patient,
            "date": fact.date,
            "kind": kind,
            "code": code or None,
            "end_date": fact.end_date,
            "grade": fact.grade,
            "text": fact.text or None,
            "source": fact.source or None,
        }
        rows = self.events.rows(patient)
        if fact.withdrawn:
            before = len(rows)
            rows[:] = [r for r in rows if not fact.source or r.get("source") != fact.source]
            self.events.changed |= len(rows) < before
            self._hold(
                fact,
                HeldReason.WITHDRAWN,
                f"the sender took back {kind} {code or ''} of {fact.date}",
                account,
                patient=patient,
            )
            return
        if self.held.withdrawals(patient, fact.source) or any(
            _event_content(known) == _event_content(row) for known in rows
        ):
            account.duplicates += fact.entries
            return
        self.events.add(patient, row)
        account.filed["events"] += fact.entries

    # -- rows of a Record --------------------------------------------------------------------

    def _row(self, fact: RowFact, account: FileReport) -> None:
        """A row that already is one of a Record: added unless the very same is there."""
        if fact.table in ("patients", "identifiers"):
            self._known_person(fact, account)
            return
        if fact.table == "held":
            if self.held.add_row(fact.row):
                account.held[fact.row["reason"]] += fact.entries
            else:
                account.duplicates += fact.entries
            return
        match = self.people.match(fact.who)
        if match.patient is None:
            self._hold_row(fact, match.reason or HeldReason.UNKNOWN_PATIENT, match.detail, account)
            return
        row = {"patient": match.patient, **fact.row}
        day = row["date"]
        planned = fact.table == "infusions" and row.get("status") == "planned"
        if day > self.received.date() and not planned:
            detail = f"dated {day}, but it arrived on {self.received.date()}"
            self._hold_row(fact, HeldReason.FUTURE_DATE, detail, account)
            return
        if fact.table == "results" and (doubt := _unfit(row)):
            self._hold_row(fact, *doubt, account)
            return
        shelf = {"results": self.results, "infusions": self.infusions, "events": self.events}[
            fact.table
        ]
        rows = self._same_day(row) if shelf is self.results else shelf.rows(match.patient)
        said = _row_content(row)
        if any(_row_content(known) == said for known in rows):
            account.duplicates += fact.entries
            return
        shelf.add(match.patient, row)
        if shelf is self.results:
            rows.append(row)
        account.filed[fact.table] += fact.entries

    def _known_person(self, fact: RowFact, account: FileReport) -> None:
        match, learned = self.people.register(fact.who)
        if match.patient is None:
            self._hold_row(fact, match.reason or HeldReason.MISSING_PATIENT, match.detail, account)
            return
        row = self.people.rows[match.patient]
        for column, value in fact.row.items():
            if value is not None and row.get(column) is None:
                row[column], learned = value, True
        self.patients_changed |= learned
        if learned:
            account.filed[fact.table] += fact.entries
        else:
            account.duplicates += fact.entries

    def _hold_row(
        self, fact: RowFact, reason: HeldReason, detail: str, account: FileReport
    ) -> None:
        added = self.held.add(
            table=fact.table,
            source=fact.source,
            where=fact.where,
            reason=reason,
            detail=detail,
            mend=reason.remedy,
            patient=None,
            raw=fact.raw,
            received=self.received,
            identity=(fact.table, repr(fact.who.identifiers), fact.raw),
        )
        if added:
            account.held[reason] += fact.entries
        else:
            account.duplicates += fact.entries

    # -- held --------------------------------------------------------------------------------

    def _possible_day(self, fact: Fact, patient: str, account: FileReport) -> bool:
        assert not isinstance(fact, PatientFact)
        born = self.people.rows.get(patient, {}).get("birth_date")
        if fact.date > self.received.date():
            detail = f"dated {fact.date}, but it arrived on {self.received.date()}"
            self._hold(fact, HeldReason.FUTURE_DATE, detail, account, patient=patient)
            return False
        if born and fact.date < born:
            # The birth date is as likely wrong: hiding the result would be the greater harm.
            account.notices.append(
                f"{fact.where}: dated {fact.date}, before the birth of {patient} on {born}"
            )
        return True

    def _hold(
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
            identity=self._identity(fact),
        )
        if added:
            account.held[reason] += fact.entries
        else:
            account.duplicates += fact.entries

    def _unreadable(self, item: Unreadable, account: FileReport) -> None:
        if item.codes and item.table == "results" and not self._watched(item):
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

    def _watched(self, item: Unreadable) -> bool:
        laboratory = item.source.split("|")[0]
        return (
            self.codebook.find(item.codes, laboratory, None) is not None
            or self.codebook.resembles(item.codes) is not None
        )

    @staticmethod
    def _identity(fact: Fact) -> tuple[str, ...]:
        """What makes two held things the same thing: where they stood does not matter."""
        plain = replace(fact, raw="", where="", who=Person(), sent_at=None)
        return (repr(plain), repr(fact.who.identifiers))


def _told(row: Row) -> str:
    value = row.get("text") or f"{row.get('comparator') or ''}{row.get('value')} {row.get('unit')}"
    return f"{value} ({original_status(row)})"


def _own_drug(fact: InfusionFact) -> str | None:
    """A drug named by the Record's own word, without a code system."""
    words = {code.code or code.text.lower() for code in fact.drug if not code.system}
    return "alemtuzumab" if not fact.drug or "alemtuzumab" in words else None


def _infusion_content(row: Row) -> tuple[Any, ...]:
    counted = row.get(INFERRED)
    return (
        row["date"],
        None if counted else row.get("course"),
        None if counted else row.get("day"),
        row.get("dose_mg"),
        row.get("started"),
        row.get("ended"),
        row.get("status") or "given",
        row.get("source") or None,
    )


def _infusion_age(row: Row) -> tuple[str, int, int]:
    rank = {"planned": 0, "not-done": 1, "given": 2}
    return (
        row.get("issued") or "",
        rank.get(row.get("status") or "given", 2),
        sum(row.get(name) is not None for name in ("dose_mg", "started", "ended")),
    )


def _event_content(row: Row) -> tuple[Any, ...]:
    return tuple(
        row.get(name) or None
        for name in ("date", "kind", "code", "end_date", "grade", "text", "source")
    )


def _unfit(row: Row) -> tuple[HeldReason, str] | None:
    """Why a row of `results` cannot be used by the watch."""
    test, value, unit = catalogue().tests.get(row["test"]), row.get("value"), row.get("unit")
    if test is None or value is None or to_canonical(test, value, unit) is not None:
        return None
    if (unit or "") in test.units:
        return HeldReason.IMPLAUSIBLE_VALUE, f"{test.id}: {value:g} {unit} is no patient's value"
    return HeldReason.UNKNOWN_UNIT, f"{test.id}: unit {unit!r} is not one of this test"


def _row_content(row: Row) -> frozenset[tuple[str, Any]]:
    """Everything a row says but when it came; empty cells say nothing."""
    return frozenset(
        (name, value)
        for name, value in row.items()
        if name != "received" and value is not None and value != ""
    )
