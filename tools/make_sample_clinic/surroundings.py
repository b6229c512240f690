"""What surrounds the monthly draws: screening before treatment, yearly examinations, forms.

The words are those of the protocol packs (`skin-exam`, `rems-status`, …). `lacks` in a story takes
one of them away or turns it bad.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import AS_OF, Draw, Event, Person
from tools.make_sample_clinic.numbers import numbers
from tools.make_sample_clinic.reports import print_cell
from tools.make_sample_clinic.schedule import WATCH_MONTHS, last_day, prepared_on, weekday_near

from longwatch.core.dates import add_months

SEROLOGY = {
    "vzv_igg": "positive",
    "hiv": "negative",
    "hepatitis_b": "negative",
    "hepatitis_c": "negative",
    "tb_igra": "negative",
}
TURNED_BAD = {"hiv-negative": "hiv", "hepatitis-b-negative": "hepatitis_b"}
NOT_DONE = {"vzv": "vzv_igg", "tb": "tb_igra"}


@dataclass(frozen=True)
class Surroundings:
    """Hospital laboratory reports, registry entries, and lines of the clinic's own list."""

    draws: list[Draw]
    registry: list[Event]
    clinic: list[Event]


def surroundings_of(person: Person) -> Surroundings:
    """Everything about this person beside the monthly draws, up to `AS_OF`."""
    first = person.first
    if first is None:
        own = [event for event in person.story.events if event.kind != "diagnosis"]
        return Surroundings([], [], own)
    dice = Dice(numbers()["seed"], person.mrn, "surroundings")
    draws = _screening(person, first) + _pregnancy_tests(person, dice)
    registry = [_diagnosis(first, dice), *_vaccinations(person, first)]
    clinic = _forms_before(person, first, dice)
    skin = [] if "skin" in person.story.lacks else [first - timedelta(days=dice.whole(30, 60))]
    skin += _series(person, 12, (-15, 20), dice)
    registry += [Event(weekday_near(day), "procedure", "skin-exam") for day in skin]
    draws += [
        _hpv(person, day) for day in _series(person, 12, (-15, 20), dice) if _may_need_hpv(person)
    ]
    clinic += [Event(day, "note", "rems-status") for day in _series(person, 6, (-7, 10), dice)]
    for event in person.story.events:
        (registry if event.kind == "diagnosis" else clinic).append(event)
    return Surroundings(
        [draw for draw in draws if draw.day <= AS_OF],
        [event for event in registry if event.day <= AS_OF],
        [event for event in clinic if event.day <= AS_OF],
    )


def _may_need_hpv(person: Person) -> bool:
    return person.sex == "female"


def _series(person: Person, months: int, spread: tuple[int, int], dice: Dice) -> list[date]:
    """One day near each `months`-th month of the watch, for people who are being watched."""
    given = [course for course in person.courses if course.start <= AS_OF]
    if not given:
        return []
    end = min(add_months(last_day(given[-1]), WATCH_MONTHS), AS_OF + timedelta(days=30))
    if "recent-forms" in person.story.lacks and person.story.stops:
        end = person.story.stops
    days = []
    month = 0
    while (due := add_months(given[0].start, (month := month + months))) <= end:
        days.append(weekday_near(due + timedelta(days=dice.whole(*spread))))
    return days


def _screening(person: Person, first: date) -> list[Draw]:
    told = dict(SEROLOGY)
    if _may_need_hpv(person):
        told["hpv"] = "negative"
    for lack in person.story.lacks:
        if lack in TURNED_BAD:
            told[TURNED_BAD[lack]] = "positive"
        told.pop(NOT_DONE.get(lack, ""), None)
    day = weekday_near(first - timedelta(days=70))
    cells = tuple(print_cell("A", test, person.sex, word) for test, word in told.items())
    return [Draw(person.mrn, day, day + timedelta(days=1), "A", cells)]


def _pregnancy_tests(person: Person, dice: Dice) -> list[Draw]:
    if person.sex != "female":
        return []
    word = "positive" if "not-pregnant" in person.story.lacks else "negative"
    days = [prepared_on(course, (10, 14), dice) for course in person.courses]
    return [
        Draw(person.mrn, day, min(day, AS_OF), "A", (print_cell("A", "hcg", person.sex, word),))
        for day in days
    ]


def _hpv(person: Person, day: date) -> Draw:
    reported = min(day + timedelta(days=6), AS_OF)
    cell = print_cell("A", "hpv", person.sex, "negative")
    return Draw(person.mrn, day, reported, "A", (cell,))


def _diagnosis(first: date, dice: Dice) -> Event:
    return Event(first - timedelta(days=dice.whole(500, 4500)), "diagnosis", "ms")


def _vaccinations(person: Person, first: date) -> list[Event]:
    days = [first - timedelta(days=160), first - timedelta(days=95)]
    if "vaccines-in-time" in person.story.lacks:
        days.append(first - timedelta(days=20))
    return [Event(weekday_near(day), "vaccination", "187") for day in days]


def _forms_before(person: Person, first: date, dice: Dice) -> list[Event]:
    forms = [Event(first - timedelta(days=60), "note", "vaccines-complete")]
    if "rems" not in person.story.lacks:
        forms.append(Event(first - timedelta(days=45), "note", "rems-enrollment"))
    forms += [
        Event(prepared_on(course, (9, 11), dice), "note", "rems-authorization")
        for course in person.courses
        if "rems" not in person.story.lacks
    ]
    return forms
