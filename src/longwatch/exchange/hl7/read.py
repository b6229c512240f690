"""HL7 v2 files: bytes in, a stream of what they say out."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7.framing import Block, blocks
from longwatch.exchange.hl7.identity import identities, is_followed
from longwatch.exchange.hl7.message import Message
from longwatch.exchange.hl7.names import IDENTITY, OUL, WAVEFORM
from longwatch.exchange.hl7.options import Hl7Options
from longwatch.exchange.hl7.results import results
from longwatch.exchange.hl7.segments import Segment, Separators
from longwatch.exchange.intake import Counted, Incoming, Unreadable

_RAW_KEPT = 1_000_000
_RESEND = "ask the sender to send it again"


def read_hl7(
    data: bytes, name: str = "hl7", options: Hl7Options | None = None
) -> Iterator[Incoming]:
    r"""Everything an HL7 v2 file says.

    Result messages (ORU, OUL^R21 to R24) yield persons and results, ADT messages what they say
    about who is who. Results that are not for production, messages of other kinds that carry
    results, and damaged lines are yielded as unreadable, whole; other messages and all envelopes
    are counted.

    Inputs:
        data: the file: one or many messages, batches, with or without transport frames.
        name: the file's name, for `where`.
        options: how to read this feed.

    Returns:
        Facts whose `entries` add up to the lines of the file that are not blank.

    >>> text = b'''MSH|^~\\&|LIS|LAB|||20250402||ORU^R01|1|P|2.5
    ... PID|1||42^^^CLINIC
    ... OBR|1||A7|CBC|||20250401
    ... OBX|1|NM|777-3^Platelets^LN||<5|10*9/L|150-400|LL|||F'''
    >>> [item.value for item in read_hl7(text) if hasattr(item, "value")]
    ['<5']
    """
    options = options or Hl7Options()
    if len(data) > options.largest:
        yield _unopened(data, name, f"the file is larger than {options.largest} bytes")
        return
    batch = _Batch(name)
    empty = True
    for block in blocks(data, options.charset):
        empty = False
        if block.kind == "message":
            batch.messages += 1
            yield from _message(Message(block, name, options))
        elif block.kind == "envelope":
            yield batch.envelope(block)
        else:
            yield _outside(block, name)
    if empty:
        yield _unopened(data, name, "the file is empty")
    yield from batch.end()


def _message(message: Message) -> Iterator[Incoming]:
    kind, trigger = message.kind, message.trigger
    filed = (kind == "ORU" and trigger != WAVEFORM) or (kind == "OUL" and trigger in OUL)
    has_results = any(line.startswith("OBX") for line in message.block.lines)
    production = message.processing in message.options.production
    if filed and production:
        yield from message.take_apart()
        yield from results(message)
        yield Counted("envelope", message.context)
    elif filed and not production:
        stated = f"'{message.processing}'" if message.processing else "nothing"
        detail = f"MSH-11 says {stated}, not production"
        yield message.whole(HeldReason.NOT_PRODUCTION, detail, HeldReason.NOT_PRODUCTION.remedy)
    elif kind == "ADT" and production and is_followed(message):
        yield from identities(message)
    elif kind == "ADT" and trigger in IDENTITY and production:
        detail = f"{message.title} merges, moves or renames patients; nothing was changed"
        yield message.whole(
            HeldReason.UNSUPPORTED, detail, "check which patients of the clinic it concerns"
        )
    elif has_results and kind != "ADT":
        detail = f"a message {message.title} carries results; only ORU and OUL are read"
        yield message.whole(HeldReason.UNSUPPORTED, detail, HeldReason.UNSUPPORTED.remedy)
    elif not kind:
        yield message.whole(HeldReason.BAD_MESSAGE, "the message says no type (MSH-9)", _RESEND)
    else:
        yield Counted(f"message {message.title}", message.entries())


def _outside(block: Block, name: str) -> Incoming:
    """Lines that belong to no message: held where they look like segments, else counted."""
    if not any(block.separator in line for line in block.lines):
        return Counted("text outside messages", sum(block.spans))
    return Unreadable(
        reason=HeldReason.BAD_MESSAGE,
        detail="segments without a message header (MSH)",
        how=_RESEND,
        raw=_clipped("\n".join(block.lines)),
        where=f"{name}:{block.numbers[0]}",
        entries=sum(block.spans),
    )


def _unopened(data: bytes, name: str, detail: str) -> Unreadable:
    return Unreadable(
        reason=HeldReason.BAD_MESSAGE,
        detail=detail,
        how="check the transfer; split a large file at its messages",
        raw=_clipped(data[: _RAW_KEPT + 1].decode("latin-1")),
        where=f"{name}:1",
        entries=0,
    )


def _clipped(text: str) -> str:
    if len(text) <= _RAW_KEPT:
        return text
    digest = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return f"{text[:_RAW_KEPT]}\n… cut here; SHA-256 of all {len(text)} characters: {digest}"


class _Batch:
    """Compares what batch trailers announce with what came: a shortfall is a lost message."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.messages = 0
        self.open: dict[str, str] = {}

    def envelope(self, block: Block) -> Incoming:
        line = block.lines[0]
        kind = line[:3]
        if kind in ("FHS", "BHS"):
            self.open[kind] = line
            if kind == "BHS":
                self.messages = 0
            return Counted("envelope")
        self.open.pop({"BTS": "BHS", "FTS": "FHS"}[kind], None)
        announced = Segment(line, Separators.of("MSH" + line[3:4])).first(1)
        came, self.messages = self.messages, 0
        if kind == "BTS" and announced.isdecimal() and int(announced) != came:
            detail = f"the batch announces {int(announced)} messages, {came} came"
            return self._held(detail, line, f"{self.name}:{block.numbers[0]}", 1)
        return Counted("envelope")

    def end(self) -> Iterator[Incoming]:
        for kind, line in self.open.items():
            detail = f"the file has a {kind} header and ends before its trailer: a part is missing"
            yield self._held(detail, line, self.name, 0)

    def _held(self, detail: str, raw: str, where: str, entries: int) -> Unreadable:
        return Unreadable(HeldReason.BAD_MESSAGE, detail, _RESEND, raw, where, entries=entries)
