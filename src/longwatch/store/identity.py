"""What a registry says about who is who: followed at once, or held for a person.

A change is followed without a person only where the clinic trusts every authority whose number is
concerned, and birth date, sex and name agree. Everything else waits, with both people side by side.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.desk import Desk
from longwatch.exchange.intake import IdentityFact, Person
from longwatch.exchange.matching import Match, is_address, names_agree
from longwatch.exchange.report import FileReport
from longwatch.store.audit import record_audit
from longwatch.store.merging import join, refusal, separate, separated_before
from longwatch.store.models import Patient
from longwatch.store.stopping import known_to_have_died, stop_reminders
from longwatch.store.visits import move_visit, results_of_visit

Step = Callable[[str, str, datetime, int | None], set[str]]
"""Writes one change: author, reason, now, message; returns the references touched."""

_TOLD = ("female", "male")


@dataclass(slots=True)
class Registry:
    """What messages about identity may do.

    Inputs:
        trusted: authorities that are believed without a person.
        by_person: a person decides: doubts no longer hold anything up.
        steps: what is to be written, in order.
    """

    trusted: frozenset[str]
    steps: list[Step]
    by_person: bool = False

    def take(self, desk: Desk, fact: IdentityFact, account: FileReport) -> None:
        """The fate of one fact: followed, known already, counted, or held."""
        account.read += fact.entries
        who, before = desk.people.match(fact.who), desk.people.match(fact.before)
        if fact.change == "update":
            self._update(desk, fact, self._meant(desk, fact.who, who), account)
            return
        unknown = HeldReason.UNKNOWN_PATIENT
        if who.reason is unknown and before.reason is unknown:
            if desk.create_patients:
                desk.hold(fact, unknown, f"{fact.title}: {who.detail}", account)
            else:
                account.counted[f"{fact.title} of nobody known here"] += fact.entries
            return
        for person, match in ((fact.who, who), (fact.before, before)):
            doubtful = match.reason not in (None, unknown)
            if doubtful and self._meant(desk, person, match) is None:
                self._hold(desk, fact, match.detail, account)
                return
        new, old = self._meant(desk, fact.who, who), self._meant(desk, fact.before, before)
        if fact.change == "unlink":
            self._unlink(desk, fact, new, old, account)
        elif fact.change == "visit":
            self._visit(desk, fact, new, old, account)
        elif new is None or old is None:
            self._number(desk, fact, new, old, account)
        else:
            self._merge(desk, fact, new, old, account)

    def _meant(self, desk: Desk, who: Person, match: Match) -> str | None:
        """The patient of a match; for a person at the desk also one whose demographics disagree."""
        if match.patient is not None or not self.by_person:
            return match.patient
        return desk.people.match(Person(who.identifiers)).patient

    def _merge(
        self, desk: Desk, fact: IdentityFact, new: str, old: str, account: FileReport
    ) -> None:
        people = desk.people
        if new == old or people.joined.get(old) == new:
            account.duplicates += fact.entries
            return
        doubt = "" if self.by_person else self._doubt(desk, fact, new, old)
        rows = {one.reference: one for one in Patient.objects.filter(reference__in=(new, old))}
        if not doubt and (why := refusal(rows[old], rows[new])):
            doubt = f"{old} cannot be joined into {new}: {why[0]}; {why[1]}"
        if not doubt and {old, new} & {*people.joined, *people.joined.values()} - {new}:
            # Not in the database yet: the same message has joined one of them a moment ago.
            doubt = f"{old} cannot be joined into {new}: one of them is joined already"
        if not doubt and fact.change == "number":
            doubt = "" if self.by_person else f"both numbers are known, of {old} and of {new}"
        if doubt:
            self._hold(desk, fact, doubt, account)
            return
        people.join(old, new)
        desk.patients_changed = True
        account.filed["patients"] += fact.entries

        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            why = f"{fact.title}: {reason}" if reason else fact.title
            join(old, new, author=author, reason=why, at=at, message=message)
            return {old, new}

        self.steps.append(write)

    def _number(
        self, desk: Desk, fact: IdentityFact, new: str | None, old: str | None, account: FileReport
    ) -> None:
        """One of the two is known: the other number is theirs, too."""
        patient = new or old
        assert patient is not None
        row = desk.people.rows.get(patient, {})
        pairs = [
            pair
            for pair in (fact.before if new else fact.who).identifiers
            if self.by_person or pair[0] in self.trusted
        ]
        doubt = ""
        if not self.by_person:
            doubt = self._untrusted(fact) or _differ(row, _cells(fact.who), patient, "the message")
            if not doubt and fact.change == "link":
                # Two people are told of: a mother and her child are linked, too.
                doubt = _differ(row, _cells(fact.before), patient, "the other in the message")
            elif not doubt and not names_agree(row.get("name"), fact.before.name):
                doubt = f"the name was {fact.before.name!r}, and is {row.get('name')!r} here"
        if not pairs and not doubt:
            doubt = "the number that is not known has no authority that is trusted"
        if doubt:
            self._hold(desk, fact, doubt, account)
        elif desk.people.learn(patient, pairs):
            desk.patients_changed = True
            account.filed["patients"] += fact.entries
            self._note(fact, "learned a number", patient, {"numbers": [list(p) for p in pairs]})
        else:
            account.duplicates += fact.entries

    def _unlink(
        self,
        desk: Desk,
        fact: IdentityFact,
        new: str | None,
        old: str | None,
        account: FileReport,
    ) -> None:
        joined = desk.people.joined
        pair = next(
            (
                (one, two)
                for one, two in ((old, new), (new, old))
                if one is not None and joined.get(one) == two
            ),
            None,
        )
        if pair is None:
            account.duplicates += fact.entries
            return
        if not self.by_person and (doubt := self._untrusted(fact)):
            self._hold(desk, fact, doubt, account)
            return
        patient = pair[0]
        desk.people.separate(patient)
        account.filed["patients"] += fact.entries

        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            why = f"{fact.title}: {reason}" if reason else fact.title
            return {patient, separate(patient, author=author, reason=why, at=at, message=message)}

        self.steps.append(write)

    def _visit(
        self,
        desk: Desk,
        fact: IdentityFact,
        new: str | None,
        old: str | None,
        account: FileReport,
    ) -> None:
        if new is None or old is None:
            whom = "who has the visit now" if old is None else "who gets the visit"
            self._hold(desk, fact, f"it is not known {whom}", account)
            return
        if new == old or desk.moved.get((fact.visit, old)) == new:
            account.duplicates += fact.entries
            return
        rows, certain = results_of_visit(old, fact.visit)
        doubt = "" if self.by_person else self._untrusted(fact)
        if not doubt and not self.by_person and not certain:
            doubt = f"not every result of {old} says of which visit it is"
        if doubt:
            self._hold(desk, fact, f"{doubt}; {len(rows)} are of visit {fact.visit}", account)
            return
        account.filed["patients"] += fact.entries

        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            why = f"{fact.title}: {reason}" if reason else fact.title
            move_visit(fact.visit, old, new, author=author, reason=why, at=at, message=message)
            return {old, new}

        self.steps.append(write)

    def _update(
        self, desk: Desk, fact: IdentityFact, patient: str | None, account: FileReport
    ) -> None:
        match = desk.people.match(fact.who)
        if patient is None:
            if match.reason is HeldReason.IDENTITY_CONFLICT:
                self._hold(desk, fact, match.detail, account)
            else:
                account.counted[f"{fact.title} of nobody known here"] += fact.entries
            return
        doubt = self._untrusted(fact) or (_only_addresses(fact.who) if fact.who.died else "")
        if doubt and not self.by_person:
            if fact.who.died:
                self._hold(desk, fact, f"{patient} has died; {doubt}", account)
            else:
                account.counted[f"{fact.title} of an authority not trusted"] += fact.entries
            return
        row, said = desk.people.rows[patient], _cells(fact.who)
        other = {name: value for name, value in said.items() if row.get(name) not in (None, value)}
        if other and not self.by_person:
            words = ", ".join(f"{n} {said[n]} there and {row[n]} here" for n in sorted(other))
            self._hold(desk, fact, f"{fact.title} says otherwise of {patient}: {words}", account)
            return
        empty = {name: value for name, value in said.items() if not row.get(name)}
        pairs = [pair for pair in fact.who.identifiers if pair[0] in self.trusted]
        learned = desk.people.learn(patient, pairs)
        ends = fact.who.died and not known_to_have_died(patient)
        if not (learned or empty or other or ends):
            account.duplicates += fact.entries
            return
        row |= empty
        desk.patients_changed = True
        account.filed["patients"] += fact.entries
        if ends:
            self._stop(patient)
        if other:
            self._overwrite(fact, patient, other, {name: row[name] for name in other})

    def _stop(self, patient: str) -> None:
        """Nothing goes to somebody who has died, from the commit on; their record stays."""

        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            stop_reminders(Patient.objects.get(reference=patient), "died", actor=author, at=at)
            return {patient}

        self.steps.append(write)

    def _overwrite(
        self, fact: IdentityFact, patient: str, now: Mapping[str, Any], was: Mapping[str, Any]
    ) -> None:
        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            Patient.objects.filter(reference=patient).update(**now)
            detail = {
                "title": fact.title,
                "reason": reason,
                "was": {name: str(value) for name, value in was.items()},
                "now": {name: str(value) for name, value in now.items()},
            }
            _audit("changed a person", author, at, patient, detail)
            return {patient}

        self.steps.append(write)

    def _note(self, fact: IdentityFact, action: str, patient: str, detail: dict[str, Any]) -> None:
        def write(author: str, reason: str, at: datetime, message: int | None) -> set[str]:
            _audit(action, author, at, patient, {"title": fact.title, "reason": reason, **detail})
            return {patient}

        self.steps.append(write)

    def _doubt(self, desk: Desk, fact: IdentityFact, new: str, old: str) -> str:
        rows = desk.people.rows
        if separated_before(old, new):
            return f"{old} and {new} were separated before; only a person joins them again"
        return (
            self._untrusted(fact)
            or _differ(rows[new], _cells(fact.who), new, "the message")
            or _differ(rows[new], rows[old], new, old)
        )

    def _untrusted(self, fact: IdentityFact) -> str:
        for authority, _ in (*fact.who.identifiers[:1], *fact.before.identifiers[:1]):
            if authority not in self.trusted and not is_address(authority):
                return f"{authority or 'a number without authority'} is not trusted to say so"
        return ""

    def _hold(self, desk: Desk, fact: IdentityFact, detail: str, account: FileReport) -> None:
        conflict = HeldReason.IDENTITY_CONFLICT
        desk.hold(fact, conflict, f"{fact.title}: {detail}", account, patient=_first(desk, fact))


def write_steps(
    steps: list[Step], author: str, reason: str, at: datetime, message: int | None
) -> set[str]:
    """Writes what was decided.

    Returns:
        The references touched.

    Raises:
        UsageError: meanwhile somebody else joined one of them.
    """
    touched: set[str] = set()
    for step in steps:
        touched |= step(author, reason, at, message)
    return touched


def _audit(action: str, author: str, at: datetime, patient: str, detail: dict[str, Any]) -> None:
    record_audit(
        action, actor=author, at=at, kind="patient", target=patient, patient=patient, detail=detail
    )


def _first(desk: Desk, fact: IdentityFact) -> str | None:
    people = desk.people
    return people.match(fact.who).patient or people.match(fact.before).patient


def _cells(who: Person) -> dict[str, Any]:
    cells = {"birth_date": who.birth_date, "sex": who.sex, "name": who.name}
    return {name: value for name, value in cells.items() if value}


def _only_addresses(who: Person) -> str:
    if all(is_address(authority) for authority, _ in who.identifiers):
        return "only a place on a server says who it is, and no number"
    return ""


def _differ(one: Mapping[str, Any], two: Mapping[str, Any], here: str, there: str) -> str:
    """Why two descriptions may be of two people; '' when they agree in all that must be known."""
    born, born2 = one.get("birth_date"), two.get("birth_date")
    if not born or not born2:
        return f"the birth date of {here if not born else there} is not known"
    if born != born2:
        return f"the birth date is {born} of {here} and {born2} of {there}"
    sex, sex2 = one.get("sex"), two.get("sex")
    if sex not in _TOLD or sex2 not in _TOLD:
        return f"the sex of {here if sex not in _TOLD else there} is not known"
    if sex != sex2:
        return f"the sex is {sex} of {here} and {sex2} of {there}"
    if not names_agree(one.get("name"), two.get("name")):
        return f"the name is {one.get('name')!r} of {here} and {two.get('name')!r} of {there}"
    return ""
