"""One result message: which OBX belongs to which order, specimen, comment and person."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7.framing import Block
from longwatch.exchange.hl7.names import SPECIMEN_FIRST, STANDARD
from longwatch.exchange.hl7.options import Hl7Options
from longwatch.exchange.hl7.person import person
from longwatch.exchange.hl7.segments import Segment, Separators
from longwatch.exchange.hl7.times import moment
from longwatch.exchange.intake import NOBODY, Counted, Incoming, PatientFact, Person, Unreadable

_BETWEEN = frozenset({"PRT", "TCD"})
"""Segments that may stand between a result and its comment."""


@dataclass(slots=True)
class Observation:
    """An OBX with its line, its number in the file and the comments that follow it."""

    segment: Segment
    index: int
    notes: list[str] = field(default_factory=list)
    note_lines: list[str] = field(default_factory=list)


@dataclass(slots=True)
class Order:
    """An OBR (None when the message has none) and all that hangs on it."""

    who: Person
    pid: str
    visit: str = ""
    request: Segment | None = None
    common: Segment | None = None
    index: int = -1
    lines: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    note_lines: list[str] = field(default_factory=list)
    specimens: list[Segment] = field(default_factory=list)
    specimen_lines: list[str] = field(default_factory=list)
    observations: list[Observation] = field(default_factory=list)

    def part(self, field_number: int) -> str:
        """A field of the OBR, '' when there is no OBR."""
        return self.request.first(field_number) if self.request is not None else ""


class Message:
    """A message taken apart; `orders` is filled by `take_apart`.

    Inputs:
        block: its lines.
        file: the name for `where`.
        options: how to read this feed.
    """

    def __init__(self, block: Block, file: str, options: Hl7Options) -> None:
        self.block = block
        self.file = file
        self.options = options
        self.marks = Separators.of(block.lines[0])
        header = Segment(block.lines[0], self.marks)
        self.header = header
        kind = header.first(9).upper().partition("_")
        self.kind = kind[0]
        self.trigger = (header.first(9, 2) or kind[2]).upper()
        self.processing = header.first(11).upper()
        self.facility = header.first(4) or header.first(3)
        self.laboratory = f"{header.first(3)}/{header.first(4)}"
        self.sent_at = moment(header.first(7))
        self.orders: list[Order] = []
        self.context = 0

    @property
    def title(self) -> str:
        """Type and trigger, e.g. `ORU^R01`."""
        return f"{self.kind}^{self.trigger}" if self.trigger else self.kind or "without a type"

    def where(self, index: int) -> str:
        """`file:line` of the segment with this index."""
        return f"{self.file}:{self.block.numbers[index]}"

    def entries(self) -> int:
        """How many lines of the file the message takes."""
        return sum(self.block.spans)

    def whole(self, reason: HeldReason, detail: str, how: str) -> Unreadable:
        """The message as one thing that waits for a person."""
        return Unreadable(
            reason=reason,
            detail=detail,
            how=how,
            raw="\n".join(self.block.lines),
            where=self.where(0),
            who=self._first_person(),
            sent_at=self.sent_at,
            entries=self.entries(),
        )

    def _first_person(self) -> Person:
        """The person, when the whole message speaks of one only."""
        lines = [line for line in self.block.lines if line.lstrip().startswith("PID")]
        return person(Segment(lines[0], self.marks), self.facility) if len(lines) == 1 else NOBODY

    def take_apart(self) -> Iterator[Incoming]:
        """Fill `orders`; yield the persons and what cannot be bound.

        Binding: a PID starts a new person, an ORC or OBR a new order of that person, an NTE
        speaks of the OBX, OBR or SPM before it, an SPM of the order before it (in OUL^R22 and
        R23: of those after it).
        """
        who, pid_line, visit = NOBODY, "", ""
        order: Order | None = None
        waiting: list[tuple[Segment, str]] = []
        last = ""
        specimen_first = self.kind == "OUL" and self.trigger in SPECIMEN_FIRST
        for index, line in enumerate(self.block.lines):
            if index in self.block.loose:
                yield self._loose(index, line)
                continue
            segment = Segment(line, self.marks)
            name = segment.name
            if name == "OBX":
                if order is None:
                    order = self._new_order(who, pid_line, visit, waiting)
                order.observations.append(Observation(segment, index))
            elif name == "NTE":
                self._note(segment, line, order, last)
                self.context += self.block.spans[index]
                continue
            elif name in ("OBR", "ORC"):
                if order is None or name == "ORC" or order.request or order.observations:
                    order = self._new_order(who, pid_line, visit, waiting)
                order.lines.append(line)
                order.index = index
                if name == "OBR":
                    order.request = segment
                else:
                    order.common = segment
                    self.context += self.block.spans[index]
            elif name == "PID":
                who, pid_line, order = person(segment, self.facility), line, None
                waiting, visit = [], ""
                yield from self._person(who, line, index)
            elif name == "SPM":
                if specimen_first:
                    waiting, order = [(segment, line)], None
                elif order is not None:
                    order.specimens.append(segment)
                    order.specimen_lines.append(line)
                else:
                    waiting.append((segment, line))
                self.context += self.block.spans[index]
            elif name in STANDARD or name.startswith("Z"):
                if name == "PV1":
                    visit = segment.first(19)
                self.context += self.block.spans[index]
            else:
                yield self._damaged(index, line, f"'{name}' is no segment of the standard")
            if name not in _BETWEEN:
                last = name

    def _new_order(
        self, who: Person, pid: str, visit: str, waiting: list[tuple[Segment, str]]
    ) -> Order:
        order = Order(who, pid, visit)
        order.specimens = [segment for segment, _ in waiting]
        order.specimen_lines = [line for _, line in waiting]
        self.orders.append(order)
        return order

    def _person(self, who: Person, line: str, index: int) -> Iterator[Incoming]:
        if who.identifiers:
            yield PatientFact(who, line, self.where(index), self.sent_at, self.block.spans[index])
        else:
            self.context += self.block.spans[index]

    def _note(self, segment: Segment, line: str, order: Order | None, last: str) -> None:
        text = " ".join(
            self.marks.text(part) for part in segment.repetitions(3)
        ) or segment.marks.text(segment.raw(2) if len(segment.fields) == 3 else "")
        if order is None or not text:
            return
        if last == "OBX":
            order.observations[-1].notes.append(text)
            order.observations[-1].note_lines.append(line)
        elif last in ("OBR", "ORC", "SPM"):
            order.notes.append(text)
            order.note_lines.append(line)

    def _loose(self, index: int, line: str) -> Incoming:
        if self.marks.field in line:
            return self._damaged(index, line, "a line begins no segment")
        return Counted("text between segments", self.block.spans[index])

    def _damaged(self, index: int, line: str, detail: str) -> Unreadable:
        return Unreadable(
            reason=HeldReason.BAD_MESSAGE,
            detail=f"{detail}: '{line[:40]}'",
            how="compare with the report; ask the sender to send the message again",
            raw=f"{self.block.lines[0]}\n{line}",
            where=self.where(index),
            who=self._first_person(),
            sent_at=self.sent_at,
            entries=self.block.spans[index],
        )
