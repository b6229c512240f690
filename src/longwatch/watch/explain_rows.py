"""Results, events and documents as statements: what was sent, and what it counts as."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from datetime import datetime

from longwatch.core.catalogue import catalogue
from longwatch.protocols.model import Evidence, Pack
from longwatch.protocols.words import evidence_words
from longwatch.protocols.words_values import inside, number_words, test_words
from longwatch.watch.charting import canonical, counts, exists, rivals, usable
from longwatch.watch.explain_chart import Dossier, Row, shown
from longwatch.watch.explain_tree import Why
from longwatch.watch.facts import CANCELLED_ROW, NEVER_RECEIVED, NONE
from longwatch.watch.logic import HIGH_OPEN, LOW_OPEN


def evidence_of(evidence: Sequence[Evidence], pack: Pack) -> tuple[Why, ...]:
    """Each source of a part of the pack: how sure, title and place; and where to find it."""
    return tuple(
        Why(
            f"Source: {evidence_words(one, pack)}",
            pack.sources[one.source].where if one.source in pack.sources else "",
        )
        for one in evidence
    )


def cited(evidence: Sequence[Evidence], pack: Pack) -> str:
    """Title and place of the first source, as the tables of the outcome show it."""
    source = pack.sources.get(evidence[0].source)
    return f"{source.title if source else evidence[0].source}, {evidence[0].place}"


def reported(row: Row) -> str:
    """A value as the laboratory wrote it, with comparator and unit.

    >>> reported({"value": 5.0, "comparator": "<", "unit": "10*9/L"})
    '<5 ×10⁹/L'
    """
    if row.get("sent_value"):
        return f"{row['sent_value']} {row.get('sent_unit') or ''}".strip()
    if row.get("text"):
        return str(row["text"])
    value = row.get("value")
    if value is None:
        return "no value"
    words = number_words(value, row.get("unit") or "")
    if row.get("value_high") is not None:
        words = f"{value:.10g} to {number_words(row['value_high'], row.get('unit') or '')}"
    return f"{row.get('comparator') or ''}{words}"


def interval_words(dossier: Dossier, place: int) -> str:
    """A charted value in the canonical unit: one number, a bound, or a range."""
    values = dossier.view.chart.values
    test = dossier.compiled.tests[test_at(dossier, place)]
    low, high, flags = values.low[place], values.high[place], values.flags[place]
    if low == high:
        return number_words(low, test.unit)
    if math.isinf(high):
        return f"{'above' if flags & LOW_OPEN else 'at least'} {number_words(low, test.unit)}"
    if values.value[place] == high:
        return f"{'below' if flags & HIGH_OPEN else 'at most'} {number_words(high, test.unit)}"
    return f"{low:.10g} to {number_words(high, test.unit)}"


def test_at(dossier: Dossier, place: int) -> int:
    """The number of the test that a place of the chart belongs to."""
    at = dossier.view.chart.values.at
    return next(test for test in range(len(dossier.compiled.tests)) if place < at[test + 1])


def result_at(dossier: Dossier, place: int, note: str = "", children: tuple[Why, ...] = ()) -> Why:
    """A charted result as a statement.

    Inputs:
        place: its place in the chart.
        note: what is to be said of it; appended.
        children: what it was held against.
    """
    row = dossier.result(dossier.view.chart.values.row[place])
    test = catalogue().tests[row["test"]]
    sent, counted = reported(row), interval_words(dossier, place)
    same = sent.replace(" ", "") == counted.replace(" ", "")
    verb = "that is" if test.kind == "number" else "counts as"
    parts = [_named(row, sent if same else f"{sent} ({verb} {counted})")]
    parts += _limits(row)
    if row.get("status") in ("preliminary", "corrected"):
        parts.append(row["status"])
    if note:
        parts.append(note)
    return Why("; ".join(parts), row_source(row), children)


def _named(row: Row, value: str) -> str:
    return f"{row['date']} {test_words(row['test'])} {value}"


def _limits(row: Row) -> list[str]:
    low, high, unit = row.get("low"), row.get("high"), row.get("unit") or ""
    if low is not None and high is not None:
        return [f"laboratory's limits {low:.10g} to {number_words(high, unit)}"]
    if low is not None:
        return [f"laboratory's lower limit {number_words(low, unit)}"]
    return [f"laboratory's upper limit {number_words(high, unit)}"] if high is not None else []


def row_source(row: Row) -> str:
    """Where a row of the Record comes from, as it says itself."""
    return str(row.get("source") or "the Record")


def event_at(dossier: Dossier, row: int, note: str = "") -> Why:
    """A reported event as a statement."""
    event = dossier.events[row]
    titles = {symptom.id: inside(symptom.title) for symptom in dossier.pack.symptoms}
    code = event.get("code") or ""
    parts = [f"{event['date']} {event['kind']} {titles.get(code, code)}".strip()]
    if event.get("grade") is not None:
        parts.append(f"grade {event['grade']}")
    if event.get("text") and event["text"] != code:
        parts.append(f"“{event['text']}”")
    ends = dossier.view.facts.events.ends[row]
    if ends != NONE and ends <= dossier.view.as_of:
        parts.append(f"ended {shown(ends)}")
    if note:
        parts.append(note)
    return Why("; ".join(parts), row_source(event))


def infusion_at(dossier: Dossier, row: int) -> Why:
    """An infusion day as a statement."""
    infusion = dossier.infusions[row]
    day = f", day {infusion['day']}" if infusion.get("day") else ""
    dose = f", {infusion['dose_mg']:g} mg" if infusion.get("dose_mg") is not None else ""
    state = infusion.get("status") or "given"
    return Why(
        f"{infusion['date']} infusion of course {infusion['course']}{day}{dose}: {state}",
        row_source(infusion),
    )


def uncounted(dossier: Dossier, tests: Collection[str], since: int, until: int) -> tuple[Why, ...]:
    """Results of these tests dated in `[since, until]` that count for nothing, and why.

    Superseded, cancelled, without a value, in an unusable unit, or not yet known on the day.
    """
    rows, chart = dossier.view.facts.rows, dossier.view.chart
    found = []
    for row in range(len(rows.day)):
        if not since <= rows.day[row] <= until or chart.keep[row]:
            continue
        test = dossier.view.facts.codes.test[rows.test[row]]
        if test >= 0 and dossier.compiled.tests[test].id in tests:
            sent = dossier.result(row)
            text = f"{_named(sent, reported(sent))}: counts for nothing, {_reason(dossier, row)}"
            found.append(Why(text, row_source(sent)))
    return tuple(found)


def _reason(dossier: Dossier, row: int) -> str:
    view = dossier.view
    facts, rows, codes = view.facts, view.facts.rows, view.facts.codes
    known = facts.as_of, facts.received_before
    if rows.day[row] > facts.as_of:
        return f"it is dated after {dossier.as_of}"
    if not exists(rows, row, *known):
        return f"it arrived on {_arrived(dossier, row)}, after {dossier.as_of}"
    same = [other for other in range(len(rows.day)) if rows.day[other] == rows.day[row]]
    span = same[0], same[-1] + 1
    if not counts(rows, codes.status, row, *span, *known):
        return _superseded(dossier, row, span)
    value = rows.value[row]
    if math.isnan(value):
        return "it has no value"
    test = codes.test[rows.test[row]]
    value = canonical(codes, test, rows.unit[row], value)
    if math.isnan(value):
        return "its unit cannot be converted for this test"
    program = view.program
    assert not usable(program.grades, program.plausible, program.zero, test, value)
    return "its size is impossible in this unit"


def _superseded(dossier: Dossier, row: int, span: tuple[int, int]) -> str:
    facts, rows, codes = dossier.view.facts, dossier.view.facts.rows, dossier.view.facts.codes
    known = facts.as_of, facts.received_before
    status = codes.status[rows.status[row]]
    if status == CANCELLED_ROW:
        return "it was cancelled"
    if status < 0:
        return f"its status {dossier.result(row).get('status')!r} is not known"
    versions = [other for other in range(*span) if rivals(rows, row, other)]
    for other in versions:
        cancelled = codes.status[rows.status[other]] == CANCELLED_ROW
        later = NEVER_RECEIVED < rows.received[row] < rows.received[other]
        if cancelled and later and exists(rows, other, *known):
            return f"withdrawn by a cancellation that arrived on {_arrived(dossier, other)}"
    for other in versions:
        if exists(rows, other, *known) and counts(rows, codes.status, other, *span, *known):
            winner = dossier.result(other)
            state = winner.get("status") or "final"
            return f"superseded by {reported(winner)} ({state}, {row_source(winner)})"
    return "superseded by another version of that day"


def _arrived(dossier: Dossier, row: int) -> str:
    when = dossier.result(row).get("received")
    return f"{when:%Y-%m-%d %H:%M}" if isinstance(when, datetime) else "an unknown day"
