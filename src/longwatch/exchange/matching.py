"""Who is meant: only by a number that is known, and only when nothing said contradicts it.

A name and a birth date never find a person (twins share them); they can only show that a number is
wrong. Whoever disagrees in birth date, sex or given name, or carries another number of the same
authority, is held for a person to compare.

A Record's patient ids are often hospital numbers whose authority nobody wrote down. So a registry
that names a number equal to such an id means that patient if birth date and sex are known on both
sides and equal; if not, a person decides. Nobody becomes two patients, or one with somebody else,
by the order in which Record and registry came.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from longwatch.core.held import HeldReason
from longwatch.exchange.intake import OWN, Person

OWN_PATIENT = "urn:longwatch:patient"
"""The Record's own patient ids as a FHIR system; like `OWN` they need no row in `identifiers`."""

_OWN = frozenset({OWN, OWN_PATIENT})

UNNAMED = "(none)"
"""Authority under which a number without any is kept."""

_TOLD = ("female", "male")


@dataclass(frozen=True, slots=True)
class Match:
    """The patient meant, or why nobody may be taken."""

    patient: str | None
    reason: HeldReason | None = None
    detail: str = ""


@dataclass(slots=True)
class People:
    """Everybody in the Record, by number.

    Inputs:
        rows: the patients' rows by patient id.
        known: patient ids by (authority, value).
        joined: who is the same person under another id: that id by the one joined into it.
    """

    rows: dict[str, dict[str, Any]] = field(default_factory=dict)
    known: dict[tuple[str, str], set[str]] = field(default_factory=dict)
    joined: dict[str, str] = field(default_factory=dict)
    numbers: dict[str, dict[str, set[str]]] = field(default_factory=dict)
    _holders: dict[str, set[str]] = field(default_factory=dict)
    _matches: dict[Person, Match] = field(default_factory=dict)

    @classmethod
    def of(
        cls, patients: Iterable[dict[str, Any]], identifiers: Iterable[dict[str, Any]]
    ) -> People:
        """People from the rows of the two tables."""
        people = cls()
        for row in patients:
            people.rows.setdefault(row["patient"], row)
        for row in identifiers:
            if row["value"]:
                people._remember(row["patient"], (row["authority"] or UNNAMED, row["value"]))
        return people

    def match(self, who: Person) -> Match:
        """The one patient whom a source means.

        Returns:
            The patient; or `missing-patient` without any number, `unknown-patient` when no number
            is known, `identity-conflict` when numbers or demographics disagree.

        >>> people = People.of([{"patient": "p1"}], [])
        >>> people.match(Person(identifiers=(("urn:longwatch:patient", "p1"),))).patient
        'p1'
        """
        found = self._matches.get(who)
        if found is None:
            found = self._matches[who] = self._match(who)
        return found

    def _match(self, who: Person) -> Match:
        if not who.identifiers:
            return Match(None, HeldReason.MISSING_PATIENT, "no number says whose this is")
        hits = set().union(*(self._hits(pair, who) for pair in who.identifiers))
        if not hits:
            return Match(None, HeldReason.UNKNOWN_PATIENT, f"nobody is known as {_shown(who)}")
        if len(hits) > 1 and self.joined:
            # Numbers of several records of one person: filed where they are joined.
            hits = {self.joined.get(hit, hit) for hit in hits}
        if len(hits) > 1:
            return Match(
                None,
                HeldReason.IDENTITY_CONFLICT,
                f"{_shown(who)} lead to different patients: {', '.join(sorted(hits))}",
            )
        patient = hits.pop()
        if doubts := self.disagreements(patient, who):
            return Match(
                None, HeldReason.IDENTITY_CONFLICT, f"{_shown(who)} is {patient}, but {doubts[0]}"
            )
        return Match(patient)

    def disagreements(self, patient: str, who: Person) -> list[str]:
        """What a source says that cannot be true of this patient, as sentences."""
        row = self.rows.get(patient, {})
        found = []
        born = row.get("birth_date")
        if born and who.birth_date and born != who.birth_date:
            found.append(f"the birth date is {who.birth_date} there and {born} here")
        sex = row.get("sex")
        if sex in _TOLD and who.sex in _TOLD and sex != who.sex:
            found.append(f"the sex is {who.sex} there and {sex} here")
        if not names_agree(row.get("name"), who.name):
            found.append(f"the name is {who.name!r} there and {row.get('name')!r} here")
        mine = self.numbers.get(patient, {})
        theirs: dict[str, set[str]] = {}
        for authority, value in who.identifiers:
            if authority not in _OWN:
                theirs.setdefault(authority or UNNAMED, set()).add(value)
        for authority, values in theirs.items():
            held = mine.get(authority)
            if held and not held & values and not is_address(authority):
                found.append(
                    f"the number of {authority} is {', '.join(sorted(values))} "
                    f"there and {', '.join(sorted(held))} here"
                )
        return found

    def register(self, who: Person, *, new: bool = True) -> tuple[Match, bool]:
        """Makes a person known, or adds what is newly said about a known one.

        Inputs:
            who: the person, as a registry describes it.
            new: whether somebody unknown becomes a patient.

        Returns:
            The match, and whether anything was learned.
        """
        match = self.match(who)
        self._matches.clear()
        if match.reason is HeldReason.UNKNOWN_PATIENT and new:
            match = self._same_number(who) or match
        if match.reason is HeldReason.UNKNOWN_PATIENT and new:
            patient = self._new_id(who)
            self.rows[patient] = {
                "patient": patient,
                "birth_date": who.birth_date,
                "sex": who.sex,
                "name": who.name,
            }
            for pair in _lasting(who):
                self._learn(patient, pair)
            return Match(patient), True
        if match.patient is None:
            return match, False
        row, learned = self.rows[match.patient], False
        for column, value in (
            ("birth_date", who.birth_date),
            ("sex", who.sex),
            ("name", who.name),
        ):
            if value and not row.get(column):
                row[column], learned = value, True
        for pair in _lasting(who):
            learned |= self._learn(match.patient, pair)
        return match, learned

    def learn(self, patient: str, pairs: Iterable[tuple[str, str]]) -> bool:
        """Makes further numbers of a patient known; whether any was new."""
        self._matches.clear()
        return sum(self._learn(patient, pair) for pair in pairs) > 0

    def join(self, patient: str, into: str) -> None:
        """Takes two ids for one person from now on."""
        self._matches.clear()
        self.joined[patient] = into

    def separate(self, patient: str) -> None:
        """Takes them for two again."""
        self._matches.clear()
        self.joined.pop(patient, None)

    def identifier_rows(self) -> list[dict[str, str]]:
        """The `identifiers` table, sorted."""
        return [
            {"authority": authority, "value": value, "patient": patient}
            for (authority, value), patients in sorted(self.known.items())
            for patient in sorted(patients)
        ]

    def _same_number(self, who: Person) -> Match | None:
        """The patient whose id is a number of this person, or whose number is this Record's id.

        Returns:
            None when there is no such patient; a conflict when nothing proves that they are one.
        """
        found: set[str] = set()
        for authority, value in who.identifiers:
            if authority in _OWN:
                found |= self._holders.get(value, set())
            elif (
                value in self.rows
                and not self._has_origin(value)
                # A place on a server is no number of a person: alone it raises no doubt.
                and (not is_address(authority) or self._same_birth_and_sex(value, who))
            ):
                found.add(value)
        if not found:
            return None
        patients = ", ".join(sorted(found))
        if len(found) > 1:
            detail = f"{_shown(who)} may be any of {patients}"
            return Match(None, HeldReason.IDENTITY_CONFLICT, detail)
        (patient,) = found
        if self._same_birth_and_sex(patient, who) and not self.disagreements(patient, who):
            for authority, value in who.identifiers:
                if authority in _OWN:
                    self._remember(patient, (OWN, value))
            return Match(patient)
        detail = f"{_shown(who)} has the number of {patient}, but birth date and sex do not agree"
        return Match(None, HeldReason.IDENTITY_CONFLICT, detail)

    def _has_origin(self, patient: str) -> bool:
        """Whether the id of a patient is the number of an authority that is known."""
        return any(patient in values for values in self.numbers.get(patient, {}).values())

    def _same_birth_and_sex(self, patient: str, who: Person) -> bool:
        row = self.rows[patient]
        born, sex = row.get("birth_date"), row.get("sex")
        return born is not None and born == who.birth_date and sex in _TOLD and sex == who.sex

    def _hits(self, pair: tuple[str, str], who: Person) -> set[str]:
        if pair[0] in _OWN:
            return ({pair[1]} & self.rows.keys()) or self.known.get((OWN, pair[1]), set())
        if (pair[0] or UNNAMED, pair[1]) in self.known:
            return self.known[pair[0] or UNNAMED, pair[1]]
        if pair[0] == "" and pair[1] in self.rows:
            # A bare number that equals one of our ids proves nothing without the birth date.
            born = self.rows[pair[1]].get("birth_date")
            return {pair[1]} if born and born == who.birth_date else set()
        return set()

    def _learn(self, patient: str, pair: tuple[str, str]) -> bool:
        if pair[0] in _OWN or not pair[1]:
            return False
        return self._remember(patient, (pair[0] or UNNAMED, pair[1]))

    def _remember(self, patient: str, pair: tuple[str, str]) -> bool:
        patients = self.known.setdefault(pair, set())
        learned = patient not in patients
        patients.add(patient)
        self.numbers.setdefault(patient, {}).setdefault(pair[0], set()).add(pair[1])
        if not is_address(pair[0]):
            self._holders.setdefault(pair[1], set()).add(patient)
        return learned

    def _new_id(self, who: Person) -> str:
        authority, value = who.identifiers[0]
        if value not in self.rows:
            return value
        wanted = f"{value}@{authority}"
        number = 2
        while wanted in self.rows:
            wanted = f"{value}@{authority}~{number}"
            number += 1
        return wanted


