"""Running the kernel: in plain Python for a few people, compiled for many; in memory or streamed."""

from __future__ import annotations

import sys
from collections.abc import Callable
from datetime import date
from typing import Any, Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.watch import kernel
from longwatch.watch.columns import (
    People,
    Results,
    Words,
    as_lists,
    coded,
    facts_of,
    results_of,
)
from longwatch.watch.facts import Answers, Facts, Found, new_chart
from longwatch.watch.program import Compiled, Program

Engine = Literal["auto", "python", "compiled"]

_FEW_ROWS = 4_000
"""Below this many results plain Python answers before Numba has been imported."""


class Batch(NamedTuple):
    """What was found out about some patients: rows of `people`, answers, findings."""

    chosen: np.ndarray
    answers: Answers
    found: Found


def new_answers(patients: int, activities: int) -> Answers:
    """Space for the answers about a batch."""
    flat = [np.zeros(patients, np.int32) for _ in range(2)]
    grids = [np.zeros((patients, activities), np.int32) for _ in range(13)]
    lines = [np.zeros(patients, np.int32) for _ in range(6)]
    return Answers(*flat, *grids, *lines, np.zeros((patients, 3), np.int32))


def new_found(capacity: int, unjudged: int) -> Found:
    """Space for findings and for rules that could not be judged."""

    def ints(size: int) -> np.ndarray:
        return np.zeros(size, np.int64)

    def floats(size: int) -> np.ndarray:
        return np.zeros(size)

    return Found(
        count=ints(2),
        patient=ints(capacity),
        rule=ints(capacity),
        day=ints(capacity),
        leg=ints(capacity),
        row=ints(capacity),
        value=floats(capacity),
        active=ints(capacity),
        undecided=ints(capacity),
        preliminary=ints(capacity),
        reference_day=ints(capacity),
        reference_value=floats(capacity),
        limit=floats(capacity),
        unjudged_patient=ints(unjudged),
        unjudged_rule=ints(unjudged),
        unjudged_leg=ints(unjudged),
        unjudged_day=ints(unjudged),
        unjudged_results=ints(unjudged),
        unjudged_why=ints(unjudged),
    )


def trim(found: Found) -> Found:
    """Only the rows that were written."""
    findings, unjudged = int(found.count[0]), int(found.count[1])
    names = Found._fields
    return Found(
        *(
            part if name == "count" else part[: unjudged if "unjudged" in name else findings]
            for name, part in zip(names, found, strict=True)
        )
    )


def _use_compiled(engine: Engine, rows: int) -> bool:
    if engine == "auto":
        return rows > _FEW_ROWS or "numba" in sys.modules
    return engine == "compiled"


def run(compiled: Compiled, facts: Facts, engine: Engine = "auto") -> tuple[Answers, Found]:
    """Runs the kernel over a batch.

    Inputs:
        engine: `python`, `compiled`, or `auto` (by size).
    """
    program = compiled.program
    patients = len(facts.row_at) - 1
    rows = len(facts.row_day)
    activities = len(program.activities.every)
    most = _most_rows(facts)
    months = _most_months(program, facts)
    legs = int(np.diff(program.rules.legs_at).max(initial=1))
    answers = new_answers(patients, activities)
    step: Callable[..., Any]
    if _use_compiled(engine, rows):
        from longwatch.watch.compiled import compiled as functions

        step = functions()["watch_batch"]
        chart = new_chart(program.test_count, most, months, legs)
    else:
        step = kernel.watch_batch
        program, facts = as_lists(program), as_lists(facts)
        chart = as_lists(new_chart(program.test_count, most, months, legs))
    capacity, unjudged = max(256, rows // 8), max(64, 2 * patients)
    while True:
        found = new_found(capacity, unjudged)
        step(program, facts, chart, answers, found)
        if found.count[0] <= capacity and found.count[1] <= unjudged:
            return answers, trim(found)
        capacity = max(capacity, int(found.count[0]))
        unjudged = max(unjudged, 2 * int(found.count[1]))


def _most_rows(facts: Facts) -> int:
    spans = (
        np.diff(facts.row_at),
        np.asarray(facts.event_to) - np.asarray(facts.event_from),
        np.asarray(facts.infusion_to) - np.asarray(facts.infusion_from),
    )
    return int(sum(span.max(initial=0) for span in spans))


def _most_months(program: Program, facts: Facts) -> int:
    """Months from the earliest to the newest infusion, and the watch after it."""
    days = facts.infusion_day
    if not len(days):
        return program.months + 16
    return int((int(np.max(days)) - int(np.min(days))) // 28 + program.months + 16)


def order_of(results: pa.Table, ids: pa.Array) -> tuple[pa.Table, np.ndarray, int]:
    """Results of known patients in the order of `ids` and date, and where each patient's rows begin.

    Returns the table, `row_at`, and how many rows belong to nobody known.
    """
    codes, words = coded(results["patient"])
    spot = pc.index_in(pa.array(words, pa.string()), value_set=ids)
    owner = spot.fill_null(-1).to_numpy(zero_copy_only=False)[codes]
    days = results["date"].cast(pa.int32()).to_numpy()
    strangers = int(np.count_nonzero(owner < 0))
    ordered = bool(
        np.all((owner[1:] > owner[:-1]) | ((owner[1:] == owner[:-1]) & (days[1:] >= days[:-1])))
    )
    if strangers or not ordered:
        order = np.lexsort((days, owner))[strangers:]
        results, owner = results.take(pa.array(order)), owner[order]
    counts = np.bincount(owner, minlength=len(ids)) if len(owner) else np.zeros(len(ids), int)
    return results, np.concatenate([[0], np.cumsum(counts)]).astype(np.int64), strangers


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
