"""Plain rows of few people straight to the kernel: what messages change is judged without tables.

The same arrays as `watch.columns` makes of Arrow tables, made of plain rows: for a hundred rows the
tables cost more than the judging.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
from itertools import accumulate
from typing import Any, NamedTuple

import numpy as np

from longwatch.core.catalogue import catalogue
from longwatch.core.dates import add_days
from longwatch.core.units import to_canonical, unit_factors
from longwatch.watch import kernel
from longwatch.watch.columns import (
    COMPARATOR_CODE,
    INFUSION_CODE,
    MICROSECONDS_A_DAY,
    STATUS_CODE,
    as_arrays,
    as_lists,
    day_of,
)
from longwatch.watch.compiling import Compiled
from longwatch.watch.engine import (
    Engine,
    months_within,
    new_answers,
    new_found,
    run,
    trim,
    use_compiled,
)
from longwatch.watch.facts import (
    CANCELLED_ROW,
    EXACT,
    NOT_DONE,
    Answers,
    Codes,
    Events,
    Facts,
    Findings,
    Infusions,
    Persons,
    Rows,
    new_chart,
)
from longwatch.watch.program import SEXES, Program

_NOWHERE = -1
_NAN = math.nan
_MOST_PROGRAMS = 16


class PlainResults(NamedTuple):
    """The results of all of them, column by column, one person's after the other's.

    `at` has the place of each person's first row, and the end; each has theirs by day, those of one
    day in the order in which they were filed. Days and moments are numbers (`facts.NONE`,
    `facts.NEVER_RECEIVED`).
    """

    at: Sequence[int]
    key: Sequence[int]
    day: Sequence[int]
    test: Sequence[str]
    value: Sequence[float | None]
    value_high: Sequence[float | None]
    comparator: Sequence[str | None]
    unit: Sequence[str | None]
    low: Sequence[float | None]
    high: Sequence[float | None]
    status: Sequence[str | None]
    laboratory: Sequence[str | None]
    received: Sequence[int]


class PlainInfusion(NamedTuple):
    """One infusion day with its course."""

    day: int
    course: int
    status: str | None


class PlainEvent(NamedTuple):
    """One event; `ends` is `facts.NONE` where it has not ended."""

    day: int
    kind: str
    code: str | None
    ends: int


class PlainPerson(NamedTuple):
    """Who it is, and what is known beside results; `incomplete`: an infusion cannot be read."""

    sex: str | None
    birth: int
    incomplete: bool
    infusions: Sequence[PlainInfusion]
    events: Sequence[PlainEvent]


def judge_few(
    compiled: Compiled,
    people: Sequence[PlainPerson],
    results: PlainResults,
    as_of: date,
    engine: Engine = "auto",
) -> tuple[Facts, Answers, Findings]:
    """What the kernel was asked and says of few people.

    Inputs:
        compiled: of the protocol.
        people: who they are. `results`: theirs, in the same order.
        as_of: the day to judge at.
        engine: see `longwatch.watch.watch`.

    Returns:
        `row` of a finding is a place in `results`.
    """
    facts = plain_facts(compiled, people, results, as_of)
    if use_compiled(engine, len(results.key)):
        facts = as_arrays(facts)
        answers, found = run(compiled, facts, "compiled")
        return facts, answers, found.findings
    return facts, *_run_plainly(compiled, people, facts)


def plain_facts(
    compiled: Compiled, people: Sequence[PlainPerson], results: PlainResults, as_of: date
) -> Facts:
    """The kernel's columns for few people, as lists: what `columns.as_lists` makes of arrays."""
    words = dict[str | None, int]()
    rows = _rows(compiled, results, words)
    numerator, denominator = _factors(tuple(compiled.test_index), (*words, None))
    unknown = len(SEXES) - 1
    codes = _listed_as(Codes)(
        test=[*range(len(compiled.tests)), _NOWHERE],
        comparator=[*sorted({*COMPARATOR_CODE.values()}), EXACT],
        status=[*range(CANCELLED_ROW + 1), _NOWHERE],
        numerator=numerator,
        denominator=denominator,
    )
    given = [row for person in people for row in person.infusions]
    infusions = _listed_as(Infusions)(
        *_spans([len(person.infusions) for person in people]),
        [row.day for row in given],
        [row.course for row in given],
        [INFUSION_CODE.get(row.status, NOT_DONE) for row in given],
    )
    persons = _listed_as(Persons)(
        [SEXES.index(person.sex) if person.sex in SEXES else unknown for person in people],
        [person.birth for person in people],
        [int(person.incomplete) for person in people],
    )
    return Facts(
        as_of=day_of(as_of),
        received_before=day_of(add_days(as_of, 1)) * MICROSECONDS_A_DAY,
        rows=rows,
        codes=codes,
        infusions=infusions,
        events=_events(compiled, people),
        persons=persons,
    )


