"""Running the kernel: in plain Python for a few people, compiled for many."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.watch import kernel
from longwatch.watch.coding import owners
from longwatch.watch.columns import (
    People,
    Results,
    Words,
    as_lists,
    days_of,
    facts_of,
    results_of,
)
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import (
    Answers,
    Facts,
    Findings,
    Found,
    Lines,
    Statuses,
    Unjudged,
    new_chart,
)
from longwatch.watch.program import Program

Engine = Literal["auto", "python", "compiled"]

_FEW_ROWS = 100_000
"""Up to so many results plain Python answers in about a second: less than loading Numba takes."""

_ready = False
"""Has the compiled kernel run in this process? Then it also answers for few."""


class Batch(NamedTuple):
    """What was found out about some patients: rows of `people`, answers, findings."""

    chosen: np.ndarray
    answers: Answers
    found: Found


def new_answers(patients: int, activities: int) -> Answers:
    """Space for the answers about a batch."""

    def flat() -> np.ndarray:
        return np.zeros(patients, np.int32)

    grids = (np.zeros((patients, activities), np.int32) for _ in Statuses._fields)
    lines = [flat() for name in Lines._fields if name != "counts"]
    return Answers(
        contradiction=flat(),
        unusable=flat(),
        statuses=Statuses(*grids),
        lines=Lines._make([*lines, np.zeros((patients, 3), np.int32)]),
    )


def new_found(capacity: int, unjudged: int) -> Found:
    """Space for findings and for rules that could not be judged."""
    floats = ("value", "reference_value", "limit")

    def space(fields: tuple[str, ...], size: int) -> list[np.ndarray]:
        return [
            np.zeros(1 if name == "used" else size, float if name in floats else np.int64)
            for name in fields
        ]

    return Found(
        Findings(*space(Findings._fields, capacity)), Unjudged(*space(Unjudged._fields, unjudged))
    )


def trim(found: Found) -> Found:
    """Only the rows that were written."""

    def cut(part: Any) -> Any:
        size = int(part.used[0])
        return type(part)(part.used, *(array[:size] for array in part[1:]))

    return Found(cut(found.findings), cut(found.unjudged))


def use_compiled(engine: Engine, rows: int) -> bool:
    """Whether so many results are judged by the compiled kernel."""
    if engine == "auto":
        return rows > _FEW_ROWS or _ready
    return engine == "compiled"


def run(compiled: Compiled, facts: Facts, engine: Engine = "auto") -> tuple[Answers, Found]:
    """Runs the kernel over a batch.

    Inputs:
        engine: `python`, `compiled`, or `auto` (by size).
    """
    program = compiled.program
    patients = len(facts.persons.sex)
    rows = len(facts.rows.day)
    activities = len(program.activities.every)
    most = _most_rows(facts)
    months = _most_months(program, facts)
    legs = int(np.diff(program.book.rules.legs_at).max(initial=1))
    answers = new_answers(patients, activities)
    chart = new_chart(program.test_count, most, months, legs, facts.events.meets.shape[1])
    step: Callable[..., Any]
    if use_compiled(engine, rows):
        from longwatch.watch.compiled import compiled_batch

        step = compiled_batch()
    else:
        step = kernel.watch_batch
        program, facts, chart = as_lists(program), as_lists(facts), as_lists(chart)
    capacity, unjudged = max(256, rows // 8), max(64, 8 * patients)
    while True:
        found = new_found(capacity, unjudged)
        step(program, facts, chart, answers, found)
        needed = int(found.findings.used[0]), int(found.unjudged.used[0])
        if needed[0] <= capacity and needed[1] <= unjudged:
            _note_ready(step)
            return answers, trim(found)
        # Beyond the space each unjudged value counts: an upper bound of the rows needed.
        capacity, unjudged = max(capacity, needed[0]), max(unjudged, needed[1])


def _note_ready(step: Callable[..., Any]) -> None:
    """After the first answer only: another thread would wait for the compiler until then."""
    global _ready
    _ready = _ready or step is not kernel.watch_batch


def _most_rows(facts: Facts) -> int:
    owners = (facts.events, facts.infusions)
    spans = [np.diff(facts.rows.at), *(owner.end - owner.begin for owner in owners)]
    return int(sum(span.max(initial=0) for span in spans))


def _most_months(program: Program, facts: Facts) -> int:
    """Months from the earliest to the newest infusion, and the watch after it."""
    begin, end = facts.infusions.begin, facts.infusions.end
    days = facts.infusions.day[begin.min() : end.max()] if len(begin) else begin
    return months_within(program, int(np.max(days)) - int(np.min(days)) if len(days) else 0)


def months_within(program: Program, days: int) -> int:
    """Room for the months of a watch whose infusions lie so many days apart."""
    return days // 28 + program.months + 16


def order_of(results: pa.Table, ids: pa.Array) -> tuple[pa.Table, np.ndarray, int]:
    """Results of known patients in the order of `ids` and date, and where each one's rows begin.

    Returns the table, `row_at`, and how many rows belong to nobody known.
    """
    owner = owners(results["patient"], ids)
    days = days_of(results["date"])
    strangers = int(np.count_nonzero(owner < 0))
    later, same = owner[1:] > owner[:-1], owner[1:] == owner[:-1]
    ordered = bool((later | (same & (days[1:] >= days[:-1]))).all())
    if strangers or not ordered:
        order = np.lexsort((days, owner))[strangers:]
        results, owner = results.take(pa.array(order)), owner[order]
    row_at = np.zeros(len(ids) + 1, np.int64)
    np.bincount(owner, minlength=len(ids)).cumsum(out=row_at[1:])
    return results, row_at, strangers


def watch_table(
    compiled: Compiled, people: People, results: pa.Table, as_of: date, engine: Engine
) -> tuple[Batch, Results, Words, Facts]:
    """Watches everybody in `people` over a results table in memory."""
    results, row_at, _ = order_of(results, people.ids)
    arrays, words = results_of(results)
    chosen = np.arange(len(people.ids))
    facts = facts_of(compiled, people, chosen, row_at, arrays, words, as_of)
    answers, found = run(compiled, facts, engine)
    return Batch(chosen, answers, found), arrays, words, facts
