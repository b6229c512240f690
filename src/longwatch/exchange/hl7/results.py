"""From the orders of a message to results, each with its person, date and source."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from datetime import date
from typing import TypeAlias

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7 import observation
from longwatch.exchange.hl7.frame import Frame, frame
from longwatch.exchange.hl7.message import Message, Observation, Order
from longwatch.exchange.hl7.times import day
from longwatch.exchange.intake import Code, Counted, Incoming, ResultFact, Unreadable

_SHARED_SIZE = 20_000

Seen: TypeAlias = Counter[tuple[tuple[tuple[str, str], ...], str]]
"""How often a person's source was met in a message."""


def results(message: Message) -> Iterator[Incoming]:
    """One object for every OBX of a message that was taken apart, and one for each OBR.

    Inputs:
        message: after `take_apart` has run.
    """
    seen: Seen = Counter()
    for order in message.orders:
        reported = _Reported(message, order, seen)
        for found in order.observations:
            yield reported.result(found)
        if order.request is not None:
            yield reported.request()


class _Reported:
    """The results under one order."""

    def __init__(self, message: Message, order: Order, seen: Seen) -> None:
        self.message = message
        self.order = order
        self.seen = seen
        shared = [message.block.lines[0], *([order.pid] if order.pid else []), *order.lines]
        self.shared = "\n".join([*shared, *_bounded(order.note_lines)])
        self.notes = "\n".join(_bounded(order.notes))
        self.specimens = _bounded(order.specimen_lines)
        self.number = self._number()
        self.status = order.part(25).upper()
        self.days: dict[str, tuple[date | HeldReason, str]] = {}

    def result(self, found: Observation) -> Incoming:
        """What becomes of one OBX."""
        obx = found.segment
        beside = frame(obx, self.status)
        if beside.is_document:
            return Counted("document", self._spans(found))
        codes, status = beside.codes, beside.status
        value = observation.value(obx)
        if not codes:
            return self._held(found, HeldReason.BAD_MESSAGE, "the result names no test")
        unfit = None
        if not value and status not in ("cancelled", "withdrawn"):
            why = self._why_no_value(found, beside)
            if not why:
                return Counted("result not yet there", self._spans(found))
            if status != "corrected":
                return self._held(found, HeldReason.MISSING_VALUE, why, codes=codes)
            unfit = HeldReason.MISSING_VALUE, why, HeldReason.MISSING_VALUE.remedy
        if not self.order.who.identifiers:
            return self._held(found, HeldReason.MISSING_PATIENT, codes=codes)
        taken, doubt = self._date(found)
        if not isinstance(taken, date):
            return self._held(found, taken, doubt, codes=codes)
        message = self.message
        return ResultFact(
            who=self.order.who,
            date=taken,
            codes=codes,
            value=value,
            unit=beside.unit,
            low=beside.low,
            high=beside.high,
            flag=beside.flag,
            status=status,
            source=self._source(found, codes),
            sent_at=message.sent_at,
            note="\n".join(note for note in (self.notes, *found.notes, doubt) if note) or None,
            raw=self._raw(found),
            where=message.where(found.index),
            decimal_comma=message.options.decimal_comma,
            range_text=beside.range_text or None,
            unfit=unfit,
            visit=self.order.visit,
            entries=self._spans(found),
        )

    def request(self) -> Incoming:
        """What becomes of the OBR itself: a comment without any result must be read by a person."""
        order = self.order
        spans = self.message.block.spans[order.index]
        if order.observations or not order.notes or order.request is None:
            return Counted("order" if order.observations else "order without results", spans)
        return Unreadable(
            reason=HeldReason.MISSING_VALUE,
            detail=f"only a comment, no result: {' '.join(order.notes)[:200]}",
            how=HeldReason.MISSING_VALUE.remedy,
            raw=self.shared,
            where=self.message.where(order.index),
            who=order.who,
            table="results",
            sent_at=self.message.sent_at,
            codes=observation.codes(order.request, 4),
            entries=spans,
        )

    def _why_no_value(self, found: Observation, beside: Frame) -> str:
        """Why a result without a value matters to a person; '' when it is only not there yet."""
        flag, letter = beside.flag, beside.letter
        if flag and flag.upper() not in ("N", "NONE", "NULL"):
            return f"flagged {flag}, but there is no value"
        if found.notes:
            return f"only a comment, no value: {' '.join(found.notes)[:200]}"
        if letter == "U":
            return "says that an earlier result is now final, without repeating it"
        return "" if letter in observation.NOT_YET else HeldReason.MISSING_VALUE.sentence

    def _date(self, found: Observation) -> tuple[date | HeldReason, str]:
        """The day the specimen was taken, or why there is none; with a sentence of doubt."""
        own = found.segment.first(14)
        if own not in self.days:
            self.days[own] = self._read_date(own)
        return self.days[own]

    def _read_date(self, own: str) -> tuple[date | HeldReason, str]:
        texts = {
            "SPM-17": [specimen.first(17) for specimen in self.order.specimens],
            "OBR-7": [self.order.part(7)],
            "OBX-14": [own],
        }
        days: list[tuple[str, date]] = []
        for place in self.message.options.date_from:
            try:
                named = {day(text) for text in texts[place] if text} - {None}
            except ValueError as error:
                if not days:
                    return HeldReason.BAD_DATE, f"{place}: {error}"
                continue
            if len(named) > 1 and not days:
                return HeldReason.MISSING_DATE, "the specimens were taken on different days"
            days += [(place, one) for one in named if one is not None]
        if not days:
            return HeldReason.MISSING_DATE, "the day on which the specimen was taken is not stated"
        place, taken = days[0]
        others = [f"{other} says {one}" for other, one in days[1:] if one != taken]
        return taken, f"{place} says {taken}, {', '.join(others)}" if others else ""

    def _source(self, found: Observation, codes: tuple[Code, ...]) -> str:
        """Laboratory, order number, code, sub-id; the specimen's time where no number is."""
        obx = found.segment
        number = self.number or f"@{self.order.part(7) or obx.first(14)}"
        code = codes[0].code or codes[0].text
        source = f"{self.message.laboratory}|{number}|{code}|{obx.first(4)}"
        who = (self.order.who.identifiers, source)
        self.seen[who] += 1
        # The same test twice in one order: counted, so that neither takes the other's place.
        return f"{source}#{self.seen[who]}" if self.seen[who] > 1 else source

    def _number(self) -> str:
        """The filler's number of the order, else the placer's."""
        order, common = self.order, self.order.common
        return (
            order.part(3)
            or (common.first(3) if common is not None else "")
            or order.part(2)
            or (common.first(2) if common is not None else "")
        )

    def _held(
        self,
        found: Observation,
        reason: HeldReason,
        detail: str = "",
        codes: tuple[Code, ...] = (),
    ) -> Unreadable:
        named = next((code.text or code.code for code in codes), "")
        sentence = detail or reason.sentence
        return Unreadable(
            reason=reason,
            detail=f"{named}: {sentence}" if named else sentence,
            how=reason.remedy,
            raw=self._raw(found),
            where=self.message.where(found.index),
            who=self.order.who,
            table="results",
            source=self._source(found, codes) if codes else "",
            sent_at=self.message.sent_at,
            codes=codes,
            entries=self._spans(found),
        )

    def _raw(self, found: Observation) -> str:
        """A message of its own with this result alone, so that it can be read again."""
        line = self.message.block.lines[found.index]
        return "\n".join([self.shared, line, *found.note_lines, *self.specimens])

    def _spans(self, found: Observation) -> int:
        return self.message.block.spans[found.index]


def _bounded(lines: list[str]) -> list[str]:
    """The first of the lines that every result of an order repeats.

    A report of a thousand comments and a thousand results would else become a million lines.
    """
    kept: list[str] = []
    size = 0
    for line in lines:
        size += len(line)
        if size > _SHARED_SIZE:
            break
        kept.append(line)
    return kept
