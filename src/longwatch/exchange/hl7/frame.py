"""What an OBX says beside its value: a laboratory repeats the same few frames in every message."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

from longwatch.exchange.hl7 import observation
from longwatch.exchange.hl7.segments import Segment, Separators
from longwatch.exchange.intake import Code, ResultStatus
from longwatch.exchange.ranges import limits


@dataclass(frozen=True, slots=True)
class Frame:
    """The parts of an OBX that do not change from one result of a test to the next.

    Inputs:
        low, high: the limits that `range_text` states, as written.
        letter: the sender's own letter for the status, '' when absent.
    """

    is_document: bool
    codes: tuple[Code, ...]
    unit: str | None
    range_text: str
    low: str | None
    high: str | None
    flag: str | None
    status: ResultStatus
    letter: str


def frame(obx: Segment, of_order: str) -> Frame:
    """The frame of a result.

    Inputs:
        obx: the segment.
        of_order: what its order says of the status (OBR-25), '' when nothing.

    >>> line = "OBX|1|NM|777-3^Platelets^LN||240|10*9/L|150-400|N|||F"
    >>> found = frame(Segment(line, Separators.of("MSH|^~|")), "")
    >>> found.unit, found.low, found.status
    ('10*9/L', '150', 'final')
    """
    fields = obx.fields
    # A CQ value carries its own unit; every other value stays out, so that frames repeat.
    value = fields[5] if len(fields) > 5 and "CQ" in fields[2].upper() else ""
    parts = ["OBX", "", *fields[2:4], "", value, *fields[6:9]]
    if len(fields) > observation.STATUS_FIELD:
        parts += ["", "", fields[observation.STATUS_FIELD]]
    return _frame(obx.marks.field.join(parts), obx.marks, of_order)


@lru_cache(maxsize=8_192)
def _frame(line: str, marks: Separators, of_order: str) -> Frame:
    obx = Segment(line, marks)
    unit = observation.unit(obx)
    range_text = marks.text(obx.raw(7))
    low, high = limits(range_text, unit) if range_text else (None, None)
    status, letter = observation.status(obx, of_order)
    return Frame(
        is_document=observation.is_document(obx),
        codes=observation.codes(obx),
        unit=unit,
        range_text=range_text,
        low=low,
        high=high,
        flag=observation.flag(obx),
        status=status,
        letter=letter,
    )
