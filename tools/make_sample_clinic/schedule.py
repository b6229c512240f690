"""When people come: infusion courses laid on weekdays, and the days on which blood is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import AS_OF, Course, Person
from tools.make_sample_clinic.numbers import numbers

from longwatch.core.dates import add_months

MONTHLY: tuple[str, ...] = tuple(numbers()["panels"]["monthly"])
BASELINE = (*MONTHLY, *numbers()["panels"]["baseline_too"])
WATCH_MONTHS = 48
URINE_ONLY = -98
PREPARED_WITHIN = 28


@dataclass(frozen=True)
class Visit:
    """One draw: `item` is the month it answers, 0 for the baseline before course 1."""

    day: date
    item: int
    tests: tuple[str, ...]


def monday_from(day: date) -> date:
    """The first Monday on or after `day`."""
    return day + timedelta(days=-day.weekday() % 7)


def weekday_near(day: date) -> date:
    """Laboratories draw from Monday to Friday: Saturday moves to Friday, Sunday to Monday."""
    return day + timedelta(days={5: -1, 6: 1}.get(day.weekday(), 0))


def next_course(courses: tuple[Course, ...]) -> Course:
    """The course a year after the newest one: three days from a Monday on."""
    last = last_day(courses[-1])
    return Course(courses[-1].number + 1, monday_from(add_months(last, 12)), 3)


def last_day(course: Course) -> date:
    """The last of the course's days in a row."""
    return course.start + timedelta(days=course.days - 1)


def month_near(first: date, day: date) -> int:
    """The month of the watch whose due day lies nearest to `day`."""
    return min(range(1, 120), key=lambda item: abs(add_months(first, item) - day))


def visits(person: Person) -> list[Visit]:
    """Every draw of this person up to `AS_OF`, oldest first, before any story changes it."""
    dice = Dice(numbers()["seed"], person.mrn, "visits")
    # The baseline of a later course answers its month too.
    baselines = [
        prepared_on(course, (9, 16) if course.number == 1 else (3, 6), dice)
        for course in person.courses
    ]
    found = [
        Visit(day, month_near(person.courses[0].start, day) if number else 0, BASELINE)
        for number, day in enumerate(baselines)
        if day <= AS_OF
    ]
    given = [course for course in person.courses if course.start <= AS_OF]
    if given:
        found += _monthly(person, given, baselines, dice)
    return sorted(found, key=lambda visit: visit.day)


def prepared_on(course: Course, usual: tuple[int, int], dice: Dice) -> date:
    """A weekday before the course, `usual` days ahead of it.

    What is booked within the next weeks is prepared early, so that on `AS_OF` it is done already.
    """
    before = dice.whole(*usual)
    until_course = (course.start - AS_OF).days
    if 0 < until_course < PREPARED_WITHIN:
        before = min(max(before, until_course + dice.whole(2, 6)), PREPARED_WITHIN)
    return weekday_near(course.start - timedelta(days=before))


def _monthly(person: Person, given: list[Course], baselines: list[date], dice: Dice) -> list[Visit]:
    habits = numbers()["habits"]
    first = given[0].start
    end = add_months(last_day(given[-1]), WATCH_MONTHS)
    found: list[Visit] = []
    item = 0
    while (due := add_months(first, (item := item + 1))) <= min(end, AS_OF + timedelta(days=7)):
        day = weekday_near(due + timedelta(days=dice.whole(*habits["day_of_item"])))
        late, missed = (
            dice.chance(habits["late"]["chance"]),
            dice.chance(habits["missed"]["chance"]),
        )
        late_day = weekday_near(due + timedelta(days=dice.whole(*habits["late"]["days"])))
        no_urine = dice.chance(habits["partial"]["chance"])
        opens, closes = due - timedelta(days=7), due + timedelta(days=7)
        if any(opens <= baseline <= closes for baseline in baselines[1:]):
            continue
        tests = [*MONTHLY, *(["tsh"] if item % 3 == 0 else [])]
        kept = person.phase == "named" or due > add_months(AS_OF, -habits["recent_items_kept"])
        if not kept and missed and item % 3:
            continue
        if not kept and late:
            day = late_day
        if day > AS_OF:
            continue
        if not kept and no_urine:
            urine = [test for test in tests if test.startswith("urine")]
            found.append(Visit(weekday_near(day + timedelta(days=3)), URINE_ONLY, tuple(urine)))
            tests = [test for test in tests if test not in urine]
        found.append(Visit(day, item, tuple(tests)))
    return found
