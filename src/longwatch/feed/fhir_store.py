"""What a FHIR sender posts, into the clinic's store: one transaction, then the answer."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from urllib.parse import parse_qsl

from longwatch.exchange.fhir.elements import objects, text_of
from longwatch.exchange.fhir.jsontext import BadJsonError, dump_json, parse_json
from longwatch.feed.arrival import Channel
from longwatch.feed.clinic import ClinicStore
from longwatch.feed.fhir_words import (
    CREATED,
    KNOWN,
    Answer,
    RefusedError,
    accepted,
    bundle,
)
from longwatch.feed.mllp import KEPT_BYTES
from longwatch.store import arrivals
from longwatch.store.arrived import Arrived
from longwatch.store.models import HeldItem, Message, Sender, SentResource

_TRANSIENT = "could not be stored; nothing of it was kept; send it again later"


@dataclass(frozen=True, slots=True)
class Posted:
    """One request.

    Inputs:
        body: as it came.
        kind: resource type that the address names, `Bundle` for the address of the server.
        if_none_exist: the header, '' when absent.
        base: address of this server, for the places of what is created.
        origin: who is at the other end.
        received: when it came, with a time zone.
    """

    body: bytes
    kind: str
    if_none_exist: str
    base: str
    origin: str
    received: datetime


class _ExistsError(Exception):
    def __init__(self, message: int) -> None:
        super().__init__("it exists already")
        self.message = message


class FhirStore:
    """Takes what a registered sender posts.

    Inputs:
        store: the clinic's store, with what hangs on each transaction.
    """

    def __init__(self, store: ClinicStore) -> None:
        self._store = store

    def take(self, posted: Posted, sender: Sender) -> Answer:
        """Stores what was posted, and says what became of it; after the commit.

        Raises:
            RefusedError: it is not taken. What is no resource is kept for a person all the same.
            Exception: it was not stored, and may be next time.
        """
        try:
            resource = _resource(posted)
        except RefusedError as refusal:
            channel = Channel(_channel(sender), posted.origin)
            why, size = str(refusal), len(posted.body)
            kept = posted.body[:KEPT_BYTES]
            self._store.keep_refused(kept, channel, posted.received, why, size)
            raise
        if posted.kind != "Bundle":
            return self._one(posted, sender, resource, posted.body, posted.if_none_exist)
        if resource["type"] == "batch":
            return self._batch(posted, sender, resource)
        return self._transaction(posted, sender, resource)

    def _one(
        self,
        posted: Posted,
        sender: Sender,
        resource: Mapping[str, Any],
        raw: bytes,
        condition: str,
        place: str = "",
    ) -> Answer:
        kind = text_of(resource.get("resourceType"))
        wanted = _condition(condition) if condition else None
        known = None if wanted is None else _sent(sender, kind, wanted)
        if known is None:
            try:
                arrived = self._receive(posted, sender, raw, [(resource, wanted)])
            except _ExistsError as found:
                known = found.message
        if known is not None:
            where = _location(posted.base, kind, known, place)
            return Answer(KNOWN, accepted((), duplicate=True), where)
        message, duplicate = _message(arrived)
        where = _location(posted.base, kind, message, place)
        status = KNOWN if duplicate else CREATED
        return Answer(status, accepted(sorted(arrived.held), duplicate=duplicate), where)

    def _batch(self, posted: Posted, sender: Sender, resource: Mapping[str, Any]) -> Answer:
        answers: list[Answer] = []
        for number, entry in enumerate(objects(resource.get("entry")), 1):
            try:
                _only_created(entry, number)
                inner = entry["resource"]
                raw = dump_json(inner).encode()
                condition = text_of(entry["request"].get("ifNoneExist"))
                answers.append(self._one(posted, sender, inner, raw, condition))
            except RefusedError as refusal:
                answers.append(refusal.answer)
            except Exception:
                # Each entry stands alone: what was stored before it is stored.
                answers.append(RefusedError(503, "transient", _TRANSIENT).answer)
        return Answer(200, bundle("batch", answers, posted.received))

    def _transaction(self, posted: Posted, sender: Sender, resource: dict[str, Any]) -> Answer:
        entries = objects(resource.get("entry"))
        wanted: list[tuple[str, str] | None] = []
        known: dict[int, int] = {}
        for number, entry in enumerate(entries, 1):
            _only_created(entry, number)
            condition = text_of(entry["request"].get("ifNoneExist"))
            kind = text_of(entry["resource"].get("resourceType"))
            wanted.append(_condition(condition) if condition else None)
            found = wanted[-1] and _sent(sender, kind, wanted[-1])
            # A Patient stays: the other entries mean it, and who it is decides the matching.
            if found and kind != "Patient":
                known[number] = found
        raw = posted.body
        fresh = [entry for number, entry in enumerate(entries, 1) if number not in known]
        if known:
            raw = dump_json({**resource, "entry": fresh}).encode()
        message, duplicate, why = 0, True, dict[int, list[str]]()
        if len(known) < len(entries) or not entries:
            pairs = [
                (entry["resource"], wanted[number - 1])
                for number, entry in enumerate(entries, 1)
                if number not in known
            ]
            try:
                arrived = self._receive(posted, sender, raw, pairs)
            except _ExistsError:
                # Somebody created one of them at this moment: now it is seen.
                return self._transaction(posted, sender, resource)
            message, duplicate = _message(arrived)
            why = _held(message)
        answers, place = [], 0
        for number, entry in enumerate(entries, 1):
            kind = text_of(entry["resource"].get("resourceType"))
            before = known.get(number)
            place += before is None
            where = _location(posted.base, kind, before or message, f"-{number}")
            again = before is not None or duplicate
            held = [] if again else why.get(place, [])
            body = accepted(held, duplicate=again)
            answers.append(Answer(KNOWN if again else CREATED, body, where))
        return Answer(200, bundle("transaction", answers, posted.received))

    def _receive(
        self,
        posted: Posted,
        sender: Sender,
        raw: bytes,
        resources: Sequence[tuple[Mapping[str, Any], tuple[str, str] | None]],
    ) -> Arrived:
        reception = replace(
            self._store.reception, fhir_server=sender.server, registry=sender.registry
        )
        channel = Channel(_channel(sender), posted.origin)

        def then(arrived: Arrived) -> None:
            _note_sent(arrived, sender, resources)
            if self._store.and_then is not None:
                self._store.and_then(arrived)

        def work() -> Arrived | _ExistsError:
            try:
                return arrivals.receive(
                    raw,
                    channel=channel.name,
                    origin=channel.origin,
                    received=posted.received,
                    reception=reception,
                    sender=sender.name,
                    and_then=then,
                )
            except _ExistsError as found:
                return found

        found = self._store.unless_stubborn(raw, channel, posted.received, work)
        if found is None:
            words = "it failed again and again and is kept for a person; do not send it again"
            raise RefusedError(422, "exception", words)
        if isinstance(found, _ExistsError):
            raise found
        return found


def _channel(sender: Sender) -> str:
    return f"fhir:{sender.name}"


def _resource(posted: Posted) -> dict[str, Any]:
    """The resource that was posted.

    Raises:
        RefusedError: it is no JSON, or not what the address names.
    """
    try:
        value = parse_json(posted.body.decode("utf-8-sig"))
    except UnicodeDecodeError:
        raise RefusedError(400, "structure", "the body is not UTF-8") from None
    except BadJsonError as error:
        words = error.problems[0].what.split(":")[0]
        raise RefusedError(400, "structure", f"the body is {words}") from None
    kind = text_of(value.get("resourceType")) if isinstance(value, dict) else ""
    if kind != posted.kind:
        raise RefusedError(
            400, "invalid", f"this address takes one {posted.kind}, and the body is none"
        )
    if kind == "Bundle" and value.get("type") not in ("transaction", "batch"):
        words = "the Bundle must be of type transaction or batch"
        raise RefusedError(422, "invalid", words)
    return dict(value)


def _only_created(entry: Mapping[str, Any], number: int) -> None:
    request, resource = entry.get("request"), entry.get("resource")
    asked = request if isinstance(request, dict) else {}
    kind = text_of(resource.get("resourceType")) if isinstance(resource, dict) else ""
    if asked.get("method") != "POST" or not kind or text_of(asked.get("url")) != kind:
        words = f"entry {number}: only POST of a resource to the address of its type is taken"
        raise RefusedError(422, "not-supported", words)


def _condition(text: str) -> tuple[str, str]:
    """System and value of `identifier=system|value`.

    Raises:
        RefusedError: it asks for something else.
    """
    pairs = parse_qsl(text.removeprefix("?"), keep_blank_values=True)
    if len(pairs) == 1 and pairs[0][0] == "identifier" and "|" in pairs[0][1]:
        system, _, value = pairs[0][1].partition("|")
        if value:
            return system, value
    words = "If-None-Exist is understood as identifier=SYSTEM|VALUE only"
    raise RefusedError(400, "not-supported", words)


def _sent(sender: Sender, kind: str, identifier: tuple[str, str]) -> int | None:
    system, value = identifier
    rows = SentResource.objects.filter(sender=sender, kind=kind, system=system, value=value)
    return rows.values_list("message_id", flat=True).first()


def _note_sent(
    arrived: Arrived,
    sender: Sender,
    resources: Sequence[tuple[Mapping[str, Any], tuple[str, str] | None]],
) -> None:
    """Notes the identifiers of what came, in its transaction."""
    assert arrived.message is not None
    rows: list[SentResource] = []
    for resource, wanted in resources:
        kind = text_of(resource.get("resourceType"))
        conditional = wanted is not None and kind != "Patient"
        if wanted and conditional and (known := _sent(sender, kind, wanted)) is not None:
            raise _ExistsError(known)
        named = [
            (text_of(part.get("system")), text_of(part.get("value")))
            for part in objects(resource.get("identifier"))
        ]
        for pair in dict.fromkeys([*([wanted] if wanted else []), *named]):
            row = SentResource(sender=sender, kind=kind, message_id=arrived.message)
            row.system, row.value = pair
            if conditional and pair == wanted:
                # Of two at once, the database lets one through; the other begins again and sees it.
                row.save(force_insert=True)
            elif row.value:
                rows.append(row)
    SentResource.objects.bulk_create(rows, ignore_conflicts=True)


def _message(arrived: Arrived) -> tuple[int, bool]:
    """The message that first brought it, and whether this one said nothing new."""
    assert arrived.message is not None
    duplicate = arrived.state == Message.State.DUPLICATE
    first = None
    if duplicate:
        rows = Message.objects.filter(pk=arrived.message)
        first = rows.values_list("first_id", flat=True).first()
    return first or arrived.message, duplicate


def _held(message: int) -> dict[int, list[str]]:
    """Why parts of a Bundle wait, by the number of the entry."""
    found: dict[int, list[str]] = {}
    items = HeldItem.objects.filter(message=message).order_by("id")
    for where, reason in items.values_list("where", "reason"):
        number = (where or "").rpartition(":entry ")[2].partition(" ")[0]
        if number.isdecimal() and reason:
            found.setdefault(int(number), []).append(reason)
    return found


def _location(base: str, kind: str, message: int, place: str) -> str:
    return f"{base}/{kind}/lw-{message}{place}/_history/1"