def _spans(lengths: Sequence[int]) -> tuple[list[int], list[int]]:
    """Where the rows of each begin, and where they end."""
    ends = list(accumulate(lengths))
    return [0, *ends[:-1]], ends


def _rows(compiled: Compiled, results: PlainResults, words: dict[str | None, int]) -> Any:
    """The columns of the results; `words` gets every spelling of a unit with its place."""
    value, unit = _graded(results)
    tests, nowhere = compiled.test_index.get, _NOWHERE
    words |= _places(unit)
    laboratories = _places(results.laboratory)
    return _listed_as(Rows)(
        list(results.at),
        list(results.day),
        [tests(name, nowhere) for name in results.test],
        _floats(value),
        _floats(results.value_high),
        [COMPARATOR_CODE.get(one, EXACT) for one in results.comparator],
        [words.get(one, nowhere) for one in unit],
        _floats(results.low),
        _floats(results.high),
        [STATUS_CODE.get(one, nowhere) for one in results.status],
        [laboratories.get(one, nowhere) for one in results.laboratory],
        list(results.received),
    )


def _places(words: Sequence[str | None]) -> dict[str | None, int]:
    """A number for each word, without a gap; none for None."""
    return {
        word: place for place, word in enumerate(dict.fromkeys(w for w in words if w is not None))
    }


def _floats(cells: Sequence[float | None]) -> list[float]:
    return [_NAN if cell is None else cell for cell in cells]


def _graded(
    results: PlainResults,
) -> tuple[Sequence[float | None], Sequence[str | None]]:
    """Values and units, where amounts that stand for a grade have become that grade."""
    graded = _grades()
    if graded.keys().isdisjoint(results.test):
        return results.value, results.unit
    value, unit = list(results.value), list(results.unit)
    for row, test in enumerate(results.test):
        if test in graded and (unit[row] or "").strip() in graded[test]:
            amount = value[row]
            if amount is not None:
                value[row] = to_canonical(catalogue().tests[test], amount, unit[row])
            unit[row] = None
    return value, unit


def _events(compiled: Compiled, people: Sequence[PlainPerson]) -> Any:
    pairs: dict[tuple[str | None, str | None], int] = {}
    events = [row for person in people for row in person.events]
    codes = [pairs.setdefault((row.kind, row.code), len(pairs)) for row in events]
    width = max(len(compiled.patterns), 1)
    meets = np.array([compiled.matches(*pair) for pair in pairs], np.uint8).reshape(-1, width)
    days, ends = [row.day for row in events], [row.ends for row in events]
    spans = _spans([len(person.events) for person in people])
    return _listed_as(Events)(*spans, days, ends, codes, meets)


def _listed_as(kind: Any) -> Any:
    """A tuple of the kernel with lists where its fields say arrays: the plain engine reads both."""
    return kind


def _run_plainly(
    compiled: Compiled, people: Sequence[PlainPerson], facts: Facts
) -> tuple[Answers, Findings]:
    program, legs = _listed(compiled)
    rows = np.diff(facts.rows.at).tolist()
    most = max(
        number + len(one.events) + len(one.infusions)
        for number, one in zip(rows, people, strict=True)
    )
    days = facts.infusions.day or [0]
    months = months_within(compiled.program, max(days) - min(days))
    patterns = facts.events.meets.shape[1]
    chart = as_lists(new_chart(program.test_count, most, months, legs, patterns))
    answers = new_answers(len(people), len(program.activities.every))
    space, unjudged = max(64, most), max(64, most)
    while True:
        found = new_found(space, unjudged)
        kernel.watch_batch(program, facts, chart, answers, found)
        needed = int(found.findings.used[0]), int(found.unjudged.used[0])
        if needed[0] <= space and needed[1] <= unjudged:
            return answers, trim(found).findings
        space, unjudged = max(space, needed[0]), max(unjudged, needed[1])


_LISTED: dict[int, tuple[Compiled, Program, int]] = {}


def _listed(compiled: Compiled) -> tuple[Program, int]:
    """A program with lists for arrays, and the legs of its largest rule; made once.

    By identity, as in `compile_pack`; what is kept here keeps its identity.
    """
    known = _LISTED.get(id(compiled.program))
    if known is None:
        if len(_LISTED) >= _MOST_PROGRAMS:
            _LISTED.clear()
        program = compiled.program
        legs = int(np.diff(program.book.rules.legs_at).max(initial=1))
        known = _LISTED[id(program)] = compiled, as_lists(program), legs
    return known[1], known[2]


@lru_cache(maxsize=256)
def _factors(tests: tuple[str, ...], units: tuple[str | None, ...]) -> tuple[Any, Any]:
    """Factors to canonical units."""
    return unit_factors(tests, list(units))


@lru_cache(maxsize=1)
def _grades() -> dict[str, frozenset[str]]:
    """The units in which an amount stands for a grade, by test."""
    tests = catalogue().tests.values()
    return {test.id: frozenset(test.grades.units) for test in tests if test.grades is not None}