def is_address(authority: str) -> bool:
    """Whether a number is only a place on a server or in a file, and says nothing about a person.

    >>> is_address("https://a.example/fhir/Patient"), is_address("https://a.example/mrn")
    (True, False)
    """
    return authority in ("Patient", "urn:uuid", "urn:oid") or authority.endswith("/Patient")


def _lasting(who: Person) -> tuple[tuple[str, str], ...]:
    """Numbers worth knowing: a urn of one file only where there is nothing better."""
    lasting = tuple(pair for pair in who.identifiers if not pair[0].startswith("urn:uuid"))
    return lasting or who.identifiers


def names_agree(one: str | None, other: str | None) -> bool:
    """Whether two names can be one person's: same given name, whatever became of the family name.

    Inputs:
        one, other: `Family, Given Middle`; None when not said (nothing is contradicted).

    >>> names_agree("Müller, Anna Maria", "Schmidt, Anna"), names_agree("Roe, Ann", "Roe, Eve")
    (True, False)
    """
    mine, theirs = _names(one), _names(other)
    if mine is None or theirs is None:
        return True
    (family, given), (family2, given2) = mine, theirs
    if not given or not given2:
        return not family or not family2 or bool(set(family) & set(family2))
    if _same_given(given[0], given2[0]):
        return True
    # Family and given name exchanged.
    return given[0] in family2 and given2[0] in family


def _same_given(one: str, other: str) -> bool:
    if one == other:
        return True
    short, long = sorted((one, other), key=len)
    return len(short) == 1 and long.startswith(short)


def _names(line: str | None) -> tuple[list[str], list[str]] | None:
    if not line or not line.strip():
        return None
    family, comma, given = line.partition(",")
    if not comma:
        words = _words(line)
        return (words[-1:], words[:-1]) if len(words) > 1 else (words, [])
    return _words(family), _words(given)


def _words(text: str) -> list[str]:
    folded = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c if c.isalnum() else " " for c in folded if not unicodedata.combining(c))
    return plain.split()


def _shown(who: Person) -> str:
    pairs = [
        f"{value} of {authority}" if authority else value for authority, value in who.identifiers
    ]
    return ", ".join(pairs)
