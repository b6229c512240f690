"""What a source says, before anything is filed: the common language of all readers.

A reader (HL7 v2, laboratory CSV, FHIR) turns bytes into a stream of these objects and decides
nothing about tests, units or patients of the Record. Filing them is the work of the import.

Conservation: every entry of the input (an HL7 segment, a CSV cell, a FHIR resource) ends in exactly
one object of the stream, whose `entries` says for how many it stands. `tally` adds them up.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal, TypeAlias

from longwatch.core.held import HeldReason

ResultStatus: TypeAlias = Literal["preliminary", "final", "corrected", "cancelled", "withdrawn"]
IdentityChange: TypeAlias = Literal["merge", "number", "link", "unlink", "visit", "update"]
InfusionStatus: TypeAlias = Literal["planned", "given", "not-done"]

LOINC = "http://loinc.org"
"""The system of LOINC codes in `Code.system`; local codes carry the sender's own word, or ''."""

OWN = "record"
"""The authority of the Record's own patient ids, as in `Person.identifiers`."""


@dataclass(frozen=True, slots=True)
class Code:
    """A code as sent.

    Inputs:
        system: `LOINC` for LOINC, else the sender's name of the code system, '' when it gave none.
        code: the code, '' when there is only a text.
        text: the display text, '' when absent.
    """

    system: str
    code: str
    text: str = ""


@dataclass(frozen=True, slots=True)
class Person:
    """Whom a source speaks of, in the source's own words.

    Inputs:
        identifiers: (authority, value) pairs as sent, leading zeros kept; authority '' if unnamed.
        name: one line, `Family, Given Middle`; None when absent.
        birth_date: None when absent, unreadable or known to the month only.
        sex: `female`, `male`, `other`, `unknown`; None when absent.
        doubts: what was said about the person and could not be read, as sentences.
        died: whether the source says that they have died.
    """

    identifiers: tuple[tuple[str, str], ...] = ()
    name: str | None = None
    birth_date: dt.date | None = None
    sex: str | None = None
    doubts: tuple[str, ...] = ()
    died: bool = False


NOBODY = Person()


@dataclass(frozen=True, slots=True)
class PatientFact:
    """That a person exists, with demographics."""

    who: Person
    raw: str
    where: str
    sent_at: dt.datetime | None = None
    entries: int = 1


@dataclass(slots=True, unsafe_hash=True)  # frozen would cost a sixth of the import's time
class ResultFact:
    """One laboratory result as sent. Numbers stay text: `core.values.read_value` reads them.

    Inputs:
        who: the person.
        date: calendar date of the specimen at the clinic, as written there; never None here
            (a result without one is `Unreadable` with `missing-date`).
        codes: every code the source gave for the test, LOINC first.
        value: text as sent, comparator included (`<5`, `1.2`, `clumped`); '' only when the status
            is `corrected`, `cancelled` or `withdrawn`: these change what holds without any value.
        unit: as sent, None when absent.
        low, high: the laboratory's limits as sent, None when absent or when the range is a text.
        flag: abnormality as sent (`LL`, `H`, …), None when absent.
        status: what the source says of it.
        source: stable across re-sends: laboratory, its order number, code, sub-id.
        sent_at: when the source sent it: UTC where it states an offset, else its clock as written;
            only for ordering messages of one source.
        note: comments attached, None when absent.
        raw: enough of the input to read this result again alone.
        where: `file:line`, with the message or row.
        decimal_comma: the source writes `1,2` for 1.2.
        default_unit: True when `unit` is not in the row but signed for in a mapping.
        range_text: the reference range as sent, None when absent.
        test: catalogue id where a signed mapping names it, else None.
        unfit: of a correction whose value the reader could not read: reason, sentence, remedy.
        visit: number of the visit during which it was made, '' when not said.
    """

    who: Person
    date: dt.date
    codes: tuple[Code, ...]
    value: str
    unit: str | None
    low: str | None
    high: str | None
    flag: str | None
    status: ResultStatus
    source: str
    sent_at: dt.datetime | None
    note: str | None
    raw: str
    where: str
    decimal_comma: bool = False
    default_unit: bool = False
    range_text: str | None = None
    test: str | None = None
    unfit: tuple[HeldReason, str, str] | None = None
    visit: str = ""
    entries: int = 1


