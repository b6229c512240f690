"""One person's rows straight to the kernel: what a message changes is judged without tables.

The same arrays as `watch.columns` makes of Arrow tables, made of plain rows: for a hundred rows the
tables cost more than the judging.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date
from functools import lru_cache
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


class PlainResult(NamedTuple):
    """One result; `day` and `received` as numbers (`facts.NONE`, `facts.NEVER_RECEIVED`)."""

    key: int
    day: int
    test: str
    value: float | None
    value_high: float | None
    comparator: str | None
    unit: str | None
    low: float | None
    high: float | None
    status: str | None
    laboratory: str | None
    received: int


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
    """Who it is, and everything known; `incomplete`: an infusion cannot be read."""

    sex: str | None
    birth: int
    incomplete: bool
    infusions: Sequence[PlainInfusion]
    events: Sequence[PlainEvent]
    results: Sequence[PlainResult]


def judge_one(
    compiled: Compiled, person: PlainPerson, as_of: date, engine: Engine = "auto"
) -> tuple[Facts, Answers, Findings]:
    """What the kernel was asked and says of one person; `row` of a finding is a place in `results`.

    Inputs:
        compiled: of the protocol.
        person: results by day, those of one day in the order in which they were filed.
        as_of: the day to judge at.
        engine: see `longwatch.watch.watch`.
    """
    facts = plain_facts(compiled, person, as_of)
    if use_compiled(engine, len(person.results)):
        facts = as_arrays(facts)
        answers, found = run(compiled, facts, "compiled")
        return facts, answers, found.findings
    return facts, *_run_plainly(compiled, person, facts)


def plain_facts(compiled: Compiled, person: PlainPerson, as_of: date) -> Facts:
    """The kernel's columns for one person, as lists: what `columns.as_lists` makes of arrays."""
    words = dict[str | None, int]()
    rows = _rows(compiled, person.results, words)
    numerator, denominator = _factors(tuple(compiled.test_index), (*words, None))
    unknown = len(SEXES) - 1
    codes = _listed_as(Codes)(
        test=[*range(len(compiled.tests)), _NOWHERE],
        comparator=[*sorted({*COMPARATOR_CODE.values()}), EXACT],
        status=[*range(CANCELLED_ROW + 1), _NOWHERE],
        numerator=numerator,
        denominator=denominator,
    )
    given = person.infusions
    infusions = _listed_as(Infusions)(
        [0],
        [len(given)],
        [row.day for row in given],
        [row.course for row in given],
        [INFUSION_CODE.get(row.status, NOT_DONE) for row in given],
    )
    persons = _listed_as(Persons)(
        [SEXES.index(person.sex) if person.sex in SEXES else unknown],
        [person.birth],
        [int(person.incomplete)],
    )
    return Facts(
        as_of=day_of(as_of),
        received_before=day_of(add_days(as_of, 1)) * MICROSECONDS_A_DAY,
        rows=rows,
        codes=codes,
        infusions=infusions,
        events=_events(compiled, person.events),
        persons=persons,
    )


def _rows(compiled: Compiled, results: Sequence[PlainResult], units: dict[str | None, int]) -> Any:
    """The columns of the results; `units` gets every spelling with its place."""
    tests, graded = compiled.test_index, _graded()
    laboratories: dict[str | None, int] = {None: _NOWHERE}
    made = []
    for row in results:
        value, unit = row.value, row.unit
        if row.test in graded and (unit or "").strip() in graded[row.test]:
            if value is not None:
                value = to_canonical(catalogue().tests[row.test], value, unit)
            unit = None
        made.append(
            (
                row.day,
                tests.get(row.test, _NOWHERE),
                _NAN if value is None else value,
                _NAN if row.value_high is None else row.value_high,
                COMPARATOR_CODE.get(row.comparator, EXACT),
                _NOWHERE if unit is None else units.setdefault(unit, len(units)),
                _NAN if row.low is None else row.low,
                _NAN if row.high is None else row.high,
                STATUS_CODE.get(row.status, _NOWHERE),
                laboratories.setdefault(row.laboratory, len(laboratories) - 1),
                row.received,
            )
        )
    columns: Any = map(list, zip(*made, strict=True)) if made else [[] for _ in Rows._fields[1:]]
    return _listed_as(Rows)([0, len(made)], *columns)


def _events(compiled: Compiled, events: Sequence[PlainEvent]) -> Any:
    pairs: dict[tuple[str | None, str | None], int] = {}
    codes = [pairs.setdefault((row.kind, row.code), len(pairs)) for row in events]
    width = max(len(compiled.patterns), 1)
    meets = np.array([compiled.matches(*pair) for pair in pairs], np.uint8).reshape(-1, width)
    days, ends = [row.day for row in events], [row.ends for row in events]
    return _listed_as(Events)([0], [len(events)], days, ends, codes, meets)


def _listed_as(kind: Any) -> Any:
    """A tuple of the kernel with lists where its fields say arrays: the plain engine reads both."""
    return kind


def _run_plainly(compiled: Compiled, person: PlainPerson, facts: Facts) -> tuple[Answers, Findings]:
    program, legs = _listed(compiled)
    most = len(person.results) + len(person.events) + len(person.infusions)
    days = [row.day for row in person.infusions] or [0]
    months = months_within(compiled.program, max(days) - min(days))
    patterns = facts.events.meets.shape[1]
    chart = as_lists(new_chart(program.test_count, most, months, legs, patterns))
    answers = new_answers(1, len(program.activities.every))
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
def _graded() -> dict[str, frozenset[str]]:
    """The units in which an amount stands for a grade, by test."""
    tests = catalogue().tests.values()
    return {test.id: frozenset(test.grades.units) for test in tests if test.grades is not None}
