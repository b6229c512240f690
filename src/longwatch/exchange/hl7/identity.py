"""ADT messages that say who is who: merges, changed numbers, links, moved visits, updates."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from longwatch.core.held import HeldReason
from longwatch.exchange.hl7.message import Message
from longwatch.exchange.hl7.names import CHANGES, IDENTITY
from longwatch.exchange.hl7.person import died, former, person
from longwatch.exchange.hl7.segments import Segment
from longwatch.exchange.intake import NOBODY, Counted, IdentityFact, Incoming, Person

_HOW = "check which patients of the clinic it concerns"


@dataclass(slots=True)
class _Group:
    """A person, who they were before, and the visit between them, with the lines that say so."""

    who: Person
    lines: list[int]
    before: Person = NOBODY
    visit: str = ""


def identities(message: Message) -> Iterator[Incoming]:
    """What an ADT message says about who is who: one that `is_followed`.

    Returns:
        One fact for each pair (each person, for an update); the whole message as unreadable where
        a second person is missing.
    """
    change = CHANGES.get(message.trigger, "update")
    groups = _pairs(message) if change in ("link", "unlink") else _groups(message)
    told = [
        group
        for group in groups
        if group.who.identifiers
        and (change == "update" or group.before.identifiers)
        and (change != "visit" or group.visit)
    ]
    if not told or (change != "update" and len(told) < len(groups)):
        missing = "a visit" if change == "visit" else "two people"
        detail = f"{message.title} does not name {missing} by their numbers; nothing was changed"
        yield message.whole(HeldReason.UNSUPPORTED, detail, _HOW)
        return
    spans = message.block.spans
    used = 0
    for group in told:
        entries = sum(spans[index] for index in group.lines)
        used += entries
        yield IdentityFact(
            change,
            group.who,
            group.before,
            message.title,
            "\n".join([message.block.lines[0], *(message.block.lines[n] for n in group.lines)]),
            message.where(group.lines[0]),
            message.sent_at,
            group.visit if change == "visit" else "",
            entries,
        )
    yield Counted("envelope", message.entries() - used)


def is_followed(message: Message) -> bool:
    """Whether an ADT message says who is who, or, whatever it was sent for, that somebody died."""
    if message.trigger in CHANGES or message.trigger in IDENTITY:
        return message.trigger in CHANGES
    segments = (Segment(line, message.marks) for line in message.block.lines)
    return any(one.name == "PID" and died(one) for one in segments)


def _groups(message: Message) -> list[_Group]:
    """A PID with the MRG after it; one PID may have several (each visit moved has its own)."""
    groups: list[_Group] = []
    for index, line in enumerate(message.block.lines):
        segment = Segment(line, message.marks)
        if segment.name == "PID":
            groups.append(_Group(person(segment, message.facility), [index]))
        elif segment.name == "MRG" and groups:
            last = groups[-1]
            if last.before is not NOBODY:
                last = _Group(last.who, [])
                groups.append(last)
            last.before = former(segment, message.facility)
            last.visit = segment.first(5)
            last.lines.append(index)
        elif segment.name == "PV1" and groups:
            groups[-1].visit = groups[-1].visit or segment.first(19)
            groups[-1].lines.append(index)
    return groups


def _pairs(message: Message) -> list[_Group]:
    """Two PID in a row."""
    found = [
        (index, person(Segment(line, message.marks), message.facility))
        for index, line in enumerate(message.block.lines)
        if line.startswith("PID")
    ]
    if len(found) != 2:
        return []
    (one, who), (two, before) = found
    return [_Group(who, [one, two], before)]
