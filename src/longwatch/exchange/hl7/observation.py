"""What one OBX segment says: codes, value, unit, range, flag, status. No decision about tests."""

from __future__ import annotations

from longwatch.exchange.hl7.segments import Segment
from longwatch.exchange.intake import LOINC, Code, ResultStatus

_LOINC_NAMES = frozenset({"LN", "LOINC", "LNC", "2.16.840.1.113883.6.1", "HTTP://LOINC.ORG"})
_DOCUMENTS = frozenset({"ED", "RP"})
_CODED = frozenset({"CE", "CWE", "CNE", "CF"})
_STATUS: dict[str, ResultStatus] = {
    "P": "preliminary",
    "R": "preliminary",
    "S": "preliminary",
    "I": "preliminary",
    "B": "preliminary",
    "V": "preliminary",
    "F": "final",
    "U": "final",
    "C": "corrected",
    "A": "corrected",
    "X": "cancelled",
    "D": "withdrawn",
    "W": "withdrawn",
}
_ORDER_STATUS: dict[str, ResultStatus] = {"F": "final", "C": "corrected", "X": "cancelled"}
STATUS_FIELD = 11
_CODE_FIELD, _UNIT_FIELD = 3, 6
NOT_YET = frozenset({"I", "N", "O", "P", "R", "S"})
"""Statuses under which an empty value says only that the laboratory is still at work."""


def codes(obx: Segment, number: int = 3) -> tuple[Code, ...]:
    """Every triplet of OBX-3 (main, alternate, second alternate), LOINC first.

    >>> from longwatch.exchange.hl7.segments import Separators
    >>> line = "OBX|1|NM|PLT^Platelet count^L^777-3^Platelets^LN"
    >>> [code.code for code in codes(Segment(line, Separators.of("MSH|^~|")))]
    ['777-3', 'PLT']
    """
    found: list[Code] = []
    for repetition in obx.repetitions(number)[:1]:
        parts = obx.components(repetition)
        for first in (0, 3, 9):
            code, text, system = (*parts[first : first + 3], "", "", "")[:3]
            if code or text:
                loinc = system.upper() in _LOINC_NAMES
                found.append(Code(LOINC if loinc else system, code, text))
    return tuple(sorted(found, key=lambda code: code.system != LOINC))


def is_document(obx: Segment) -> bool:
    """Whether the value is an embedded file or a pointer to one."""
    return obx.first(2).upper() in _DOCUMENTS


def value(obx: Segment) -> str:
    """OBX-5 as one text; '' when absent or null.

    Structured numbers are written out (`<^5` becomes `<5`); coded answers give their text;
    repetitions are joined by ` ~ `, which no number reader takes for a number.

    >>> from longwatch.exchange.hl7.segments import Separators
    >>> value(Segment("OBX|1|SN|777-3||<^5", Separators.of("MSH|^~|")))
    '<5'
    """
    kind = obx.first(2).upper()
    texts = [_one_value(obx, kind, repetition) for repetition in obx.repetitions(5)]
    return " ~ ".join(text for text in texts if text)


def _one_value(obx: Segment, kind: str, repetition: str) -> str:
    if kind in _CODED:
        parts = obx.components(repetition)
        order = (1, 8, 4, 0, 3)
        return next((parts[at] for at in order if at < len(parts) and parts[at]), "")
    if kind == "SN":
        comparator, low, between, high = (*obx.components(repetition), "", "", "", "")[:4]
        return f"{'' if comparator == '=' else comparator}{low}{between}{high}"
    if kind == "NR":
        return "-".join(part for part in obx.components(repetition)[:2] if part)
    if kind == "CQ":
        return obx.components(repetition)[0]
    return obx.marks.text(repetition)


def unit(obx: Segment) -> str | None:
    """OBX-6 as sent: its code, else its text, else the alternate; a CQ value carries its own."""
    parts = obx.components(obx.repetitions(6)[0]) if obx.repetitions(6) else []
    found = next((parts[at] for at in (0, 1, 3, 4) if at < len(parts) and parts[at]), None)
    if found is None and obx.first(2).upper() == "CQ":
        found = obx.first(5, 2) or None
    return found


def flag(obx: Segment) -> str | None:
    """OBX-8 as sent; several are joined by a blank."""
    found = [obx.components(repetition)[0] for repetition in obx.repetitions(8)]
    return " ".join(text for text in found if text) or None


def status(obx: Segment, of_order: str) -> tuple[ResultStatus, str]:
    """What the sender says of the result, and its own letter for it.

    OBX-11; when that is empty, what the order says, if that is final, corrected or cancelled; else
    preliminary, which can raise an alarm but never counts as a test done. A segment that ends
    before OBX-11 may have been cut off anywhere: preliminary too.
    """
    letter = obx.first(11).upper()
    if letter:
        return _STATUS.get(letter, "preliminary"), letter
    if len(obx.fields) <= STATUS_FIELD:
        return "preliminary", ""
    return _ORDER_STATUS.get(of_order, "preliminary"), ""
