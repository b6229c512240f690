"""Who there is: the named people of `stories.yaml`, and ordinary people over every phase."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import AS_OF, Course, Person
from tools.make_sample_clinic.numbers import numbers
from tools.make_sample_clinic.schedule import monday_from, next_course
from tools.make_sample_clinic.stories import named_people

from longwatch.core.dates import add_months


def everybody() -> list[Person]:
    """All people of the clinic, by medical record number."""
    named = named_people()
    taken = {person.mrn for person in named}
    free = (f"N{number}" for number in range(1001, 9999))
    numbers_left = (mrn for mrn in free if mrn not in taken)
    people = list(named)
    for phase, plan in numbers()["roster"].items():
        people += [_ordinary(phase, plan, next(numbers_left)) for _ in range(plan["people"])]
    return sorted(people, key=lambda person: person.mrn)


def _ordinary(phase: str, plan: dict[str, Any], mrn: str) -> Person:
    dice = Dice(numbers()["seed"], mrn, "person")
    names = numbers()["names"]
    female = dice.chance(names["share_female"])
    labs = [lab for lab, weight in plan["labs"].items() for _ in range(weight)]
    index = int(mrn[1:])
    return Person(
        mrn=mrn,
        family=names["families"][index * 7 % len(names["families"])],
        given=dice.one_of(names["female" if female else "male"]),
        sex="female" if female else "male",
        born=date(dice.whole(1972, 2001), dice.whole(1, 12), dice.whole(1, 28)),
        lab=dice.one_of(labs),
        phase=phase,
        courses=_courses(phase, plan["months"], dice),
    )


def _courses(phase: str, months: list[int], dice: Dice) -> tuple[Course, ...]:
    """The courses that put somebody into this phase on `AS_OF`; those after it are planned."""
    if phase == "screening":
        return (Course(1, monday_from(AS_OF + timedelta(days=dice.whole(2, 45))), 5),)
    back = add_months(AS_OF, -dice.whole(*months))
    courses = (Course(1, monday_from(back - timedelta(days=dice.whole(7, 27))), 5),)
    if phase in ("first-months", "gap-year", "interrupted"):
        return courses
    courses += (next_course(courses),)
    if phase == "third-course":
        third = next_course(courses)
        courses += (third,) if third.start <= AS_OF else ()
    return courses
