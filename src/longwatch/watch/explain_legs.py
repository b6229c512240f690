"""One leg of a rule, held against the facts: which met it, by what, and how far."""

from __future__ import annotations

import math
from collections.abc import Callable

from longwatch.protocols.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    EventCondition,
    InfusionCondition,
    TestCondition,
)
from longwatch.protocols.words import condition_words
from longwatch.protocols.words_values import counted, number_words
from longwatch.watch.charting import reference
from longwatch.watch.explain_chart import Dossier, shown
from longwatch.watch.explain_rows import event_at, infusion_at, interval_words, result_at
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import GIVEN, NO_BASELINE, NONE
from longwatch.watch.finding import leg_in_span
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
from longwatch.watch.logic import ANSWERS, FALSE, PRELIMINARY, TRUE, UNDECIDED
from longwatch.watch.program import FALL, RISE

ANSWER_WORDS = {FALSE: "not met", UNDECIDED: "undecided", TRUE: "met"}
_STILL = {FALSE: "no longer meets it", UNDECIDED: "may still meet it", TRUE: "still meets it"}
_PLAIN = {
    "below": None, "at_most": None, "above": None, "at_least": None, "below_limit": None,
    "above_limit": None, "fall": None, "rise": None, "new": False, "consecutive": 1,
}  # fmt: skip


def condition_tree(
    dossier: Dossier, condition: Condition, first_leg: int, leaf: Callable[[int, Condition], Why]
) -> tuple[Why, int]:
    """A condition as a tree of statements, each leaf made by `leaf(position, condition)`.

    Inputs:
        first_leg: position of the condition's first leaf among the legs of its rule.

    Returns:
        The tree, and the position after its last leaf.
    """
    match condition:
        case AllOf(all=parts):
            head = "All of these"
        case AnyOf(any=parts):
            head = "Any of these"
        case AtLeast(at_least=count, of=parts):
            head = f"At least {count} of these"
        case _:
            return leaf(first_leg, condition), first_leg + 1
    children = []
    for part in parts:
        child, first_leg = condition_tree(dossier, part, first_leg, leaf)
        children.append(child)
    return (children[0] if len(children) == 1 else Why(head, "", tuple(children))), first_leg


def leg_on(
    dossier: Dossier, rule: int, position: int, condition: Condition, since: int, day: int
) -> Why:
    """A leg of a rule over the facts dated in `[since, day]`; the chart's `met` must be filled."""
    view = dossier.view
    rules, legs, work = view.program.book.rules, view.program.book.legs, view.chart.work
    leg = rules.legs[rules.legs_at[rule] + position]
    answer = leg_in_span(
        legs, view.chart.values, work.met, view.facts.events, view.facts.infusions, 0, leg,
        position, since, day,
    )  # fmt: skip
    return Why(
        f"{condition_words(condition, dossier.pack)}: {ANSWER_WORDS[answer]}",
        "",
        facts_of_leg(dossier, leg, condition, since, day, answer),
    )


def facts_of_leg(
    dossier: Dossier, leg: int, condition: Condition, since: int, day: int, answer: int
) -> tuple[Why, ...]:
    """The facts behind a leg's answer: those that met it, else the newest and why it did not."""
    match condition:
        case EventCondition():
            rows = _matching(dossier, leg, since, day)
            return tuple(event_at(dossier, row) for row in rows) or (
                Why(f"nothing of the kind is recorded{_span(since, day)}"),
            )
        case InfusionCondition(infusion_within_days=days):
            return _infusions(dossier, day - days, day)
    places = [
        place
        for place in places_of(dossier, leg)
        if since <= dossier.view.chart.values.day[place] <= day
    ]
    if not places:
        newest = places_of(dossier, leg)
        later = [place for place in newest if dossier.view.chart.values.day[place] <= day]
        none = Why(f"no usable value{_span(since, day)}")
        if later and since > NONE:
            return none, result_at(dossier, later[-1], "the newest before it")
        return (none,)
    judged = [(judged_at(dossier, leg, place, place), place) for place in places]
    met = [place for found, place in judged if found != FALSE]
    if answer == FALSE or not met:
        met = places[-1:]
    return tuple(held_against(dossier, leg, place, place) for place in met)


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
    # One constraint without anything beneath it only repeats what stands above it.
    return tuple(found) if len(found) > 1 or any(part.children for part in found) else ()


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


def _matching(dossier: Dossier, leg: int, since: int, day: int) -> list[int]:
    events, pattern = dossier.view.facts.events, dossier.view.program.book.legs.pattern[leg]
    until = min(day, dossier.view.as_of)
    return [
        row
        for row in range(events.begin[0], events.end[0])
        if since <= events.day[row] <= until and events.meets[events.pair[row], pattern]
    ]


def _infusions(dossier: Dossier, since: int, day: int) -> tuple[Why, ...]:
    infusions = dossier.view.facts.infusions
    rows = [
        row
        for row in range(infusions.begin[0], infusions.end[0])
        if infusions.status[row] == GIVEN and since <= infusions.day[row] <= day
    ]
    newest = rows[-1:] if rows else []
    return tuple(infusion_at(dossier, row) for row in newest) or (
        Why(f"no infusion given from {shown(since)} to {shown(day)}"),
    )


def _span(since: int, day: int) -> str:
    if since <= NONE + 1:
        return f" up to {shown(day)}"
    return f" on {shown(day)}" if since == day else f" from {shown(since)} to {shown(day)}"


def later_values(dossier: Dossier, leg: int, raised: int, day: int) -> tuple[int, list[Why]]:
    """The values after a finding's date, until a day on which all final ones end it.

    Returns:
        The day that ended it (NONE: none did), and the values as statements.
    """
    values = dossier.view.chart.values
    found: list[Why] = []
    places = [place for place in places_of(dossier, leg) if values.day[place] > day]
    for later in sorted({values.day[place] for place in places}):
        answered = meets = False
        for place in (spot for spot in places if values.day[spot] == later):
            since = raised if raised >= 0 else place
            answer = judged_at(dossier, leg, place, since)
            if values.flags[place] & ANSWERS:
                answered, meets = True, meets or answer != FALSE
            note = _STILL[answer]
            note += "; ends nothing, for it is preliminary" * bool(
                values.flags[place] & PRELIMINARY
            )
            found.append(held_against(dossier, leg, place, since, note))
        if answered and not meets:
            return later, found
    return NONE, found