@dataclass(frozen=True, slots=True)
class InfusionFact:
    """One infusion day; `course` and `day` are None when the source does not count them."""

    who: Person
    date: dt.date
    status: InfusionStatus
    drug: tuple[Code, ...]
    dose_mg: str | None
    started: dt.datetime | None
    ended: dt.datetime | None
    source: str
    sent_at: dt.datetime | None
    raw: str
    where: str
    course: int | None = None
    day: int | None = None
    entries: int = 1


@dataclass(frozen=True, slots=True)
class EventFact:
    """Anything else dated: `kind` as in the Record's `events`; `withdrawn` takes it back."""

    who: Person
    date: dt.date
    kind: str
    codes: tuple[Code, ...]
    end_date: dt.date | None
    grade: int | None
    text: str | None
    source: str
    sent_at: dt.datetime | None
    raw: str
    where: str
    withdrawn: bool = False
    entries: int = 1


@dataclass(frozen=True, slots=True)
class IdentityFact:
    """What a registry says about who is who.

    Inputs:
        change: two records are one person (`merge`, `link`) or are not (`unlink`), a person has
            another number (`number`), a visit belongs to another person (`visit`), or the
            demographics of a person (`update`).
        who: the person as known from now on.
        before: the person as known until now; `NOBODY` for an update.
        title: the message, as `ADT^A40`.
        visit: number of the visit that moves.
    """

    change: IdentityChange
    who: Person
    before: Person
    title: str
    raw: str
    where: str
    sent_at: dt.datetime | None = None
    visit: str = ""
    entries: int = 1


@dataclass(frozen=True, slots=True)
class Unreadable:
    """Something that a person must look at: it goes to the `held` table whole.

    Inputs:
        reason: one of the closed list.
        detail: the sentence that says what is wrong.
        how: the remedy, '' when none is known.
        raw: the text as it arrived, whole (undecodable bytes as U+FFFD or Latin-1).
        where: `file:line`.
        who: what is known of the person.
        table: the Record table it would have gone to, '' when unknown.
        source: as in `ResultFact`, '' when unknown.
        codes: the codes of the test, where known, so that tests nobody watches need no person.
    """

    reason: HeldReason
    detail: str
    how: str
    raw: str
    where: str
    who: Person = field(default=NOBODY)
    table: str = ""
    source: str = ""
    sent_at: dt.datetime | None = None
    codes: tuple[Code, ...] = ()
    entries: int = 1


@dataclass(frozen=True, slots=True)
class Counted:
    """Read, understood and not for us, e.g. envelopes, documents, messages of other kinds.

    Inputs:
        kind: a short word for the report (`document`, `message ADT^A01`).
        entries: how many entries of the input it stands for.
    """

    kind: str
    entries: int = 1


Incoming: TypeAlias = (
    PatientFact | ResultFact | InfusionFact | EventFact | IdentityFact | Unreadable | Counted
)


def tally(items: Iterable[Incoming]) -> dict[str, int]:
    """Entries by what became of them; the sum is the number of entries in the input.

    Inputs:
        items: the stream of one or more readers.

    Returns:
        Counts under `patients`, `results`, `infusions`, `events`, `held`, `counted`.

    >>> tally([Counted("document", 2), Counted("envelope")])["counted"]
    3
    """
    counts = dict.fromkeys(("patients", "results", "infusions", "events", "held", "counted"), 0)
    for item in items:
        counts[_HEADING[type(item)]] += item.entries
    return counts


_HEADING: dict[type, str] = {
    PatientFact: "patients",
    ResultFact: "results",
    InfusionFact: "infusions",
    EventFact: "events",
    IdentityFact: "patients",
    Unreadable: "held",
    Counted: "counted",
}
