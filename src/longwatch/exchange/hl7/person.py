"""Whom a PID segment speaks of."""

from __future__ import annotations

from datetime import date

from longwatch.exchange.hl7.segments import Segment
from longwatch.exchange.hl7.times import day
from longwatch.exchange.intake import Person

_SEX = {
    "F": "female",
    "FEMALE": "female",
    "M": "male",
    "MALE": "male",
    "O": "other",
    "OTHER": "other",
    "A": "other",
    "X": "other",
    "U": "unknown",
    "UNK": "unknown",
    "UNKNOWN": "unknown",
    "N": "unknown",
}
_PATIENT_NUMBERS = frozenset({"", "MR", "MRN", "PI", "PT", "PN"})


def person(pid: Segment, facility: str) -> Person:
    """Identifiers and demographics of a PID segment.

    Inputs:
        pid: the segment.
        facility: the sending facility; it stands in for an assigning authority that is not named,
            because a number without its authority could be that of another hospital.

    >>> from longwatch.exchange.hl7.segments import Separators
    >>> line = "PID|1||0042^^^CLINIC^MR||DOE^JANE^Q||19800229|F"
    >>> person(Segment(line, Separators.of("MSH|^~|")), "LAB").identifiers
    (('CLINIC', '0042'),)
    """
    doubts: list[str] = []
    return Person(
        identifiers=_identifiers(pid, facility),
        name=_name(pid),
        birth_date=_birth_date(pid, doubts),
        sex=_sex(pid, doubts),
        doubts=tuple(doubts),
        died=died(pid),
    )


def died(pid: Segment) -> bool:
    """Whether a PID segment says that the person has died: PID-30, or a time of it in PID-29.

    >>> from longwatch.exchange.hl7.segments import Separators
    >>> died(Segment("PID|1||7" + "|" * 27 + "Y", Separators.of("MSH|^~|")))
    True
    """
    said = pid.first(30).upper()
    return said == "Y" or (said != "N" and bool(pid.first(29).strip('"')))


def former(mrg: Segment, facility: str) -> Person:
    """The person whom an MRG segment names: numbers until now, and a name where it is said.

    >>> from longwatch.exchange.hl7.segments import Separators
    >>> former(Segment("MRG|7^^^CLINIC^MR", Separators.of("MSH|^~|")), "LAB").identifiers
    (('CLINIC', '7'),)
    """
    return Person(_identifiers(mrg, facility, (1, 4, 2)), _name(mrg, 7))


def _identifiers(
    pid: Segment, facility: str, fields: tuple[int, ...] = (3, 2, 4)
) -> tuple[tuple[str, str], ...]:
    """PID-3, else the older PID-2, else PID-4; in the order written, each once."""
    for number in fields:
        found: dict[tuple[str, str], None] = {}
        for repetition in pid.repetitions(number):
            parts = pid.components(repetition)
            if parts[0]:
                kind = parts[4].upper() if len(parts) > 4 else ""
                authority = _authority(pid, repetition)
                if not authority:
                    authority = facility if kind in _PATIENT_NUMBERS else f"{facility} {kind}"
                found[authority, parts[0]] = None
        if found:
            return tuple(found)
    return ()


def _authority(pid: Segment, repetition: str) -> str:
    """CX-4: the namespace, else the universal id."""
    parts = repetition.split(pid.marks.component)
    if len(parts) < 4:
        return ""
    names = [pid.marks.text(part) for part in parts[3].split(pid.marks.sub)]
    return next((name for name in names[:2] if name), "")


def _name(pid: Segment, number: int = 5) -> str | None:
    for repetition in pid.repetitions(number):
        parts = [
            pid.marks.text(part.split(pid.marks.sub)[0])
            for part in repetition.split(pid.marks.component)[:4]
        ]
        family, given = parts[0], " ".join(part for part in parts[1:] if part)
        if family or given:
            return f"{family}, {given}" if family and given else family or given
    return None


def _birth_date(pid: Segment, doubts: list[str]) -> date | None:
    text = pid.first(7)
    if not text:
        return None
    try:
        found = day(text)
    except ValueError as error:
        doubts.append(f"birth date: {error}")
        return None
    if found is None:
        doubts.append(f"birth date: '{text[:20]}' names no day")
    return found


def _sex(pid: Segment, doubts: list[str]) -> str | None:
    text = pid.first(8)
    if not text:
        return None
    found = _SEX.get(text.upper())
    if found is None:
        doubts.append(f"sex: '{text[:20]}' is not a code of the standard")
    return found
