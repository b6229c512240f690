"""A message as it came, and what it says: told by its content; nothing decided, nothing stored."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from functools import cached_property

from longwatch.core.errors import LongwatchError, Problem
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
from longwatch.store.desk import Manner

SHOWN = 1_000_000
"""Bytes of what cannot be read that a person is shown."""


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


@dataclass(frozen=True)
class Delivery:
    """A message or file as it came.

    Inputs:
        raw: without transport marks.
        channel, origin: by which way and from whom it came.
        received: when, with a time zone.
        sender, control_id: as the message says, where it does.
    """

    raw: bytes
    channel: str
    received: datetime
    origin: str = ""
    sender: str | None = None
    control_id: str | None = None

    @property
    def where(self) -> str:
        """By which way and from whom, in one word."""
        return f"{self.channel}:{self.origin}" if self.origin else self.channel

    @cached_property
    def digest(self) -> str:
        """What is the same for the same bytes."""
        return hashlib.sha256(self.raw).hexdigest()


@dataclass(frozen=True, slots=True)
class Read:
    """A message, and everything that it says.

    Inputs:
        kind: its format, or `LABORATORY` where it may make nobody known.
        refused: why it is no whole message; empty where it is one.
    """

    delivery: Delivery
    items: Sequence[Incoming]
    kind: str = LABORATORY
    refused: str = ""


def read_delivery(delivery: Delivery, reception: Reception) -> Read:
    """Reads a message."""
    items = list(read_items(delivery.raw, delivery.where, reception))
    kind = sniff_bytes(delivery.raw).format if reception.registry else LABORATORY
    return Read(delivery, items, kind)


def read_items(raw: bytes, name: str, reception: Reception) -> Iterable[Incoming]:
    """What a message or file says, told by its content; nothing is decided and nothing stored.

    A fault of the whole file is one thing that waits for a person.
    """
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
    text = raw[:SHOWN].decode("utf-8", "backslashreplace")
    return Unreadable(reason, problem.what, problem.how or reason.remedy, text, name)
