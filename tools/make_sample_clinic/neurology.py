"""What the neurologist keeps: EDSS, relapses, diseases found. Invented, not modeled.

A level that now and then takes a lasting step, a relapse that raises it for a while, and half a
point of disagreement between two examinations. The mechanism is modeled elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from tools.make_sample_clinic.dice import Dice
from tools.make_sample_clinic.model import AS_OF, Event, Person
from tools.make_sample_clinic.numbers import numbers
from tools.make_sample_clinic.schedule import weekday_near

from longwatch.core.dates import add_months

STEP = 0.5


@dataclass(frozen=True)
class Neurology:
    """Days with an EDSS as it was written, relapses, diseases found and treated; to `AS_OF`."""

    edss: list[tuple[date, str]]
    relapses: list[Event]
    found: list[Event]


def neurology_of(person: Person) -> Neurology:
    """The visits to the neurologist of one person; none for somebody without a course."""
    first = person.first
    if first is None:
        return Neurology([], [], [])
    told = numbers()["neurology"]
    dice = Dice(numbers()["seed"], person.mrn, "neurology")
    until = min(AS_OF, person.story.stops or AS_OF)
    relapses = _relapses(first, until, told, dice)
    level = float(dice.one_of(told["edss_at_start"]))
    scores = list(person.story.edss)
    for day in _visits(first, until, told, dice):
        if day > first and dice.chance(told["lasting_rise"]):
            level += 2 * STEP
        elif day > first and dice.chance(told["lasting_fall"]):
            level -= 2 * STEP
        near = any(timedelta(0) <= day - one.day <= _days(told["relapse_felt"]) for one in relapses)
        shown = level + STEP * dice.one_of(told["disagreement"]) + (told["relapse_rise"] * near)
        level = min(max(level, 0.0), told["edss_at_most"])
        scores.append((day, f"{min(max(shown, 0.0), told['edss_at_most']):.1f}"))
    return Neurology(sorted(scores), relapses, _diseases(first, until, told, dice))


def _visits(first: date, until: date, told: dict[str, Any], dice: Dice) -> list[date]:
    """A visit before the first course and every few months after it, some missed."""
    days = [weekday_near(first - timedelta(days=dice.whole(*told["before_first"])))]
    month = 0
    while (due := add_months(first, (month := month + told["every_months"]))) <= until:
        day = weekday_near(due + timedelta(days=dice.whole(*told["around_due"])))
        if not dice.chance(told["missed"]):
            days.append(day)
    return [day for day in days if day <= until]


def _relapses(first: date, until: date, told: dict[str, Any], dice: Dice) -> list[Event]:
    """Those of the year before, which led to the treatment, and a few after it."""
    days = [
        first - timedelta(days=dice.whole(*told["days_before"]))
        for _ in range(dice.one_of(told["relapses_before"]))
    ]
    month = first
    while (month := add_months(month, 1)) <= until:
        if dice.chance(told["relapse_in_a_month"]):
            days.append(month - timedelta(days=dice.whole(0, 27)))
    lasts = _days(told["relapse_lasts"])
    return [
        Event(day, "relapse", "relapse", day + lasts if day + lasts <= AS_OF else None)
        for day in sorted(days)
        if day <= until
    ]


def _diseases(first: date, until: date, told: dict[str, Any], dice: Dice) -> list[Event]:
    """At most one of each, from half a year after the first course on."""
    events = []
    for code, chance in told["found_in_a_month"].items():
        month = add_months(first, 6)
        while (month := add_months(month, 1)) <= until:
            if dice.chance(chance):
                events.append(Event(weekday_near(month - timedelta(days=3)), "diagnosis", code))
                break
    return events


def _days(days: int) -> timedelta:
    return timedelta(days=days)
