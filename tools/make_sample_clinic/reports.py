"""From visits to laboratory reports: values printed as each laboratory prints them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

from tools.make_sample_clinic.model import AS_OF, Cell, Draw, Person
from tools.make_sample_clinic.numbers import numbers
from tools.make_sample_clinic.physiology import Body
from tools.make_sample_clinic.schedule import Visit
from tools.make_sample_clinic.visits import visits_of

ILLNESS_DAYS = 45
STORY_OPTIONS = ("lab", "reported", "quirks")


def reports_of(person: Person) -> list[Draw]:
    """Every report of the laboratories about this person, in the order in which they were sent."""
    body = Body(person)
    found: list[Draw] = []
    for index, (position, visit) in enumerate(_positions(visits_of(person, body))):
        told = {**person.story.values.get(visit.item, {}), **person.story.values.get(position, {})}
        missing = {
            *person.story.without.get(visit.item, []),
            *person.story.without.get(position, []),
        }
        values = {test: body.shows(test, visit.day) for test in visit.tests if test != "wbc"}
        values |= _between_extras(person, visit.day, values) | told
        if "wbc" in visit.tests:
            values["wbc"] = _white_cells(values)
        missing |= set(person.story.extra.get(visit.day, {}))
        kept = {test: value for test, value in values.items() if test not in missing}
        found += _printed(person, visit.day, person.lab[index % len(person.lab)], kept)
    for day, told in person.story.extra.items():
        lab = told.get("lab", person.lab[0])
        tests = {test: value for test, value in told.items() if test not in STORY_OPTIONS}
        found += _printed(person, day, lab, tests, told.get("reported"), told.get("quirks", ()))
    return sorted(found, key=lambda draw: (draw.reported, draw.day))


def _positions(visits: list[Visit]) -> Iterator[tuple[int, Visit]]:
    """Each visit with its place from the end among the monthly ones: -1 is the newest."""
    months = [visit.day for visit in visits if visit.item > 0]
    for visit in visits:
        yield (months.index(visit.day) - len(months) if visit.item > 0 else 0), visit


def _between_extras(person: Person, day: date, values: dict[str, Any]) -> dict[str, Any]:
    """What an ordinary draw shows in the middle of an illness told by the reports around it."""
    told: dict[str, Any] = {}
    days = sorted(person.story.extra)
    for before, after in pairwise(days):
        if before <= day <= after and (after - before).days <= ILLNESS_DAYS:
            for test in values:
                pair = (person.story.extra[before].get(test), person.story.extra[after].get(test))
                if all(isinstance(value, (int, float)) for value in pair):
                    share = (day - before) / (after - before)
                    told[test] = pair[0] + share * (pair[1] - pair[0])
    return told


def _white_cells(values: dict[str, Any]) -> float:
    parts = (values.get(test, 0.0) for test in ("neutrophils", "lymphocytes"))
    others: float = numbers()["other_leukocytes"]
    return others + sum(part for part in parts if isinstance(part, (int, float)))


def _printed(
    person: Person,
    day: date,
    lab: str,
    values: dict[str, Any],
    reported: date | None = None,
    quirks: list[str] | tuple[str, ...] = (),
) -> list[Draw]:
    """The report of a day, and one more for each result that came in several versions."""
    first = reported or min(day + timedelta(days=1), AS_OF)
    cells: dict[date, list[Cell]] = {first: []}
    for test, told in values.items():
        for version in told if isinstance(told, list) else [told]:
            after = version.get("after", 0) if isinstance(version, dict) else 0
            sent = first + timedelta(days=after)
            cells.setdefault(sent, []).append(print_cell(lab, test, person.sex, version))
    return [
        Draw(person.mrn, day, sent, lab, tuple(row), frozenset(quirks))
        for sent, row in sorted(cells.items())
        if row
    ]


def print_cell(lab: str, test: str, sex: str, told: Any) -> Cell:
    """One result as this laboratory writes it.

    Inputs:
        told: a number in the catalogue's unit, a word, or what a story says of it.
    """
    style = numbers()["labs"][lab][test]
    details = told if isinstance(told, dict) else {}
    value = details.get("value", details.get("text", told))
    text = value if isinstance(value, str) else _number(value, style)
    low, high = style.get("limits") or style.get(sex) or style.get("female") or ("", "")
    decimals = style.get("decimals", 0)
    return Cell(
        test=test,
        text=style.get("words", {}).get(text, text),
        unit=details.get("unit", style["unit"]),
        low=f"{low:.{decimals}f}" if low != "" else "",
        high=f"{high:.{decimals}f}" if high != "" else "",
        status=details.get("status", "final"),
        flag=details.get("flag", ""),
        code=style.get("code", ""),
    )


def _number(value: float, style: dict[str, Any]) -> str:
    return f"{value * style.get('factor', 1):.{style['decimals']}f}"
