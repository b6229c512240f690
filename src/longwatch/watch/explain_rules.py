"""Why a rule found something in one patient, what became of it, or why it found nothing."""

from __future__ import annotations

import numpy as np

from longwatch.protocols.model import EventCondition, InfusionCondition, TestCondition
from longwatch.protocols.model.conditions import Condition
from longwatch.protocols.words import condition_words, rule_words
from longwatch.protocols.words_values import counted, listed
from longwatch.watch.columns import day_of
from longwatch.watch.ending import hold_legs, leg_ends, tree_ends
from longwatch.watch.explain_chart import Dossier, Row, shown
from longwatch.watch.explain_constraints import ANSWER_WORDS, judged_at, places_of
from longwatch.watch.explain_legs import condition_tree, facts_of_leg, later_values, leg_on
from longwatch.watch.explain_rows import cited, event_at, evidence_of, uncounted
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import NONE
from longwatch.watch.legs_in_span import leg_in_span
from longwatch.watch.logic import FALSE
from longwatch.watch.program import EVENT_LEG, TEST_LEG, Rules

_UNJUDGED = {
    "no-baseline": "no value is on record up to the first infusion to compare with",
    "no-limit": "the laboratory printed no limit, and none is usual",
}


def explain_rule(dossier: Dossier, number: int, *, active_only: bool = False) -> Why:
    """A rule of the pack for the dossier's patient.

    Inputs:
        number: the rule's position among the compiled rules.
        active_only: leave out findings that are over.
    """
    rule = dossier.compiled.rules[number]
    found = [pair for pair in dossier.findings if pair[1]["rule"] == rule.id]
    active = sum(row["active"] for _, row in found)
    told = [pair for pair in found if pair[1]["active"] or not active_only]
    _judge_all(dossier, number)
    children = [Why(rule_words(rule, dossier.pack), "", evidence_of(rule.evidence, dossier.pack))]
    children += [_finding(dossier, number, spot, row) for spot, row in told]
    if not found:
        children.append(_nothing(dossier, number))
    children += _unjudged(dossier, number)
    tests = {leg.test for leg in _legs(dossier, number) if isinstance(leg, TestCondition)}
    ignored = uncounted(dossier, tests, NONE, 2**31)
    if ignored:
        children.append(Why("Results of these tests that do not count", "", ignored))
    state = f"{counted(len(found), 'finding')}, {active} active" if found else "no finding"
    return Why(
        f"{rule.id} {rule.title}: {state}", cited(rule.evidence, dossier.pack), tuple(children)
    )


def _legs(dossier: Dossier, number: int) -> list[Condition]:
    rules = dossier.view.program.book.rules
    return [
        dossier.compiled.legs[rules.legs[position]]
        for position in range(rules.legs_at[number], rules.legs_at[number + 1])
    ]


def _judge_all(dossier: Dossier, number: int) -> None:
    """Fills the chart's `met`: how far each value meets each leg of a rule."""
    rules, legs = dossier.view.program.book.rules, dossier.view.program.book.legs
    for spot, position in enumerate(range(rules.legs_at[number], rules.legs_at[number + 1])):
        leg = rules.legs[position]
        if legs.kind[leg] == TEST_LEG:
            for place in places_of(dossier, leg):
                dossier.view.chart.work.met[spot, place] = judged_at(dossier, leg, place, place)


def _finding(dossier: Dossier, number: int, spot: int, row: Row) -> Why:
    rule = dossier.compiled.rules[number]
    day = day_of(row["date"])
    within = int(dossier.view.program.book.rules.within[number])
    since = day - (0 if dossier.view.program.book.rules.simple[number] else within)
    met, _ = condition_tree(
        dossier,
        rule.when,
        0,
        lambda position, leg: leg_on(dossier, number, position, leg, since, day),
    )
    state = "active" if row["active"] else "over"
    state += ", undecided: the value could be on either side" if row["undecided"] else ""
    state += ", preliminary: the laboratory has not signed it" if row["preliminary"] else ""
    span = f", {shown(since)} to {shown(day)}" if since < day else ""
    tier = next((part for part in dossier.pack.tiers if part.tier == rule.tier), None)
    how_fast = f"{rule.tier}: {tier.words}" if tier else rule.tier
    return Why(
        f"Finding of {row['date']}: {state}{_raised(row)}",
        cited(rule.evidence, dossier.pack),
        (
            Why(f"What was held against the rule{span}", "", (met,)),
            _since_then(dossier, number, spot, row, since, day),
            Why(f"Think of {listed(rule.suspects, 'or')}"),
            Why(f"Do: {rule.action}"),
            Why(f"How fast: {how_fast}", cited(tier.evidence, dossier.pack) if tier else ""),
        ),
    )


def _raised(row: Row) -> str:
    if row["value"] is None:
        return ""
    return f"; {row['test']} {row['value']:.10g} {row['unit']} ({row['compared_with']})"


def _since_then(dossier: Dossier, number: int, spot: int, row: Row, since: int, day: int) -> Why:
    """Why a finding is still active, or what ended it and when."""
    found = dossier.outcome._batch.found.findings
    leg = int(found.leg[spot])
    raised = dossier.raised_place(int(found.row[spot]))
    if leg < 0:
        return _after_events(dossier, number, row, since, day)
    ended, held = _ending(dossier, number, leg, raised, since, day)
    told = [later_values(dossier, asked, place, day, ended) for asked, place in held.items()]
    later = tuple(why for values in told for why in values)
    test = dossier.compiled.tests[dossier.view.program.book.legs.test[leg]]
    if ended != NONE:
        return Why(f"Over since {shown(ended)}: later final values no longer meet it", "", later)
    if later:
        return Why("Active: no later final value has ended it", "", later)
    return Why(f"Active: no later value of {test.id} is on record")


