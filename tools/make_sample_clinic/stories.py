"""Reads the named people of `stories.yaml`: what each shows, what is special in their data."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import yaml
from tools.make_sample_clinic.model import Course, Event, Person, Story

STORY_KEYS = frozenset({"shows", "stops", "newest", "values", "extra", "without", "moved"})
PERSON_KEYS = frozenset({"mrn", "who", "sex", "born", "lab", "courses", "given_until"})
OTHER_KEYS = frozenset({"events", "edss", "lacks", "quirks"})


def named_people() -> list[Person]:
    """One person per entry of `stories.yaml`, in its order.

    Raises:
        ValueError: when an entry has a key that nothing reads.
    """
    path = Path(__file__).with_name("stories.yaml")
    return [_person(entry) for entry in yaml.safe_load(path.read_text(encoding="utf-8"))]


def _person(entry: dict[str, Any]) -> Person:
    if unknown := set(entry) - STORY_KEYS - PERSON_KEYS - OTHER_KEYS:
        raise ValueError(f"{entry['mrn']}: nothing reads {sorted(unknown)}")
    family, given = entry["who"].split(", ")
    return Person(
        mrn=entry["mrn"],
        family=family,
        given=given,
        sex=entry["sex"],
        born=entry["born"],
        lab=entry["lab"],
        phase="named",
        courses=tuple(
            Course(number, start, days)
            for number, (start, days) in enumerate(entry.get("courses", []), start=1)
        ),
        story=Story(
            **{key: entry[key] for key in STORY_KEYS & set(entry)},
            events=tuple(_event(row) for row in entry.get("events", [])),
            edss=tuple((day, str(score)) for day, score in entry.get("edss", [])),
            lacks=tuple(entry.get("lacks", [])),
            quirks=frozenset(entry.get("quirks", [])),
        ),
    )


def _event(row: list[Any]) -> Event:
    day, kind, code, *rest = row
    details: dict[str, Any] = rest[0] if rest else {}
    end: date | None = details.get("end")
    return Event(day, kind, code, end, details.get("grade"), details.get("text", ""))
