"""What staff enter by hand: a value told by telephone, an examination that somebody else made.

It is filed by the rules of everything that arrives, in one transaction with its alerts and its
audit entry. What those rules would hold back is refused instead, all of it: whoever can mend it
sits at the keyboard.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, TypedDict

from django.db import transaction
from django.utils.timezone import localtime

from longwatch.core.errors import Problem, UsageError
from longwatch.exchange.filing_dated import EVENT_EXTRAS
from longwatch.exchange.intake import Code, EventFact, Person, ResultFact
from longwatch.exchange.matching import OWN_PATIENT
from longwatch.store.arrivals import Reception
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.desk import Batch, decide
from longwatch.store.models import Event, Message, Patient, Result
from longwatch.store.roles import acting, needs_reason
from longwatch.store.shelves import StoredShelf

MAY = frozenset({"nurse", "neurologist", "infusion-nurse", "lead"})
"""Roles that enter by hand."""
MARK = "by hand "
"""Stands in the source of each row that was entered, before the number of its form."""
_MOST_TOLD = 120
_MOST_LOOKED_AT = 10_000


@dataclass(frozen=True, slots=True)
class Value:
    """One value as it stands on the report.

    Inputs:
        test: id of the catalogue.
        value: with its comparator, or in words.
        unit: as printed; '' where the report has none.
        low, high: the laboratory's own limits, '' where they are not printed.
    """

    test: str
    value: str
    unit: str = ""
    low: str = ""
    high: str = ""


@dataclass(frozen=True, slots=True)
class Happening:
    """One thing that was done or happened.

    Inputs:
        kind, code: as in the Record's `events`; code '' for none.
        end: its last day; None: one day, or it goes on.
        text: in words.
    """

    kind: str
    code: str = ""
    end: date | None = None
    text: str = ""


class Doing(TypedDict):
    """By whom, when, how this clinic takes what arrives, and what hangs on it."""

    by: str
    at: datetime
    reception: Reception
    and_then: Then | None


def enter_values(
    person: Patient, day: date, values: Sequence[Value], told_by: str, form: str, doing: Doing
) -> int:
    """Files values of one day; sent twice they are filed once.

    Inputs:
        day: of the specimen.
        told_by: who says so: a laboratory, a letter, a call.
        form: a number of this form, so that a second press of its button is known.

    Returns:
        How many were filed now.

    Raises:
        UsageError: nothing to file, nobody named, or one that would be held back, with the reason;
            nothing was filed then.
    """
    if not values:
        raise UsageError(Problem("no value was entered", how="fill in one line at least"))
    teller = _teller(told_by)
    who = Person(((OWN_PATIENT, person.reference),))
    facts = [
        ResultFact(
            who,
            day,
            (Code("", one.test),),
            one.value.strip(),
            one.unit.strip() or None,
            one.low.strip() or None,
            one.high.strip() or None,
            None,
            "final",
            f"{teller}|{MARK}{form}|{one.test}",
            doing["at"],
            f"entered by hand by {doing['by']}",
            f"{one.test} {one.value} {one.unit} ({one.low} to {one.high})",
            f"{MARK}{doing['by']}",
            test=one.test,
        )
        for one in values
    ]
    told = {"tests": [one.test for one in values], "day": str(day), "told_by": teller}
    return _file(person, facts, "entered values by hand", told, doing)


def enter_event(
    person: Patient, day: date, what: Happening, told_by: str, form: str, doing: Doing
) -> int:
    """Files one thing that was done or happened; `enter_values` says the rest."""
    if what.end is not None and what.end < day:
        raise UsageError(Problem("it ends before it begins", how="look at the two days"))
    if not (what.code or what.text.strip() or what.kind == "relapse"):
        raise UsageError(Problem("nothing says what it was", how="choose it, or write it down"))
    text = what.text.strip() or None
    source = f"{_teller(told_by)}|{MARK}{form}"
    fact = EventFact(
        Person(((OWN_PATIENT, person.reference),)),
        day,
        what.kind,
        (Code("", what.code),) if what.code else (),
        what.end,
        None,
        text,
        source,
        doing["at"],
        f"{what.kind} {what.code} {day} {text or ''}",
        f"{MARK}{doing['by']}",
    )
    told = {"kind": what.kind, "code": what.code, "day": str(day), "told_by": told_by.strip()}
    return _file(person, [fact], "entered an event by hand", told, doing)


def take_value_back(
    person: Patient, test: str, day: date, source: str, reason: str, doing: Doing
) -> None:
    """A value that was entered by hand counts no more; it stays readable, with the reason.

    Raises:
        UsageError: nothing such was entered by hand, or no reason was given.
    """
    why = needs_reason(reason)
    known = any(
        (row.test, row.date, row.source) == (test, day, source)
        for row in entered_values(person, _MOST_LOOKED_AT)
    )
    if not known:
        raise _not_on_file()
    fact = ResultFact(
        Person(((OWN_PATIENT, person.reference),)),
        day,
        (Code("", test),),
        "",
        None,
        None,
        None,
        None,
        "cancelled",
        source,
        doing["at"],
        f"taken back by {doing['by']}: {why}",
        f"{test} {day} taken back: {why}",
        f"{MARK}{doing['by']}",
        test=test,
    )
    told = {"tests": [test], "day": str(day), "reason": why}
    _file(person, [fact], "took back a value entered by hand", told, doing)


def take_event_back(person: Patient, source: str, reason: str, doing: Doing) -> None:
    """The same for a thing that was done or happened."""
    why = needs_reason(reason)
    with transaction.atomic():
        acting(doing["by"], MAY, doing["at"])
        shelf = StoredShelf("events", EVENT_EXTRAS, {person.reference: person.pk})
        rows = shelf.rows(person.reference)
        kept = [row for row in rows if row.get("source") != source]
        if len(kept) == len(rows) or MARK not in source:
            raise _not_on_file()
        rows[:] = kept
        shelf.changed = True
        shelf.write(doing["at"], None)
        told = {"source": source, "reason": why}
        note(person, "took back an event entered by hand", told, doing)
        follow(person, {}, doing)


def entered_values(person: Patient, most: int) -> list[Result]:
    """The values entered by hand that count, the newest day first."""
    rows = Result.objects.filter(
        patient=person, source__contains=f"|{MARK}", gone=False, superseded_by=None
    ).order_by("-date", "-id")
    ended = {(row.test, row.date, row.source) for row in rows if row.status == "cancelled"}
    return [row for row in rows if (row.test, row.date, row.source) not in ended][:most]


def entered_events(person: Patient, most: int) -> list[Event]:
    """The same for what was done or happened."""
    rows = Event.objects.filter(
        patient=person, source__contains=f"|{MARK}", gone=False, superseded_by=None
    )
    return list(rows.order_by("-date", "-id")[:most])


def _file(
    person: Patient,
    facts: Sequence[ResultFact | EventFact],
    action: str,
    told: dict[str, Any],
    doing: Doing,
) -> int:
    local = localtime(doing["at"], doing["reception"].zone).replace(tzinfo=None)
    with transaction.atomic():
        acting(doing["by"], MAY, doing["at"])
        made = decide(Batch(facts, MARK.strip(), MARK.strip(), local), doing["reception"].manner)
        if made.holds_again:
            how = "look at the report again: value, unit as printed, day"
            raise UsageError(Problem("nothing was filed", why=made.still_held, how=how))
        made.write(doing["at"], None, doing["by"])
        filed = dict(made.account.filed)
        if filed:
            note(person, action, told, doing)
            follow(person, filed, doing)
    return sum(filed.values())


def note(person: Patient, action: str, told: dict[str, Any], doing: Doing) -> None:
    """Writes into the audit log what was done by hand."""
    record_audit(
        action,
        actor=doing["by"],
        at=doing["at"],
        kind="patient",
        target=str(person.pk),
        patient=person.reference,
        detail=told,
    )


def follow(person: Patient, filed: dict[str, int], doing: Doing) -> None:
    """What hangs on it, as the alerts of the person, in the same transaction."""
    if doing["and_then"] is not None:
        touched = frozenset({person.reference})
        doing["and_then"](Arrived(None, Message.State.FILED, touched, filed))


def _teller(told_by: str) -> str:
    """Who says so, without the sign that parts a source."""
    words = " ".join(told_by.replace("|", " ").split())
    if not words:
        how = "name the laboratory, the letter or whoever called"
        raise UsageError(Problem("nobody is named who says so", how=how))
    return words[:_MOST_TOLD]


def _not_on_file() -> UsageError:
    what = "nothing entered by hand is on file here"
    how = "load the page again; what a laboratory sent, the laboratory takes back"
    return UsageError(Problem(what, how=how))
