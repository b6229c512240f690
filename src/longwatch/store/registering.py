"""A person becomes known by hand, where no registry of a hospital says who is treated."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from django.db import transaction
from django.utils.timezone import localtime

from longwatch.core.errors import Problem, UsageError
from longwatch.exchange.intake import PatientFact, Person
from longwatch.store.by_hand import MARK, MAY, Doing, follow, note
from longwatch.store.desk import Batch, decide
from longwatch.store.models import Patient
from longwatch.store.roles import acting


@dataclass(frozen=True, slots=True)
class NewPerson:
    """Who it is.

    Inputs:
        number: the hospital's or the clinic's.
        authority: whose number it is, as laboratories send it: by it their results are matched.
        name: `Family, Given`.
        sex: `female`, `male`, `other` or `unknown`.
    """

    number: str
    authority: str
    name: str
    birth_date: date
    sex: str


SEXES = ("female", "male", "other", "unknown")


def alike(who: NewPerson) -> list[Patient]:
    """People of the same day of birth and name, whoever it may be."""
    wanted = _folded(who.name)
    same_day = Patient.objects.filter(birth_date=who.birth_date, joined_into=None)
    return [person for person in same_day if _folded(person.name or "") == wanted]


def register(who: NewPerson, doing: Doing, *, although_alike: bool = False) -> Patient:
    """Makes somebody known.

    Inputs:
        although_alike: a person has looked: it is another one of the same name and birth.

    Raises:
        UsageError: something is missing, the number is somebody's, or somebody is alike; nobody
            was made known then.
    """
    _complete(who)
    found = alike(who)
    if found and not although_alike:
        why = f"{found[0].reference} has this name and day of birth"
        how = "look whether it is the same person; if not, say so below"
        raise UsageError(Problem("somebody like this is known", why=why, how=how))
    person = Person(
        ((who.authority.strip(), who.number.strip()),), who.name.strip(), who.birth_date, who.sex
    )
    fact = PatientFact(person, str(who), f"{MARK}{doing['by']}", doing["at"])
    local = localtime(doing["at"], doing["reception"].zone).replace(tzinfo=None)
    with transaction.atomic():
        acting(doing["by"], MAY, doing["at"])
        made = decide(Batch([fact], MARK.strip(), MARK.strip(), local), doing["reception"].manner)
        if made.holds_again or not made.account.filed:
            why = made.still_held or "this number is somebody's already"
            raise UsageError(Problem("nobody was made known", why=why, how="search for the number"))
        (reference,) = made.write(doing["at"], None, doing["by"])
        patient = Patient.objects.get(reference=reference)
        note(patient, "made known by hand", {"authority": who.authority}, doing)
        follow(patient, {"patients": 1}, doing)
    return patient


def _complete(who: NewPerson) -> None:
    missing = [
        words
        for words, value in (
            ("the number", who.number),
            ("whose number it is", who.authority),
            ("the name", who.name),
        )
        if not value.strip()
    ]
    if missing:
        raise UsageError(Problem(f"{' and '.join(missing)} is missing", how="fill it in"))
    if who.sex not in SEXES:
        raise UsageError(Problem("no sex was chosen", how=f"one of {', '.join(SEXES)}"))


def _folded(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
