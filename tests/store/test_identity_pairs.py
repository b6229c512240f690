"""H26, H27, G9: people who are easily mixed up send results; none is filed to the wrong person.

The truth is known for every message because the person who sent it is generated; what counts is
where the store files it. Short by default, 100 000 pairs as a campaign.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from datetime import date, timedelta

import pytest
from django.db import transaction
from tests.store.people import MORNING, believe_the_registry

from longwatch.core.record import Record
from longwatch.exchange.intake import LOINC, Code, Person, ResultFact
from longwatch.exchange.matching import names_agree
from longwatch.store.desk import Batch, Manner, decide
from longwatch.store.merging import join
from longwatch.store.record_in import write_record

GIVEN = ["Ann", "Anna", "Eve", "Maria", "Marie", "Jon", "John", "Kim", "Kima", "José", "Zoë"]
FAMILY = ["Roe", "Doe", "Müller", "O'Hara", "Smith-Jones", "Lee", "Leigh", "van Dam"]
AUTHORITIES = ["https://a.example/mrn", "https://b.example/mrn"]
KINDS = ["same", "typo", "reused", "cross", "swapped", "birth", "both", "bare"]
MESSAGE = 200
"""Results decided in one go: as many people at hand as one batch of a laboratory has."""


@dataclass(frozen=True)
class Known:
    """Somebody of the clinic, with the reference under which the store knows them."""

    reference: str
    person: Person


def clinic(dice, size):
    """Half of everybody has a twin: family name, birth date and sex alike, neighbouring numbers."""
    people = []
    for number in range(0, size, 2):
        family = dice.choice(FAMILY)
        born = date(1960, 1, 1) + timedelta(days=dice.randrange(15_000))
        sex, authority = dice.choice(["female", "male"]), dice.choice(AUTHORITIES)
        twins = dice.random() < 0.5
        given = dice.sample(GIVEN, 2)
        for place in (0, 1):
            if place and not twins:
                family, born = dice.choice(FAMILY), born + timedelta(days=dice.randrange(900))
                sex = dice.choice(["female", "male"])
            person = Person(
                ((authority, f"{number + place:06}"),), f"{family}, {given[place]}", born, sex
            )
            people.append(Known(f"r{number + place}", person))
    return people


def register(people):
    columns = {
        "patient": [one.reference for one in people],
        "birth_date": [one.person.birth_date for one in people],
        "sex": [one.person.sex for one in people],
        "name": [one.person.name for one in people],
    }
    numbers = {
        "authority": [one.person.identifiers[0][0] for one in people],
        "value": [one.person.identifiers[0][1] for one in people],
        "patient": columns["patient"],
    }
    record = Record.from_tables(patients=columns, identifiers=numbers)
    write_record(record, source="registry", at=MORNING)


def sent(dice, people, one):
    """What is sent of somebody (and who that is), with one mistake."""
    kind = dice.choice(KINDS)
    person, ((authority, value),) = one.person, one.person.identifiers
    other = dice.choice(people)
    if kind == "typo":
        place = dice.randrange(len(value))
        wrong = value[:place] + dice.choice("0123456789") + value[place + 1 :]
        return replace(person, identifiers=((authority, wrong),))
    if kind == "reused":
        return replace(other.person, identifiers=person.identifiers)
    if kind == "cross":
        foreign = AUTHORITIES[authority == AUTHORITIES[0]]
        return replace(person, identifiers=((foreign, value),))
    if kind == "swapped":
        family, _, given = person.name.partition(", ")
        return replace(person, name=f"{given}, {family}")
    if kind == "birth":
        return replace(person, birth_date=person.birth_date + timedelta(days=dice.choice([-1, 1])))
    if kind == "both":
        return replace(person, identifiers=(*person.identifiers, *other.person.identifiers))
    if kind == "bare":
        return replace(person, identifiers=(("", value),))
    return person


def is_that_person(person, known):
    """Whether filing it to this patient is right: a number of theirs, nothing contradicting."""
    mine = known.person
    return (
        bool(set(person.identifiers) & set(mine.identifiers))
        and person.birth_date == mine.birth_date
        and person.sex == mine.sex
        and names_agree(person.name, mine.name)
    )


def fact(person, number):
    return ResultFact(
        person,
        date(2026, 6, 2),
        (Code(LOINC, "777-3"),),
        "240",
        "10*9/L",
        None,
        None,
        None,
        "final",
        f"lab|{number}",
        None,
        None,
        "",
        f"m:{number}",
    )


def campaign(pairs, size):
    dice = random.Random(20261122)
    people = clinic(dice, size)
    register(people)
    by_reference = {one.reference: one for one in people}
    true, filed_true, wrong = 0, 0, []
    number = 0
    while number < pairs:
        asked = []
        for _ in range(min(MESSAGE, pairs - number)):
            one = dice.choice(people)
            asked.append((number, one, sent(dice, people, one)))
            number += 1
        facts = [fact(person, place) for place, _, person in asked]
        made = decide(Batch(facts, "m", "hl7", MORNING.replace(tzinfo=None)), Manner())
        found = {
            row["source"]: row["patient"]
            for patient in made._shelves[0].loaded()
            for row in made._shelves[0].rows(patient)
        }
        assert made.account.conserved
        for place, one, person in asked:
            patient = found.get(f"lab|{place}")
            if person == one.person:
                true += 1
                filed_true += patient == one.reference
            if patient is not None and not is_that_person(person, by_reference[patient]):
                wrong.append((person, patient))
    return true, filed_true, wrong


def test_G9_of_two_thousand_pairs_none_is_filed_to_the_wrong_person(store):
    true, filed, wrong = campaign(2_000, 600)

    assert wrong == []
    assert filed == true > 100


@pytest.mark.campaign
def test_G9_of_a_hundred_thousand_pairs_none_is_filed_to_the_wrong_person(store):
    true, filed, wrong = campaign(100_000, 4_000)

    print(f"{true} with number and demographics right, {filed} of them filed; wrong: {len(wrong)}")
    assert wrong == []
    assert filed == true


def test_twins_who_were_merged_by_mistake_are_filed_by_their_own_numbers_again(store):
    dice = random.Random(1)
    people = clinic(dice, 2)
    register(people)
    believe_the_registry()
    with transaction.atomic():
        join("r0", "r1", author="ann", reason="a mistake", at=MORNING)

    with transaction.atomic():
        facts = [fact(one.person, place) for place, one in enumerate(people)]
        made = decide(Batch(facts, "m", "hl7", MORNING.replace(tzinfo=None)), Manner())

    assert [made._shelves[0].rows(name)[0]["source"] for name in ("r0", "r1")] == ["lab|0", "lab|1"]
