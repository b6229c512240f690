"""A FHIR R4 file, JSON or ndjson, as a stream of facts.

Read are Patient, Observation, DiagnosticReport, MedicationAdministration, Procedure, Immunization
and Condition, alone, in Bundles of any type, contained, or one per line. Everything else is counted
by its type. Nothing is fetched: a reference that leads out of the file is kept as an identifier.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.fhir.document import Document, Entry, FhirOptions, person_of
from longwatch.exchange.fhir.elements import Json, codes_of, objects, text_of
from longwatch.exchange.fhir.happenings import HAPPENINGS, read_happening
from longwatch.exchange.fhir.jsontext import BadJsonError, dump_json, parse_json
from longwatch.exchange.fhir.observations import read_observation, sent_at
from longwatch.exchange.fhir.own import read_row, table_of
from longwatch.exchange.intake import (
    NOBODY,
    Counted,
    IdentityFact,
    PatientFact,
    ResultStatus,
    Unreadable,
)
from longwatch.exchange.rowfact import Incoming, RowFact

MAX_RAW = 65_536
"""Longest piece of an unreadable document kept in the Record; the file itself keeps the rest."""

_OVERRULING: dict[str, ResultStatus] = {
    "cancelled": "cancelled",
    "entered-in-error": "withdrawn",
}


def read_fhir(path: Path, options: FhirOptions | None = None) -> Iterator[Incoming]:
    """All facts of one file (JSON or ndjson, UTF-8).

    Inputs:
        path: the file; read whole.
        options: clinic time zone, sender's server address.

    Raises:
        OSError: when the file cannot be read.
    """
    yield from read_fhir_bytes(path.read_bytes(), path.name, options)


def read_fhir_bytes(
    data: bytes, name: str, options: FhirOptions | None = None
) -> Iterator[Incoming]:
    """All facts of one document given as bytes (UTF-8)."""
    try:
        text = data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        yield _bad(
            f"byte {error.start} is not UTF-8, the only encoding of FHIR",
            "save the file as UTF-8",
            data[:MAX_RAW].decode("utf-8", "replace"),
            name,
        )
        return
    yield from read_fhir_text(text, name, options)


def read_fhir_text(text: str, where: str, options: FhirOptions | None = None) -> Iterator[Incoming]:
    """All facts of one document given as text.

    >>> facts = list(read_fhir_text('{"resourceType": "Patient", "id": "7"}', "a.json"))
    >>> facts[0].who.identifiers
    (('Patient', '7'),)
    """
    document = Document(options or FhirOptions())
    first, _, rest = text.lstrip().partition("\n")
    lines = first.rstrip().endswith("}") and rest.lstrip().startswith("{") and _whole(first)
    pieces = _lines(text, where) if lines else iter([(text, where)])
    for piece, place in pieces:
        try:
            value = parse_json(piece, place)
        except BadJsonError as error:
            problem = error.problems[0]
            yield _bad(problem.what, problem.how, piece, problem.where or place)
            continue
        yield from _take(document, value, piece, place)
    yield from _facts(document)


def _lines(text: str, where: str) -> Iterator[tuple[str, str]]:
    # Only the line feed parts ndjson: U+2028 may stand inside a JSON string.
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield line, f"{where}:{number}"


def _whole(line: str) -> bool:
    try:
        parse_json(line)
    except BadJsonError:
        return False
    return True


def _take(document: Document, value: Any, piece: str, where: str) -> Iterator[Incoming]:
    """Puts the resources of one JSON value into the document; yields what is none."""
    if not isinstance(value, dict):
        yield _bad("not a FHIR resource but " + _kind(value), "send a Bundle", piece, where)
        return
    kind = text_of(value.get("resourceType"))
    if not kind:
        yield _bad("JSON without resourceType: not FHIR", "send FHIR R4 resources", piece, where)
        return
    if kind != "Bundle":
        document.add(Entry(value, "", where, text=piece.strip()))
        return
    yield Counted("Bundle")
    for number, item in enumerate(objects(value.get("entry")), 1):
        place = f"{where}:entry {number}"
        resource, url = item.get("resource"), text_of(item.get("fullUrl"))
        if isinstance(resource, dict) and text_of(resource.get("resourceType")):
            if resource.get("resourceType") == "Bundle":
                yield from _take(document, resource, "", place)
            else:
                document.add(Entry(resource, url, place))
            continue
        request = item.get("request")
        if isinstance(request, dict) and request.get("method") == "DELETE":
            yield Unreadable(
                HeldReason.UNSUPPORTED,
                f"the sender deleted {text_of(request.get('url'))[:80]!r}",
                "ask what it was and correct the Record",
                dump_json(item),
                place,
            )
        elif resource is None:
            yield Counted("Bundle entry without a resource")
        else:
            yield _bad("an entry that is no resource", "", dump_json(resource), place)


def _facts(document: Document) -> Iterator[Incoming]:
    document.link_reports()
    overruled = _overruled(document)
    for entry in document.entries:
        yield from _entry_facts(document, entry, overruled)
        for part in objects(entry.resource.get("contained")):
            if part.get("resourceType") == "Observation":
                inner = Entry(part, "", entry.where, parent=entry)
                yield from _entry_facts(document, inner, overruled)


def _entry_facts(
    document: Document, entry: Entry, overruled: dict[int, ResultStatus]
) -> Iterator[Incoming]:
    resource = entry.resource
    kind = text_of(resource.get("resourceType"))
    if refusal := _not_to_be_read(resource, kind):
        reason, detail, how = refusal
        yield Unreadable(reason, detail, how, entry.raw, entry.where, document.subject(entry)[0])
    elif table_of(resource):
        yield _own(document, entry)
    elif kind == "Patient":
        yield from _patient(document, entry)
    elif kind == "Observation":
        yield from read_observation(document, entry, overruled.get(id(resource)))
    elif kind == "DiagnosticReport":
        yield from _report(document, entry)
    elif kind in HAPPENINGS:
        yield from read_happening(document, entry)
    else:
        yield Counted(f"resource {kind}")


def _not_to_be_read(resource: Json, kind: str) -> tuple[HeldReason, str, str] | None:
    """Reasons for which FHIR forbids going on, or for which this is not about a real person."""
    meta = resource.get("meta")
    labels = objects(meta.get("security")) if isinstance(meta, dict) else []
    if labels and any(label.get("code") == "HTEST" for label in labels):
        return HeldReason.NOT_PRODUCTION, "the resource is marked as test data (HTEST)", ""
    if "modifierExtension" not in resource:
        return None
    watched = kind in HAPPENINGS or kind in ("Patient", "Observation", "DiagnosticReport")
    if watched and objects(resource["modifierExtension"]):
        return (
            HeldReason.UNSUPPORTED,
            "a modifierExtension changes the meaning of this resource in a way not known here",
            "read the original; ask the sender to leave it out",
        )
    return None


def _own(document: Document, entry: Entry) -> Incoming:
    try:
        who, table, row = read_row(document, entry)
    except ValueError as error:
        return _bad(str(error), "export it again", entry.raw, entry.where)
    return RowFact(who, table, row, entry.raw, entry.where)


def _patient(document: Document, entry: Entry) -> Iterator[Incoming]:
    """The person; and, as a statement of its own, that they have died."""
    who = person_of(entry, document.options)
    raw = entry.raw
    if not who.identifiers:
        yield Unreadable(
            HeldReason.MISSING_PATIENT,
            "a Patient without identifier, id or address: nothing can refer to it",
            "send it with an identifier",
            raw,
            entry.where,
            table="patients",
        )
        return
    sent = sent_at(entry.resource)
    yield PatientFact(who, raw, entry.where, sent)
    if who.died:
        title = "FHIR Patient with deceased[x]"
        yield IdentityFact("update", who, NOBODY, title, raw, entry.where, sent)


def _overruled(document: Document) -> dict[int, ResultStatus]:
    """Results that a cancelled report speaks for, by the identity of their resource in memory."""
    found: dict[int, ResultStatus] = {}
    for entry in document.entries:
        resource = entry.resource
        if resource.get("resourceType") != "DiagnosticReport":
            continue
        status = _OVERRULING.get(text_of(resource.get("status")))
        if status is None:
            continue
        for link in objects(resource.get("result")):
            target = document.resolve(text_of(link.get("reference")), entry)
            if target is not None:
                found[id(target.resource)] = status
    return found


def _report(document: Document, entry: Entry) -> Iterator[Incoming]:
    """A report carries no result itself; a cancelled one whose results are elsewhere is held."""
    status = _OVERRULING.get(text_of(entry.resource.get("status")))
    links = [text_of(link.get("reference")) for link in objects(entry.resource.get("result"))]
    missing = [link for link in links if document.resolve(link, entry) is None]
    if status and (missing or not links):
        name = next((code.text or code.code for code in codes_of(entry.resource.get("code"))), "")
        yield Unreadable(
            HeldReason.UNSUPPORTED,
            f"a report ({name or 'unnamed'}) was {status}, but its results are not in this file",
            "find the results it speaks of and check whether they still hold",
            entry.raw,
            entry.where,
            document.subject(entry)[0],
            "results",
        )
    else:
        yield Counted("DiagnosticReport")


def _kind(value: Any) -> str:
    return {list: "a list", str: "a text", bool: "a truth value"}.get(type(value), "a number")


def _bad(detail: str, how: str, raw: str, where: str) -> Unreadable:
    return Unreadable(HeldReason.BAD_MESSAGE, detail, how, raw[:MAX_RAW], where)
