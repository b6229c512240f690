"""One leg of a rule, held against the facts: which met it, by what, and how far."""

from __future__ import annotations

from collections.abc import Callable

from longwatch.protocols.model import (
    AllOf,
    AnyOf,
    AtLeast,
    Condition,
    EventCondition,
    InfusionCondition,
)
from longwatch.protocols.words import condition_words
from longwatch.watch.explain_chart import Dossier, shown
from longwatch.watch.explain_constraints import (
    ANSWER_WORDS,
    held_against,
    judged_at,
    places_of,
)
from longwatch.watch.explain_rows import event_at, infusion_at, result_at
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import GIVEN, NONE
from longwatch.watch.legs_in_span import leg_in_span
from longwatch.watch.logic import FALSE, PRELIMINARY, TRUE, UNDECIDED

_STILL = {FALSE: "no longer meets it", UNDECIDED: "may still meet it", TRUE: "still meets it"}


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


def later_values(dossier: Dossier, leg: int, raised: int, day: int, until: int) -> list[Why]:
    """A leg's values after a finding's date, up to the day that ended it (NONE: none did)."""
    values = dossier.view.chart.values
    found: list[Why] = []
    for place in places_of(dossier, leg):
        if values.day[place] <= day or (until != NONE and values.day[place] > until):
            continue
        since = raised if raised >= 0 else place
        note = _STILL[judged_at(dossier, leg, place, since)]
        if values.flags[place] & PRELIMINARY:
            note += "; ends nothing, for it is preliminary"
        found.append(held_against(dossier, leg, place, since, note))
    return found
