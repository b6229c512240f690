"""Observation → results as sent; components and contained Observations included."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date
from decimal import Decimal
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.fhir.codes import known_as
from longwatch.exchange.fhir.document import Document, Entry
from longwatch.exchange.fhir.elements import (
    BadDateError,
    Json,
    codes_of,
    day_of,
    moment_of,
    number_text,
    objects,
    plain_utc,
    text_of,
    unit_of,
    words_of,
)
from longwatch.exchange.fhir.jsontext import dump_json
from longwatch.exchange.intake import Code, Counted, Incoming, Person, ResultFact, Unreadable
from longwatch.exchange.intake import ResultStatus as SentStatus

_STATUS: dict[str, SentStatus] = {
    "registered": "preliminary",
    "preliminary": "preliminary",
    "final": "final",
    "amended": "corrected",
    "corrected": "corrected",
    "cancelled": "cancelled",
    "entered-in-error": "withdrawn",
}
_VALUE = re.compile(r"value[A-Z]\w*")
_LONGEST = 200
_COMPARATORS = {"<", "<=", ">=", ">"}


class UnfitError(Exception):
    """A part of a resource that cannot be understood; carries reason, sentence, remedy."""

    def __init__(self, reason: HeldReason, detail: str, how: str = "") -> None:
        super().__init__(detail)
        self.reason, self.detail, self.how = reason, detail, how


@dataclass(frozen=True, slots=True)
class Value:
    """A value as text, its unit, and words that came with it."""

    text: str
    unit: str | None = None
    note: str = ""


def read_observation(
    document: Document, entry: Entry, overruled: SentStatus | None = None
) -> Iterator[Incoming]:
    """The results of one Observation: its own value and each of its components.

    Inputs:
        document: the file, to resolve references.
        entry: the Observation.
        overruled: status of its report, when the report was cancelled or entered in error.
    """
    resource = entry.resource
    parts = objects(resource.get("component"))
    own = _values(resource)
    entries = max(1, len(parts) + bool(own and parts))
    raw = entry.raw
    who, kind = document.subject(entry)
    if kind:
        yield Counted(f"Observation of a {kind}", entries)
        return
    try:
        status = _status(resource, overruled)
        if not who.identifiers:
            raise UnfitError(
                HeldReason.MISSING_PATIENT,
                "the Observation does not say whom it is about",
                "send it with a subject reference or identifier",
            )
        day = _day(document, entry)
    except UnfitError as unfit:
        held = _unreadable(unfit, raw, entry.where, who, entries)
        codes = [codes_of(part.get("code")) for part in (resource, *parts)]
        yield replace(held, codes=tuple(code for some in codes for code in some))
        return
    headless = not own and "dataAbsentReason" not in resource
    stands = status in ("preliminary", "final", "corrected")
    announced = objects(resource.get("hasMember")) or resource.get("status") == "registered"
    if headless and stands and not parts and announced:
        yield Counted("Observation without a value of its own")
        return
    frame = _Frame(document, entry, who, day, status, raw)
    if own or not parts:
        yield frame.result(resource, "")
    for number, part in enumerate(parts, 1):
        suffix = words_of(part.get("code")) or str(number)
        yield frame.result(part, f"#{_code_key(part) or suffix}")


@dataclass(frozen=True, slots=True)
class _Frame:
    """What all results of one Observation share."""

    document: Document
    entry: Entry
    who: Person
    day: date
    status: SentStatus
    raw: str

    def result(self, part: Json, suffix: str) -> Incoming:
        resource = self.entry.resource
        source = source_of(self.entry) + suffix
        codes, unfit = codes_of(part.get("code")), None
        try:
            value = value_of(part)
        except UnfitError as problem:
            if self.status not in ("corrected", "cancelled", "withdrawn"):
                held = _unreadable(problem, self.raw, self.entry.where, self.who, 1)
                return replace(held, source=source, codes=codes)
            value = Value("")
            if self.status == "corrected":
                value = Value(_as_sent(part))
                unfit = problem.reason, problem.detail, problem.how
        low, high, words = _limits(part, value.unit)
        return ResultFact(
            who=self.who,
            date=self.day,
            codes=codes,
            value=value.text,
            unit=value.unit,
            low=low,
            high=high,
            flag=_flag(part),
            status=self.status,
            source=source,
            sent_at=sent_at(resource),
            note="; ".join(filter(None, (value.note, _notes(resource)))) or None,
            raw=self.raw,
            where=self.entry.where,
            range_text=words,
            unfit=unfit,
        )


def _values(part: Json) -> list[str]:
    """The names of value[x] elements."""
    return [key for key in part if key.startswith("value") and _VALUE.fullmatch(key)]


def _as_sent(part: Json) -> str:
    """The value of an Observation as JSON, shortened."""
    return dump_json({key: part[key] for key in _values(part)})[:_LONGEST]


def value_of(part: Json) -> Value:
    """The value[x] of an Observation or a component as text and unit.

    Raises:
        UnfitError: for two values, a number in quotes, a value of a kind that no result has.
    """
    given = _values(part)
    if len(given) > 1:
        raise UnfitError(
            HeldReason.BAD_MESSAGE, f"two values in one result ({', '.join(given)})", "send one"
        )
    if not given:
        return Value("", note=words_of(part.get("dataAbsentReason")))
    name, value = given[0], part[given[0]]
    if name == "valueQuantity" and isinstance(value, dict):
        return _quantity(value)
    if name == "valueRange" and isinstance(value, dict):
        return _range(value)
    if name == "valueCodeableConcept":
        answer = known_as("answers", codes_of(value))
        return Value(answer or words_of(value), note=words_of(value) if answer else "")
    if name == "valueInteger" and isinstance(value, Decimal):
        return Value(format(value, "f"))
    if name == "valueString" and isinstance(value, str):
        return Value(value.strip())
    if name in ("valueBoolean", "valueInteger", "valueString"):
        raise UnfitError(
            HeldReason.NOT_A_VALUE,
            f"{name} holds {dump_json(value)[:80]}",
            "send a quantity with its unit",
        )
    raise UnfitError(
        HeldReason.UNSUPPORTED,
        f"a result of the kind {name} is not read",
        "look at the original and enter the value by hand if it matters",
    )


def _quantity(value: Json) -> Value:
    number = number_text(value.get("value"))
    if number is None:
        sent = value.get("value")
        if sent is None:
            return Value("", unit_of(value), "a quantity without a number")
        raise UnfitError(
            HeldReason.NOT_A_VALUE,
            f"the number is sent as {dump_json(sent)[:60]}, not as a JSON number",
            "the sender must write the number without quotes",
        )
    comparator = text_of(value.get("comparator"))
    if comparator and comparator not in _COMPARATORS:
        raise UnfitError(HeldReason.NOT_A_VALUE, f"comparator {comparator!r} is none of < <= >= >")
    return Value(f"{comparator}{number}", unit_of(value))


def _range(value: Json) -> Value:
    low, high = value.get("low"), value.get("high")
    ends = [end for end in (low, high) if isinstance(end, dict)]
    units = {unit_of(end) for end in ends}
    if not ends or len(units) > 1:
        raise UnfitError(HeldReason.NOT_A_VALUE, "a range without ends, or with two units")
    numbers = [_quantity(end).text for end in ends]
    if not all(numbers):
        raise UnfitError(HeldReason.NOT_A_VALUE, "an end of the range has no number")
    unit = units.pop()
    if len(ends) == 2:
        return Value(f"{numbers[0]}-{numbers[1]}", unit)
    return Value(f"{'>=' if isinstance(low, dict) else '<='}{numbers[0]}", unit)


def _status(resource: Json, overruled: SentStatus | None) -> SentStatus:
    sent = text_of(resource.get("status"))
    status = _STATUS.get(sent)
    if status is None:
        what = "does not say its status" if not sent else f"has the status {sent!r}"
        raise UnfitError(
            HeldReason.UNSUPPORTED if sent == "unknown" else HeldReason.BAD_MESSAGE,
            f"the Observation {what}: nobody can tell whether it is final",
            "ask the laboratory for its status",
        )
    if overruled == "withdrawn" or (overruled == "cancelled" and status != "withdrawn"):
        return overruled
    return status


def _day(document: Document, entry: Entry) -> date:
    try:
        report = document.report_of(entry)
        # The report that lists a result, or contains it, says the date for all its results.
        for holder in (entry, entry.parent, report):
            if holder is not None and (day := _day_in(document, holder)) is not None:
                return day
    except BadDateError as problem:
        raise UnfitError(
            HeldReason.BAD_DATE, f"the specimen date {problem}", "send it as YYYY-MM-DD"
        ) from None
    raise UnfitError(
        HeldReason.MISSING_DATE,
        "the Observation does not say when the specimen was taken",
        "send effectiveDateTime",
    )


def _day_in(document: Document, entry: Entry) -> date | None:
    resource, zone = entry.resource, document.options.zone
    period = resource.get("effectivePeriod")
    begin = period.get("start") if isinstance(period, dict) else None
    for sent in (resource.get("effectiveDateTime"), resource.get("effectiveInstant"), begin):
        if (day := day_of(sent, zone)) is not None:
            return day
    for specimen in objects(resource.get("specimen")):
        found = document.resolve(text_of(specimen.get("reference")), entry)
        collection = found.resource.get("collection") if found else None
        if isinstance(collection, dict):
            taken = day_of(collection.get("collectedDateTime"), zone)
            if taken is not None:
                return taken
    return None


def _limits(part: Json, unit: str | None) -> tuple[str | None, str | None, str | None]:
    """The one normal range: low, high in the unit of the value, and the range as words."""
    ranges = objects(part.get("referenceRange"))
    words = "; ".join(filter(None, (text_of(item.get("text")) for item in ranges))) or None
    normal = [
        item
        for item in ranges
        if {code.code for code in codes_of(item.get("type"))} <= {"normal", "recommended"}
        and ("low" in item or "high" in item)
    ]
    if len(normal) != 1:
        return None, None, words
    ends: list[str | None] = []
    for name in ("low", "high"):
        end = normal[0].get(name)
        number = number_text(end.get("value")) if isinstance(end, dict) else None
        # An end in another unit than the value would be compared wrongly: it stays words.
        same = isinstance(end, dict) and unit_of(end) in (None, unit)
        ends.append(number if same else None)
    return ends[0], ends[1], words


def _flag(part: Json) -> str | None:
    for concept in objects(part.get("interpretation")):
        for code in codes_of(concept):
            return code.code or code.text
    return None


def _notes(resource: Json) -> str:
    return "; ".join(filter(None, (text_of(n.get("text")) for n in objects(resource.get("note")))))


def _code_key(part: Json) -> str:
    return next((code.code for code in codes_of(part.get("code")) if code.code), "")


def sent_at(resource: Json) -> Any:
    """When this version was issued (else: last changed on the server), in UTC."""
    meta = resource.get("meta")
    changed = meta.get("lastUpdated") if isinstance(meta, dict) else None
    return plain_utc(moment_of(resource.get("issued")) or moment_of(changed))


def source_of(entry: Entry) -> str:
    """Who sent a resource and under which number: the same for all its versions."""
    resource = entry.resource
    laboratory = next(
        (text_of(part.get("display")) for part in objects(resource.get("performer"))), ""
    )
    for part in objects(resource.get("identifier")):
        if value := text_of(part.get("value")):
            return f"{laboratory}|{text_of(part.get('system'))}|{value}"
    kind, identity = text_of(resource.get("resourceType")), text_of(resource.get("id"))
    if entry.parent is not None:
        return f"{source_of(entry.parent)}#{identity}"
    if identity:
        return f"{laboratory}|{kind}/{identity}"
    codes: tuple[Code, ...] = codes_of(resource.get("code"))
    return f"{laboratory}|{entry.full_url or (codes[0].code if codes else '')}"


def _unreadable(unfit: UnfitError, raw: str, where: str, who: Person, entries: int) -> Unreadable:
    return Unreadable(
        reason=unfit.reason,
        detail=unfit.detail,
        how=unfit.how,
        raw=raw,
        where=where,
        who=who,
        table="results",
        entries=entries,
    )
