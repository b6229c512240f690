"""Who is meant: ten thousand pairs of people that are easily mixed up, none filed wrongly."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import date, timedelta

import pytest

from longwatch.exchange.intake import Person
from longwatch.exchange.matching import People, names_agree

GIVEN = ["Ann", "Anna", "Eve", "Maria", "Marie", "Jon", "John", "Kim", "Kima", "José", "Zoë"]
FAMILY = ["Roe", "Doe", "Müller", "O'Hara", "Smith-Jones", "Lee", "Leigh", "van Dam"]
AUTHORITIES = ["https://a.example/mrn", "https://b.example/mrn"]


def somebody(dice: random.Random, number: int) -> Person:
    return Person(
        identifiers=((dice.choice(AUTHORITIES), f"{number:06}"),),
        name=f"{dice.choice(FAMILY)}, {dice.choice(GIVEN)}",
        birth_date=date(1960, 1, 1) + timedelta(days=dice.randrange(15_000)),
        sex=dice.choice(["female", "male"]),
    )


def typing_error(dice: random.Random, value: str) -> str:
    place = dice.randrange(len(value) - 1)
    swapped = value[:place] + value[place + 1] + value[place] + value[place + 2 :]
    return dice.choice([swapped, value[:place] + dice.choice("0123456789") + value[place + 1 :]])


def clinic(dice: random.Random, size: int) -> tuple[People, dict[str, Person]]:
    people, truth = People(), {}
    for number in range(0, size, 2):
        one = somebody(dice, number)
        # Half of the clinic are twins: same birth date, family name, sex; another given name.
        family = (one.name or "").partition(",")[0]
        given = dice.choice([g for g in GIVEN if g not in (one.name or "")])
        other = somebody(dice, number + 1)
        if dice.random() < 0.5:
            other = replace(
                other, name=f"{family}, {given}", birth_date=one.birth_date, sex=one.sex
            )
        for person in (one, other):
            match, _ = people.register(person)
            truth[match.patient or ""] = person
    return people, truth


def test_ten_thousand_pairs_easily_mixed_up_and_not_one_filed_wrongly():
    dice = random.Random(20250610)
    people, truth = clinic(dice, 4_000)
    patients = sorted(truth)
    wrong, right, true_matches = [], 0, 0
    for _ in range(10_000):
        patient = dice.choice(patients)
        person = truth[patient]
        ((authority, value),) = person.identifiers
        kind = dice.choice(["same", "typo", "reused", "cross", "swapped"])
        sent = person
        if kind == "typo":
            sent = replace(person, identifiers=((authority, typing_error(dice, value)),))
        elif kind == "reused":
            sent = replace(truth[dice.choice(patients)], identifiers=person.identifiers)
        elif kind == "cross":
            other = AUTHORITIES[authority == AUTHORITIES[0]]
            sent = replace(person, identifiers=((other, value),))
        elif kind == "swapped":
            family, _, given = (person.name or "").partition(", ")
            sent = replace(person, name=f"{given}, {family}")
        found = people.match(sent).patient
        really = next(
            (
                p
                for p in [patient]
                if replace(sent, identifiers=(), name=None)
                == replace(person, identifiers=(), name=None)
                and names_agree(sent.name, person.name)
            ),
            None,
        )
        if found is not None and found != really:
            wrong.append((kind, sent, found))
        if kind in ("same", "swapped"):
            true_matches += 1
            right += found == patient
    assert wrong == []
    assert right / true_matches >= 0.95


@pytest.mark.parametrize(
    ("one", "other", "agree"),
    [
        ("Roe, Ann", "Roe, Ann", True),
        ("Roe, Ann", "Roe, A", True),
        ("Roe, Ann Maria", "Doe, Ann", True),
        ("Roe, José", "ROE, JOSE", True),
        ("Roe, Ann", "Ann, Roe", True),
        ("Roe, Ann", "Roe, Anna", False),
        ("Roe, Ann", "Roe, Eve", False),
        ("Roe, Ann", None, True),
        ("Roe, Ann", "", True),
        ("Roe", "Doe", False),
        ("Ann Roe", "Roe, Ann", True),
    ],
)
def test_names_can_only_show_that_a_number_is_wrong(one, other, agree):
    assert names_agree(one, other) is agree
    assert names_agree(other, one) is agree


def test_a_bare_number_is_taken_for_our_own_only_with_the_birth_date():
    born = date(1990, 5, 1)
    people = People.of([{"patient": "7", "birth_date": born}], [])
    bare = Person(identifiers=(("", "7"),))
    assert people.match(bare).reason == "unknown-patient"
    assert people.match(replace(bare, birth_date=born)).patient == "7"
    assert people.match(replace(bare, birth_date=date(1991, 5, 1))).patient is None


def test_numbers_that_lead_to_two_people_are_nobodys():
    people = People()
    for number in ("1", "2"):
        people.register(Person(identifiers=(("H", number),)))
    both = Person(identifiers=(("H", "1"), ("H", "2")))
    assert people.match(both).reason == "identity-conflict"


def test_a_number_without_an_authority_can_be_found_again():
    people = People()
    who = Person(identifiers=(("", "55"),), birth_date=date(1990, 1, 1))
    people.register(who)
    assert people.match(who).patient == "55"
    again = People.of(people.rows.values(), people.identifier_rows())
    assert again.match(who).patient == "55"
