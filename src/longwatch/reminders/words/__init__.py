"""The words that reach people treated: data files by language, and the text made of them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Annotated, Literal

import yaml
import yamlcore
from pydantic import BaseModel, ConfigDict, Field

from longwatch.reminders.ladder import Ask

Stage = Literal["before", "due", "late", "course", "course_late"]
LANGUAGES = ("en", "es")
"""Languages with a file of words; the first stands in for all that have none."""


class Words(BaseModel):
    """One language; `{…}` are filled in."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    language: str
    months: Annotated[tuple[str, ...], Field(min_length=12, max_length=12)]
    date: str
    subject: str
    hello: str
    hello_name: str
    stages: dict[Stage, str]
    call: str
    unwell: str
    thanks: str
    stop: str
    text: dict[Stage, str]


@dataclass(frozen=True, slots=True)
class Written:
    """What is sent: a subject, the whole text for mail and letter, and a short one for phones."""

    language: str
    subject: str
    text: str
    short: str


def write(
    asks: Sequence[Ask],
    day: date,
    *,
    language: str,
    clinic: str,
    telephone: str,
    greeting: str | None = None,
) -> Written:
    """The words for everything that one person is asked for on a day.

    One window is named, that of the most urgent item: the person calls, or comes once for all.

    Inputs:
        asks: at least one.
        day: the day on which it is read.
        greeting: the name to greet with, where the person agreed to it.

    >>> ask = Ask("p1", "cbc", date(2026, 5, 3), date(2026, 4, 26), date(2026, 5, 10))
    >>> told = write([ask], date(2026, 4, 23), language="en", clinic="MS Day Clinic", telephone="1")
    >>> told.subject
    'Appointment reminder'
    >>> "any day from 26 April 2026 to 10 May 2026" in told.text
    True
    """
    words = words_of(language)
    ask, stage = _most_urgent(asks, day)
    values = {
        "opens": _date(words, ask.opens),
        "closes": _date(words, ask.closes),
        "clinic": clinic,
        "telephone": telephone,
    }
    hello = words.hello if not greeting else words.hello_name.format(name=greeting)
    said = words.stages[stage].format(**values)
    call = words.call.format(**values)
    ending = f"{words.thanks}\n{clinic}\n{telephone}"
    text = "\n\n".join([hello, said, call, words.unwell, ending, words.stop]) + "\n"
    return Written(words.language, words.subject, text, words.text[stage].format(**values))


def stage_of(ask: Ask, day: date) -> Stage:
    """How far an item has come on a day."""
    if ask.course:
        return "course" if day <= ask.closes else "course_late"
    if day > ask.closes:
        return "late"
    return "due" if day >= ask.due else "before"


@cache
def words_of(language: str) -> Words:
    """The words of a language, or those of the first where it has none."""
    name = language if language in LANGUAGES else LANGUAGES[0]
    file = files("longwatch.reminders.words").joinpath(f"{name}.yaml")
    data = yaml.load(file.read_text(encoding="utf-8"), Loader=yamlcore.CCoreLoader)  # noqa: S506
    return Words.model_validate_json(json.dumps(data))


def _most_urgent(asks: Sequence[Ask], day: date) -> tuple[Ask, Stage]:
    order: tuple[Stage, ...] = ("late", "course_late", "due", "course", "before")
    chosen = min(asks, key=lambda ask: (order.index(stage_of(ask, day)), ask.closes))
    return chosen, stage_of(chosen, day)


def _date(words: Words, day: date) -> str:
    return words.date.format(day=day.day, month=words.months[day.month - 1], year=day.year)
