"""A protocol on the screen: every section in words, with its evidence."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import Any

from longwatch.cli.output import console, wrapped
from longwatch.core.errors import Problem, UsageError
from longwatch.protocols.model import Pack
from longwatch.protocols.model.evidence import Sourced
from longwatch.protocols.words import (
    activity_words,
    before_course_words,
    contraindication_words,
    evidence_words,
    period_words,
    rule_words,
)

_SECTIONS: dict[str, tuple[str, Callable[[Any, Pack], str]]] = {
    "courses": ("Courses", lambda item, pack: _course_words(item)),
    "recurring": ("Tests and examinations that come again", activity_words),
    "before_course": ("Before a course", before_course_words),
    "contraindications": ("Contraindications", contraindication_words),
    "withhold": ("Withhold", contraindication_words),
    "infusion_day": ("The infusion day", lambda item, pack: f"{item.title}: {item.words}"),
    "periods": ("Medicines, diet and other advice", lambda item, pack: period_words(item)),
    "rules": ("Alert rules", rule_words),
    "red_flags": ("Red flags", rule_words),
    "duties": (
        "Duties",
        lambda item, pack: f"{item.title} ({item.who}, {item.when}): {item.words}",
    ),
    "operations": ("The work itself", lambda item, pack: f"{item.title}: {item.trigger}"),
}


def print_pack(pack: Pack) -> None:
    """The whole protocol."""
    screen = console()
    screen.print(f"{pack.title}  ({pack.id} {pack.version}, {pack.state})", style="bold")
    if pack.state == "draft":
        screen.print("Nobody has signed this version.", style="yellow")
    for line in (f"Follows: {pack.follows}", f"Jurisdiction: {pack.jurisdiction}", pack.note):
        if line:
            screen.print(wrapped(line, 2, ""))
    if pack.emergency_number:
        screen.print(f"  Ambulance: {pack.emergency_number.number}")
    months = pack.watch.months_after_last_infusion
    screen.print(f"The watch lasts until {months} months after the last infusion.")
    for section, (title, _) in _SECTIONS.items():
        items = getattr(pack, section)
        if items:
            screen.print()
            screen.print(f"{title} ({len(items)})", style="bold underline")
        for item in items:
            print_item(item, pack)


def print_item(item: Sourced, pack: Pack) -> None:
    """One item in words, its evidence below."""
    screen = console()
    words = item_words(item, pack)
    screen.print(wrapped(words if words.startswith(item.id) else f"{item.id}: {words}", 2, ""))
    for evidence in item.evidence:
        screen.print(wrapped(evidence_words(evidence, pack), 6, "    - "), style="dim")


def item_words(item: Sourced, pack: Pack) -> str:
    """An item of any section in words."""
    for section, (_, words) in _SECTIONS.items():
        if any(item is one for one in getattr(pack, section)):
            return words(item, pack)
    plain = getattr(item, "words", "")
    return f"{item.title}: {plain}" if plain else item.title


def find_item(pack: Pack, wanted: str) -> tuple[str, Sourced]:
    """An item by its id, and its section.

    Raises:
        UsageError: there is none; with what is meant, perhaps.
    """
    known: dict[str, tuple[str, Sourced]] = {}
    for section in type(pack).model_fields:
        part = getattr(pack, section)
        for item in part if isinstance(part, tuple) else (part,):
            if isinstance(item, Sourced):
                known.setdefault(item.id, (section, item))
    for name in (wanted, wanted.upper(), wanted.lower()):
        if name in known:
            return known[name]
    near = get_close_matches(wanted.lower(), {name.lower(): 0 for name in known}, n=3)
    back = {name.lower(): name for name in known}
    how = f"did you mean {' or '.join(back[name] for name in near)}?" if near else ""
    how = how or f"see longwatch protocol show {pack.id}"
    raise UsageError(Problem(f"{pack.id} has no item {wanted!r}", how=how))


def _course_words(course: Any) -> str:
    steps = []
    for step in course.steps:
        days = f"day{'s' if len(step.days) > 1 else ''} {', '.join(map(str, step.days))}"
        steps.append(f"{step.dose.value:g} {step.dose.unit} on {days}")
    gap = ""
    if course.min_months_after_previous:
        gap = f"; at least {course.min_months_after_previous} months after the course before"
    return f"{course.title}: {'; '.join(steps)}{gap}."
