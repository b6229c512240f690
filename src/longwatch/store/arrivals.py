"""What arrives: the bytes, what was made of them, and the audit entry, in one transaction.

When a call returns, the commit is on the disk; when it raises, nothing of the message is there.
Calls may come from several threads.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import datetime, tzinfo
from functools import cached_property
from typing import TypeVar

from django.db import IntegrityError, transaction

from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.core.held import HeldReason
from longwatch.exchange.fhir.document import FhirOptions
from longwatch.exchange.fhir.read import read_fhir_bytes
from longwatch.exchange.filing_rows import LABORATORY
from longwatch.exchange.hl7 import Hl7Options, read_hl7
from longwatch.exchange.intake import Unreadable
from longwatch.exchange.labcsv import read_lab_csv
from longwatch.exchange.labcsv_mapping import LabMapping
from longwatch.exchange.mappings import Mappings
from longwatch.exchange.rowfact import Incoming
from longwatch.exchange.sniff import sniff_bytes
from longwatch.store.arrived import Arrived as Arrived
from longwatch.store.audit import record_audit
from longwatch.store.desk import Decision, Manner, decide
from longwatch.store.models import Message
from longwatch.store.plainly import added, fetched, moment

_TRIES = 5
_SHOWN = 1_000_000
_SEEN = """
    SELECT "id" FROM "store_message"
    WHERE "digest" = %s AND "channel" = %s AND "first_id" IS NULL AND "state" <> %s
"""

_Answer = TypeVar("_Answer")


@dataclass(frozen=True, slots=True)
class Reception:
    """How this clinic takes what arrives.

    Inputs:
        zone: the clinic's time zone.
        manner: how it is filed.
        hl7: how HL7 v2 is read.
        mappings: of laboratories' CSV.
        fhir_server: address of the FHIR server that sends, where it is one.
        registry: whether Patient resources make people known; else they only speak of them.
    """

    zone: tzinfo
    manner: Manner = field(default_factory=Manner)
    hl7: Hl7Options = field(default_factory=Hl7Options)
    mappings: tuple[LabMapping, ...] = ()
    fhir_server: str = ""
    registry: bool = True


def receive(
    raw: bytes,
    *,
    channel: str,
    received: datetime,
    reception: Reception,
    origin: str = "",
    sender: str | None = None,
    control_id: str | None = None,
    and_then: Callable[[Arrived], None] | None = None,
) -> Arrived:
    """Keeps a message or file with all that follows from it.

    Inputs:
        raw: as it came, without transport marks; told by its content: HL7 v2, FHIR, CSV.
        channel, origin: by which way and from whom it came.
        received: when, with a time zone.
        sender, control_id: as the message says, where it does.
        and_then: what else belongs into the same transaction, as alerts do.

    Raises:
        UsageError: `received` has no time zone.
        django.db.Error: it could not be stored.
    """
    items = list(_items(raw, f"{channel}:{origin}" if origin else channel, reception))
    arrival = _Arrival(raw, channel, origin, sender, control_id, received)
    return _several_times(lambda: _take_in(arrival, items, reception, and_then))


def keep_refused(
    raw: bytes,
    *,
    channel: str,
    received: datetime,
    reception: Reception,
    why: str,
    origin: str = "",
) -> Arrived:
    """Keeps what is no whole message; a person sees it among what could not be filed."""
    where = f"{channel}:{origin}" if origin else channel
    text = raw[:_SHOWN].decode("utf-8", "backslashreplace")
    item = Unreadable(HeldReason.BAD_MESSAGE, why, "ask the sender to send it again", text, where)
    arrival = _Arrival(raw, channel, origin, None, None, received, refused=why)
    return _several_times(lambda: _take_in(arrival, [item], reception, None))


def rehearse(raw: bytes, *, reception: Reception, received: datetime) -> None:
    """Takes a message in and forgets it: what is read and compiled once has been, after it."""

    def forget(_: Arrived) -> None:
        raise _ForgottenError

    with suppress(_ForgottenError):
        receive(raw, channel="rehearsal", received=received, reception=reception, and_then=forget)


class _ForgottenError(Exception):
    """Rolls the transaction of a rehearsal back."""


@dataclass(frozen=True)
class _Arrival:
    raw: bytes
    channel: str
    origin: str
    sender: str | None
    control_id: str | None
    received: datetime
    refused: str = ""

    @cached_property
    def digest(self) -> str:
        return hashlib.sha256(self.raw).hexdigest()

    def first(self) -> int | None:
        """The message that brought these bytes on this channel before."""
        rows = fetched(_SEEN, [self.digest, self.channel, Message.State.REFUSED.value])
        return rows[0][0] if rows else None

    def keep(self, state: Message.State, first: int | None = None) -> int:
        """Puts the message itself down, and says its key."""
        return added(
            Message._meta.db_table,
            {
                "raw": b"" if first else self.raw,
                "digest": self.digest,
                "channel": self.channel,
                "origin": self.origin or None,
                "sender": self.sender,
                "control_id": self.control_id,
                "received_at": moment(self.received),
                "state": state.value,
                "reason": self.refused or None,
                "first_id": first,
            },
        )


def _several_times(work: Callable[[], _Answer]) -> _Answer:
    """Two messages at the same moment may want the same row: one of them begins again."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except IntegrityError:
            continue
    return work()


