"""The visits of one person as they took place: the plan of `schedule`, changed by the story."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

from tools.make_sample_clinic.model import AS_OF, Person
from tools.make_sample_clinic.physiology import Body
from tools.make_sample_clinic.schedule import (
    MONTHLY,
    Visit,
    last_day,
    month_near,
    visits,
    weekday_near,
)

from longwatch.core.dates import add_months

RELEASED_AT = 200
WINDOW = timedelta(days=7)
CD4_ONLY = -99


def visits_of(person: Person, body: Body) -> list[Visit]:
    """Every visit of this person up to `AS_OF`, oldest first.

    The story moves, stops and thins out visits; CD4 counts are added month by month until one is
    high enough, as a clinic does that waits for the end of the antiviral.
    """
    planned = [_changed(person, visit) for visit in visits(person)]
    newest = person.story.newest
    if newest:
        planned = [visit for visit in planned if visit.day < newest - WINDOW]
        item = month_near(person.courses[0].start, newest)
        tests = [*MONTHLY, *(["tsh"] if item % 3 == 0 or "tsh" in told_of_newest(person) else [])]
        planned.append(Visit(newest, item, tuple(tests)))
    if person.story.stops:
        planned = [visit for visit in planned if visit.day <= person.story.stops]
    kept = sorted((visit for visit in planned if visit.day <= AS_OF), key=lambda visit: visit.day)
    return _with_cd4(person, body, kept)


def told_of_newest(person: Person) -> dict[str, Any]:
    """What the story says of the newest draw."""
    return person.story.values.get(-1, {})


def _changed(person: Person, visit: Visit) -> Visit:
    days = person.story.moved.get(visit.item, 0)
    return replace(visit, day=weekday_near(visit.day + timedelta(days=days)))


def _with_cd4(person: Person, body: Body, kept: list[Visit]) -> list[Visit]:
    """Adds CD4 to the visit in each month's window, or a visit of its own where there is none.

    Months count from the first course that still waits for a count that is high enough.
    """
    found = list(kept)
    given = [course for course in person.courses if course.start <= AS_OF]
    waiting_since: date | None = None
    month = 2
    for number, course in enumerate(given):
        later = given[number + 1 :]
        until = later[0].start if later else AS_OF + 2 * WINDOW
        if waiting_since is None:
            waiting_since, month = course.start, 2
        while (due := add_months(waiting_since, month)) < until:
            month += 1
            day = _cd4_drawn(found, due, min(AS_OF, person.story.stops or AS_OF))
            if day and day > last_day(course) and float(body.shows("cd4", day)) >= RELEASED_AT:
                waiting_since = None
                break
    return sorted(found, key=lambda visit: visit.day)


def _cd4_drawn(found: list[Visit], due: date, limit: date) -> date | None:
    """Puts a CD4 count into the visits and says on which day; None when nobody came."""
    near = [visit for visit in found if abs(visit.day - due) <= WINDOW and visit.item > 0]
    if near:
        found[found.index(near[0])] = replace(near[0], tests=(*near[0].tests, "cd4"))
        return near[0].day
    day = weekday_near(due)
    if day > limit:
        return None
    found.append(Visit(day, CD4_ONLY, ("cd4",)))
    return day
