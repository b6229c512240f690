"""MedicationAdministration, Procedure, Immunization and Condition → infusions and events."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.fhir.codes import OWN_EVENT, known_as, own_event
from longwatch.exchange.fhir.document import Document, Entry
from longwatch.exchange.fhir.elements import (
    BadDateError,
    Json,
    codes_of,
    day_of,
    extensions,
    objects,
    text_of,
    wall_clock,
    words_of,
)
from longwatch.exchange.fhir.jsontext import dump_json
from longwatch.exchange.fhir.observations import sent_at, source_of
from longwatch.exchange.intake import (
    Code,
    Counted,
    EventFact,
    Incoming,
    InfusionFact,
    InfusionStatus,
    Person,
    Unreadable,
)

COURSE = "urn:longwatch:course"
DAY = "urn:longwatch:day"
GRADE = "urn:longwatch:grade"

_INFUSION: dict[str, InfusionStatus] = {
    "completed": "given",
    "in-progress": "given",
    "stopped": "given",
    "on-hold": "given",
    "not-done": "not-done",
}
_MILLIGRAMS = {"mg": Decimal(1), "g": Decimal(1000)}


@dataclass(frozen=True, slots=True)
class _Shape:
    """Where a resource type keeps what an event needs."""

    kind: str
    code: str
    dates: tuple[str, ...]
    ends: tuple[str, ...] = ()
    statuses: frozenset[str] | None = None


_SHAPES = {
    "Procedure": _Shape(
        "procedure",
        "code",
        ("performedDateTime", "performedPeriod"),
        statuses=frozenset({"completed"}),
    ),
    "Immunization": _Shape(
        "vaccination", "vaccineCode", ("occurrenceDateTime",), statuses=frozenset({"completed"})
    ),
    "Condition": _Shape(
        "diagnosis",
        "code",
        ("onsetDateTime", "onsetPeriod", "recordedDate"),
        ("abatementDateTime", "abatementPeriod", "onsetPeriod"),
    ),
    "MedicationAdministration": _Shape(
        "medication",
        "medicationCodeableConcept",
        ("effectiveDateTime", "effectivePeriod"),
        ("effectivePeriod",),
        statuses=frozenset({"completed", "in-progress", "stopped", "on-hold"}),
    ),
}
HAPPENINGS = frozenset(_SHAPES)


def read_happening(document: Document, entry: Entry) -> Iterator[Incoming]:
    """The infusion or event in one resource; what is not watched is counted by its code."""
    resource = entry.resource
    name = text_of(resource.get("resourceType"))
    shape = _SHAPES[name]
    codes = _codes(document, entry, shape)
    own = own_event(codes)
    section = own[0] if own else shape.kind
    infusion = name == "MedicationAdministration" and known_as("infused", codes) is not None
    watched = own or infusion or shape.kind == "vaccination" or known_as(section, codes)
    if not watched:
        shown = codes[0] if codes else Code("", "", "without a code")
        yield Counted(f"{name} {shown.code or shown.text}".strip())
        return
    status = _status(resource)
    withdrawn = status == "entered-in-error"
    if shape.statuses and not infusion and not withdrawn and status not in shape.statuses:
        yield Counted(f"{name} {status or 'without a status'}")
        return
    who, kind = document.subject(entry)
    if kind:
        yield Counted(f"{name} of a {kind}")
        return
    frame = _Frame(document, entry, shape, codes, who)
    yield frame.infusion(status) if infusion else frame.event(section, withdrawn)


def _status(resource: Json) -> str:
    """`status`, or for a Condition whether it was refuted or entered in error."""
    sent = text_of(resource.get("status"))
    verification = {code.code for code in codes_of(resource.get("verificationStatus"))}
    if "entered-in-error" in verification:
        return "entered-in-error"
    return "entered-in-error" if "refuted" in verification else sent


def _codes(document: Document, entry: Entry, shape: _Shape) -> tuple[Code, ...]:
    codes = codes_of(entry.resource.get(shape.code))
    reference = entry.resource.get("medicationReference")
    if not codes and isinstance(reference, dict):
        found = document.resolve(text_of(reference.get("reference")), entry)
        codes = codes_of(found.resource.get("code")) if found else ()
    return codes


@dataclass(frozen=True, slots=True)
class _Frame:
    document: Document
    entry: Entry
    shape: _Shape
    codes: tuple[Code, ...]
    who: Person

    def infusion(self, status: str) -> Incoming:
        resource = self.entry.resource
        if status == "entered-in-error":
            return self._held(
                "infusions",
                HeldReason.WITHDRAWN,
                "the sender took this infusion back",
                "correct the infusions table after asking the infusion unit",
            )
        known = _INFUSION.get(status)
        if known is None:
            return self._held(
                "infusions",
                HeldReason.UNSUPPORTED,
                f"an infusion with the status {status!r}: nobody can tell whether it was given",
                "ask the infusion unit",
            )
        day = self._day("infusions")
        if not isinstance(day, date):
            return day
        started, ended = self._moments()
        dose = _dose(resource)
        if isinstance(dose, str) and dose.startswith("?"):
            return self._held("infusions", HeldReason.UNKNOWN_UNIT, dose[1:], "send it in mg")
        return InfusionFact(
            who=self.who,
            date=day,
            status=known,
            drug=self.codes,
            dose_mg=dose,
            started=started,
            ended=ended,
            source=source_of(self.entry),
            sent_at=sent_at(resource),
            raw=self.entry.raw,
            where=self.entry.where,
            course=_whole(resource, COURSE),
            day=_whole(resource, DAY),
        )

    def event(self, kind: str, withdrawn: bool) -> Incoming:
        resource = self.entry.resource
        day = self._day("events")
        if not isinstance(day, date):
            return day
        try:
            end = self._first(self.shape.ends, "end")
        except BadDateError:
            end = None
        words = words_of(resource.get(self.shape.code))
        notes = "; ".join(text_of(note.get("text")) for note in objects(resource.get("note")))
        return EventFact(
            who=self.who,
            date=day,
            kind=kind,
            codes=self.codes,
            end_date=end,
            grade=_whole(resource, GRADE),
            text=notes or (words if not own_event(self.codes) else None) or None,
            source=source_of(self.entry),
            sent_at=sent_at(resource),
            raw=self.entry.raw,
            where=self.entry.where,
            withdrawn=withdrawn,
        )

    def _day(self, table: str) -> date | Unreadable:
        if not self.who.identifiers:
            return self._held(
                table,
                HeldReason.MISSING_PATIENT,
                "the resource does not say whom it is about",
                "send it with a subject reference or identifier",
            )
        try:
            day = self._first(self.shape.dates, "start")
        except BadDateError as problem:
            return self._held(
                table, HeldReason.BAD_DATE, f"the date {problem}", "send it as YYYY-MM-DD"
            )
        if day is None:
            return self._held(
                table, HeldReason.MISSING_DATE, "there is no date", "send the date as YYYY-MM-DD"
            )
        return day

    def _first(self, names: tuple[str, ...], end: str) -> date | None:
        for name in names:
            sent: Any = self.entry.resource.get(name)
            if isinstance(sent, dict):
                sent = sent.get(end)
            elif name.endswith("Period"):
                sent = None
            if (day := day_of(sent, self.document.options.zone)) is not None:
                return day
        return None

    def _moments(self) -> tuple[datetime | None, datetime | None]:
        period, zone = self.entry.resource.get("effectivePeriod"), self.document.options.zone
        if isinstance(period, dict):
            return wall_clock(period.get("start"), zone), wall_clock(period.get("end"), zone)
        return wall_clock(self.entry.resource.get("effectiveDateTime"), zone), None

    def _held(self, table: str, reason: HeldReason, detail: str, how: str) -> Unreadable:
        return Unreadable(
            reason=reason,
            detail=detail,
            how=how,
            raw=self.entry.raw,
            where=self.entry.where,
            who=self.who,
            table=table,
            source=source_of(self.entry),
            sent_at=sent_at(self.entry.resource),
        )


def _dose(resource: Json) -> str | None:
    """Milligrams as text; None when not said; `?` and a sentence when it cannot be told."""
    dosage = resource.get("dosage")
    dose = dosage.get("dose") if isinstance(dosage, dict) else None
    if not isinstance(dose, dict):
        return None
    number, unit = dose.get("value"), text_of(dose.get("code")) or text_of(dose.get("unit"))
    if not isinstance(number, Decimal) or unit not in _MILLIGRAMS:
        return f"?the dose is sent as {dump_json(dose)[:80]}, not as a number of mg"
    return format((number * _MILLIGRAMS[unit]).normalize(), "f")


def _whole(resource: Json, url: str) -> int | None:
    for part in extensions(resource, url):
        value = part.get("valueInteger")
        if isinstance(value, Decimal) and value == value.to_integral_value():
            return int(value)
    return None


def own_coding(kind: str, code: str) -> Json:
    """The coding that says an event in the Record's own words."""
    return {"system": f"{OWN_EVENT}{kind}", "code": code}
