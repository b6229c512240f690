"""A value held against each constraint of a leg, and how far it meets it."""

from __future__ import annotations

import math

from longwatch.protocols.model import TestCondition
from longwatch.protocols.words import condition_words
from longwatch.protocols.words_values import counted, number_words
from longwatch.watch.charting import reference
from longwatch.watch.explain_chart import Dossier, shown
from longwatch.watch.explain_rows import interval_words, result_at
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import NO_BASELINE
from longwatch.watch.judging import (
    bounds,
    change,
    in_a_row,
    is_new,
    judge,
    limit_of,
    limits,
    reference_place,
)
from longwatch.watch.logic import FALSE, TRUE, UNDECIDED
from longwatch.watch.program import FALL, RISE

ANSWER_WORDS = {FALSE: "not met", UNDECIDED: "undecided", TRUE: "met"}
_PLAIN = {
    "below": None, "at_most": None, "above": None, "at_least": None, "below_limit": None,
    "above_limit": None, "fall": None, "rise": None, "new": False, "consecutive": 1,
}  # fmt: skip


def places_of(dossier: Dossier, leg: int) -> range:
    """Places of the chart with values of a test leg's test, by date."""
    test = dossier.view.program.book.legs.test[leg]
    return range(dossier.view.chart.values.at[test], dossier.view.chart.values.at[test + 1])


def judged_at(dossier: Dossier, leg: int, place: int, raised: int) -> int:
    """How far a value meets a leg, as the kernel judges it."""
    book, sex = dossier.view.program.book, dossier.view.facts.persons.sex[0]
    values = dossier.view.chart.values
    answer, _ = judge(book.legs, book.usual, leg, sex, dossier.first, values, place, raised)
    return int(answer)


def held_against(dossier: Dossier, leg: int, place: int, raised: int, note: str = "") -> Why:
    """A value with each constraint of a leg that it was held against.

    `raised`: the value that raised the finding, when a later one may still meet it.
    """
    answer = judged_at(dossier, leg, place, raised)
    words = note or ANSWER_WORDS[answer]
    return result_at(dossier, place, words, _constraints(dossier, leg, place, raised))


def _constraints(dossier: Dossier, leg: int, place: int, raised: int) -> tuple[Why, ...]:
    model = dossier.compiled.legs[leg]
    assert isinstance(model, TestCondition)
    book, values = dossier.view.program.book, dossier.view.chart.values
    sex = dossier.view.facts.persons.sex[0]
    found = []
    plain = ("below", "at_most", "above", "at_least")
    if any(getattr(model, name) is not None for name in plain):
        answer = bounds(book.legs, leg, values, place)
        found.append(Why(f"{_only(model, *plain)}: {ANSWER_WORDS[answer]}"))
    found += [
        _limit(dossier, leg, model, name, place)
        for name in ("below_limit", "above_limit")
        if getattr(model, name) is not None
    ]
    for kind, name in ((FALL, "fall"), (RISE, "rise")):
        if getattr(model, name) is not None:
            found.append(_change(dossier, leg, model, (kind, name), place, raised))
    if place == raised and model.new:
        new = is_new(book.legs, book.usual, leg, sex, values, place)
        found.append(_newness(dossier, leg, place, new))
    if place == raised and model.consecutive > 1:
        answer = in_a_row(book.legs, book.usual, leg, sex, values, place)
        text = f"{counted(model.consecutive, 'value')} in a row: {ANSWER_WORDS[answer]}"
        found.append(Why(text, "", _row_of(dossier, leg, place, model.consecutive)))
    # A bound alone only repeats what stands above it.
    alone = len(found) == 1 and any(getattr(model, name) is not None for name in plain)
    return () if alone else tuple(found)


def _only(model: TestCondition, *names: str) -> str:
    """The words of a leg with only these constraints left in it."""
    kept = {name: getattr(model, name) for name in names}
    return condition_words(model.model_copy(update=_PLAIN | kept))


def _limit(dossier: Dossier, leg: int, model: TestCondition, name: str, place: int) -> Why:
    book, values = dossier.view.program.book, dossier.view.chart.values
    sex = dossier.view.facts.persons.sex[0]
    side = getattr(model, name)
    which = ("low", "high").index(side.limit)
    answer, why = limits(book.legs, book.usual, leg, sex, values, place, place)
    test = book.legs.test[leg]
    unit = dossier.compiled.tests[test].unit
    low, high = limit_of(book.usual, test, sex, which, values, place)
    printed = not math.isnan((values.limit_low, values.limit_high)[which][place])
    if why or math.isnan(low):
        return Why(f"{_only(model, name)}: not judged, no limit is printed and none is usual")
    if printed:
        limit = f"the laboratory prints {number_words(low, unit)}"
    else:
        limit = f"none printed; laboratories usually print {low:.10g} to {number_words(high, unit)}"
    if side.times != 1:
        limit += f", times {side.times:g}: {low * side.times:.10g}"
        limit += f" to {high * side.times:.10g}" if low != high else ""
    return Why(f"{_only(model, name)}: {ANSWER_WORDS[answer]} ({limit})")


def _change(
    dossier: Dossier, leg: int, model: TestCondition, change_of: tuple[int, str], place: int,
    raised: int,
) -> Why:  # fmt: skip
    kind, name = change_of
    book, values = dossier.view.program.book, dossier.view.chart.values
    test = book.legs.test[leg]
    answer, why = change(book.legs, leg, kind, values, place, raised, dossier.first)
    against = int(book.legs.changes[leg, kind, 3])
    base = reference_place(values, test, against, place, raised, kind == FALL)
    words = _only(model, name)
    wanted = getattr(model, name).against
    if base < 0:
        reason = "not judged, " if why == NO_BASELINE else f"{ANSWER_WORDS[answer]}, "
        none = "no baseline" if wanted == "baseline" else "no value before it"
        return Why(f"{words}: {reason}{none}")
    step = _step(values.value[base], values.value[place])
    text = f"{words}: {ANSWER_WORDS[answer]} (from {interval_words(dossier, base)} on "
    text += f"{shown(values.day[base])} to {interval_words(dossier, place)}{step})"
    return Why(text, "", (result_at(dossier, base, f"the {wanted} value"),))


def _step(before: float, after: float) -> str:
    if before == 0:
        return ""
    return f", {'+' if after >= before else '−'}{abs(100 * (after - before) / before):.1f} %"


def _newness(dossier: Dossier, leg: int, place: int, new: bool) -> Why:
    values = dossier.view.chart.values
    test = dossier.view.program.book.legs.test[leg]
    before = reference(values, test, place, values.day[place], True)
    if before < 0:
        return Why("new: met, there is no value before it")
    text = "new: met, the value before it did not" if new else "new: not met, the value before did"
    return Why(text, "", (result_at(dossier, before),))


def _row_of(dossier: Dossier, leg: int, place: int, needed: int) -> tuple[Why, ...]:
    """The newest values up to a place, so many days of them, newest first."""
    values = dossier.view.chart.values
    first = places_of(dossier, leg).start
    days: list[int] = []
    found = []
    for spot in range(place, first - 1, -1):
        if values.day[spot] not in days:
            days.append(values.day[spot])
        if len(days) > needed:
            break
        found.append(result_at(dossier, spot))
    return tuple(found)