def _ending(
    dossier: Dossier, number: int, leg: int, raised: int, since: int, day: int
) -> tuple[int, dict[int, int]]:
    """The day that ended a finding (NONE: none did), and the legs asked again with their values."""
    view = dossier.view
    book, values, work = view.program.book, view.chart.values, view.chart.work
    sex = view.facts.persons.sex[0]
    if book.rules.simple[number]:
        ended = leg_ends(book.legs, book.usual, leg, sex, dossier.first, values, raised, day)
        return ended, {leg: raised}
    events, infusions = view.facts.events, view.facts.infusions
    for spot, asked in enumerate(_legs_of(book.rules, number)):
        work.stack[spot] = leg_in_span(
            book.legs, values, work.met, events, infusions, 0, asked, spot, since, day
        )
    hold_legs(
        book, events, values, work, 0, number, book.legs.test[leg], raised, since, day, view.as_of
    )
    ended = tree_ends(book, values, work, number, sex, dossier.first, raised, day)
    return ended, {
        asked: int(place)
        for asked, place in zip(_legs_of(book.rules, number), work.held, strict=False)
        if place >= 0
    }


def _legs_of(rules: Rules, number: int) -> list[int]:
    return list(rules.legs[rules.legs_at[number] : rules.legs_at[number + 1]])


def _after_events(dossier: Dossier, number: int, row: Row, since: int, day: int) -> Why:
    """A finding that events raised: it ends with them, or with a later value of the rule's test."""
    view = dossier.view
    rules, legs, events = view.program.book.rules, view.program.book.legs, view.facts.events
    span = range(rules.legs_at[number], rules.legs_at[number + 1])
    rows = sorted(
        {
            at
            for position in span
            if legs.kind[rules.legs[position]] == EVENT_LEG
            for at in range(events.begin[0], events.end[0])
            if since <= events.day[at] <= day
            and events.meets[events.pair[at], legs.pattern[rules.legs[position]]]
        }
    )
    reported = tuple(event_at(dossier, at) for at in rows)
    tests = [
        rules.legs[position]
        for position in span
        if legs.kind[rules.legs[position]] == TEST_LEG and not legs.context[rules.legs[position]]
    ]
    book, values = view.program.book, view.chart.values
    ended, later = NONE, []
    if tests:
        sex = view.facts.persons.sex[0]
        ended = leg_ends(legs, book.usual, tests[0], sex, dossier.first, values, -1, day)
        later = later_values(dossier, tests[0], -1, day, ended)
    if row["active"]:
        return Why("Active: what was reported has not ended", "", (*reported, *later))
    if ended != NONE:
        return Why(f"Over since {shown(ended)}: a later final value does not meet it", "",
                   tuple(later))  # fmt: skip
    return Why("Over: everything that was reported has ended", "", reported)


def _nothing(dossier: Dossier, number: int) -> Why:
    """Why a rule found nothing: each leg with the newest fact, and how far it meets it."""
    legs = dossier.view.program.book.legs
    rules = dossier.view.program.book.rules

    def leaf(position: int, condition: Condition) -> Why:
        leg = rules.legs[rules.legs_at[number] + position]
        day = dossier.view.as_of
        words = condition_words(condition, dossier.pack)
        if isinstance(condition, EventCondition | InfusionCondition):
            facts = facts_of_leg(dossier, leg, condition, NONE + 1, day, FALSE)
            return Why(words, "", facts[-1:])
        at = dossier.view.chart.values.at
        test = legs.test[leg]
        if at[test] == at[test + 1]:
            return Why(f"{words}: no value is on record")
        answer = max(
            judged_at(dossier, leg, place, place) for place in range(at[test], at[test + 1])
        )
        newest = facts_of_leg(dossier, leg, condition, NONE + 1, day, FALSE)
        if answer == FALSE:
            return Why(f"{words}: met by none of {counted(at[test + 1] - at[test], 'value')}",
                       "", newest)  # fmt: skip
        return Why(f"{words}: {ANSWER_WORDS[answer]} at some time, not together with the rest", "",
                   facts_of_leg(dossier, leg, condition, NONE + 1, day, answer)[-1:])  # fmt: skip

    tree, _ = condition_tree(dossier, dossier.compiled.rules[number].when, 0, leaf)
    within = int(rules.within[number])
    span = f" within {counted(within, 'day')}" if within else ""
    return Why(f"No finding: never met{span}; the newest facts", "", (tree,))


def _unjudged(dossier: Dossier, number: int) -> list[Why]:
    found = dossier.outcome._batch.found.unjudged
    told = []
    for spot in np.flatnonzero((found.patient == dossier.index) & (found.rule == number)):
        row = dossier.outcome.unjudged.slice(int(spot), 1).to_pylist()[0]
        text = (
            f"{counted(row['results'], 'result')} of {row['test']} since {row['since']} could not "
        )
        told.append(Why(f"{text}be judged: {_UNJUDGED[row['why']]}"))
    return told