def _take_in(
    arrival: _Arrival,
    items: Sequence[Incoming],
    reception: Reception,
    and_then: Callable[[Arrived], None] | None,
) -> Arrived:
    if arrival.received.tzinfo is None:
        raise UsageError(Problem("received has no time zone", how="give datetime.now(UTC)"))
    with transaction.atomic():
        if not arrival.refused and (first := arrival.first()) is not None:
            key = arrival.keep(Message.State.DUPLICATE, first)
            answer = Arrived(key, Message.State.DUPLICATE, duplicates=1)
        else:
            answer = _file(arrival, items, reception)
        if and_then is not None:
            and_then(answer)
        _note(arrival, answer)
    return answer


def _file(arrival: _Arrival, items: Sequence[Incoming], reception: Reception) -> Arrived:
    local = arrival.received.astimezone(reception.zone).replace(tzinfo=None)
    kind = sniff_bytes(arrival.raw).format if reception.registry else LABORATORY

    def decision(manner: Manner) -> Decision:
        return decide(items, name=arrival.channel, kind=kind, received=local, manner=manner)

    made = decision(reception.manner)
    if made.somebody_became_known and not reception.manner.retry:
        made = decision(replace(reception.manner, retry=True))
    account = made.account
    if arrival.refused:
        state = Message.State.REFUSED
    elif account.held:
        state = Message.State.HELD
    elif account.duplicates and not account.filed:
        state = Message.State.DUPLICATE
    else:
        state = Message.State.FILED
    key = arrival.keep(state)
    touched = made.write(arrival.received, key, arrival.channel)
    filed = Counter(account.filed) + Counter(made.retried.filed)
    return Arrived(
        key,
        state,
        frozenset(touched),
        dict(filed),
        dict(account.held),
        dict(account.counted),
        account.duplicates,
    )


def _note(arrival: _Arrival, answer: Arrived) -> None:
    (only,) = answer.touched if len(answer.touched) == 1 else (None,)
    record_audit(
        "received",
        actor=f"longwatch {arrival.channel}",
        at=arrival.received,
        kind="message",
        target=str(answer.message),
        patient=only,
        detail={
            "state": answer.state.value,
            "touched": sorted(answer.touched),
            "filed": dict(answer.filed),
            "held": dict(answer.held),
            "duplicates": answer.duplicates,
        },
    )


def _items(raw: bytes, name: str, reception: Reception) -> Iterable[Incoming]:
    """What it says; a fault of the whole file is one thing that waits for a person."""
    try:
        yield from _read(raw, name, reception)
    except LongwatchError as error:
        for problem in error.problems:
            yield _whole(raw, problem, name, HeldReason.BAD_MESSAGE)


def _read(raw: bytes, name: str, reception: Reception) -> Iterable[Incoming]:
    source = sniff_bytes(raw, name)
    if source.format == "hl7":
        return read_hl7(raw, name, reception.hl7)
    if source.format == "fhir":
        options = FhirOptions(reception.zone, reception.fhir_server)
        return read_fhir_bytes(raw, name, options)
    if source.format == "csv":
        mapping = Mappings(named=list(reception.mappings)).for_file(source, raw)
        return read_lab_csv(raw, name, mapping)
    problem = source.problem or Problem("it is no message and no file that is read here")
    return [_whole(raw, problem, name, HeldReason.UNSUPPORTED)]


def _whole(raw: bytes, problem: Problem, name: str, reason: HeldReason) -> Unreadable:
    text = raw[:_SHOWN].decode("utf-8", "backslashreplace")
    return Unreadable(reason, problem.what, problem.how or reason.remedy, text, name)
