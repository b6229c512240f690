"""A virtual cohort: ordinary patients of a protocol, as a Record, and beside it the truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from functools import cached_property
from pathlib import Path
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.core.daynumbers import day_number
from longwatch.core.errors import Problem, UsageError
from longwatch.core.record import Record
from longwatch.core.record_write import Format, write_tables
from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.parameters import Parameters
from longwatch.protocols.model import Pack
from longwatch.trials.cohort_engine import (
    LANES,
    Draws,
    Frozen,
    cells_of,
    draw,
    look,
    used_values,
)
from longwatch.trials.cohort_events import Facts, events_of
from longwatch.trials.cohort_plan import Asked, asked_by
from longwatch.trials.cohort_tables import (
    IDENTIFIER_LETTERS,
    events_table,
    identifiers,
    infusions_table,
    patients_table,
    result_rows,
    results_table,
    steps,
)
from longwatch.trials.cohort_visits import Calendar, asked_at, calendar, first_monday, months_later
from longwatch.trials.truth import truth_table

Bools = NDArray[np.bool_]
_FOREVER = 10**6


@dataclass(frozen=True)
class CohortPlan:
    """Which virtual patients are made; patient k of a seed is the same in every cohort.

    Inputs:
        protocol: a loaded pack.
        patients: how many.
        seed: of the whole simulation.
        start, weeks: first infusions lie on Mondays of so many weeks from `start` on.
        months: of tests after the first infusion.
        until: last day of which anything is known; None for no such day.
        courses: how many everybody gets; None for as many as the protocol numbers.
        trial: whose people they are like (`mechanism.people.TRIALS`).
        parameters: of the mechanism.
    """

    protocol: Pack
    patients: int
    seed: int = 1
    start: date = date(2019, 1, 7)
    weeks: int = 104
    months: int = 60
    until: date | None = None
    courses: int | None = None
    trial: str = "care_ms_2"
    parameters: Parameters | None = None

    def __post_init__(self) -> None:
        most = 10**IDENTIFIER_LETTERS - 1
        for name, low, high in (("patients", 0, most), ("months", 1, 1200), ("weeks", 1, 5200)):
            value = getattr(self, name)
            if not low <= value <= high:
                what = f"{value} {name}"
                raise UsageError(Problem(what, "a cohort", how=f"give {low} to {high}"))
        if not 0 <= self.seed < 2**32:
            raise UsageError(Problem(f"seed {self.seed}", "a cohort", how="give 0 to 2^32 - 1"))
        _ = self.asked

    @cached_property
    def asked(self) -> Asked:
        """What the protocol asks for."""
        return asked_by(self.protocol, self.courses)

    @cached_property
    def values(self) -> dict[str, float]:
        """The parameters' values."""
        return (self.parameters or Parameters.load()).values()

    @property
    def last_day(self) -> int:
        """The last known day, as a number."""
        return _FOREVER if self.until is None else _number(self.until)


class Cohort(NamedTuple):
    """A Record, the truth about its patients, and how many could not be simulated."""

    record: Record
    truth: pa.Table
    failed: int

    def write(self, folder: Path, format: Format = "parquet") -> None:  # noqa: A002
        """Writes the Record into `folder`, and `truth.parquet` beside its tables."""
        self.record.write(folder, format)
        write_tables({"truth": self.truth}, folder, "parquet")


def virtual_cohort(plan: CohortPlan) -> Cohort:
    """Makes a cohort in memory; `stream_cohort` writes a large one.

    Returns: a `Cohort`; values in canonical units.
    """
    parts = list(chunks(plan, small=False))
    joined = {
        name: pa.concat_tables([part[name] for part in parts]).unify_dictionaries()
        for name in parts[0]
    }
    truth = joined.pop("truth")
    record = Record.from_tables(**joined)
    return Cohort(record, truth, int(np.sum(truth["failed"].to_numpy())))


def chunks(plan: CohortPlan, *, small: bool) -> Iterator[dict[str, pa.Table]]:
    """The tables of the cohort, `LANES` people at a time.

    Inputs:
        small: results as whole numbers in units of their own (for small files).
    """
    for start in range(0, max(plan.patients, 1), LANES):
        yield chunk(plan, start, min(LANES, plan.patients - start), small=small)


def chunk(plan: CohortPlan, start: int, count: int, *, small: bool) -> dict[str, pa.Table]:
    """The tables of `count` people from number `start` on; always computed in full lanes."""
    asked, seed = plan.asked, jnp.uint32(plan.seed)
    used = used_values(plan.values)
    patients = jnp.arange(start, start + LANES, dtype=jnp.uint32)
    slots = plan.months // asked.every
    drawn = draw(used, seed, patients, Frozen(asked), slots, plan.trial)
    marks, counts, failed = cells_of(plan.values, plan.seed, patients, asked, plan.months + 2)
    first = first_monday(_number(plan.start), plan.weeks, np.asarray(drawn.first))
    days = calendar(
        asked,
        first,
        np.asarray(drawn.before),
        np.asarray(drawn.attendance.done),
        np.asarray(drawn.attendance.offset),
        plan.last_day,
    )
    female = np.asarray(drawn.people.female) > 0.5
    seen = look(
        used,
        seed,
        patients,
        jnp.asarray(female),
        jnp.asarray((days.day - first).astype(np.float32)),
        jnp.asarray(days.attended),
        marks,
        counts,
        Frozen(asked),
    )
    kept = slice(0, count)
    days = Calendar(
        first[kept],
        days.day[:, kept],
        days.attended[:, kept],
        days.baseline[:, kept],
        days.end[kept],
    )
    reported = np.asarray(seen.reported)[..., kept]
    urine = np.asarray(drawn.attendance.urine)[:, kept]
    taken, released = _taken(asked, days, reported, urine, female[kept])
    facts = Facts(
        days.first,
        days.end,
        female[kept],
        np.asarray(drawn.forms)[..., kept],
        np.asarray(drawn.relapses, float)[..., kept],
        np.asarray(seen.onsets.day, float)[..., kept],
        np.asarray(seen.onsets.thyroid)[kept],
        np.asarray(seen.onsets.anti_gbm)[kept],
        np.asarray(seen.treated, float)[kept],
        np.asarray(seen.bleeding, float)[kept],
        released,
    )
    return _tables(plan, start, facts, days, taken, reported, drawn, failed, small)


def _tables(
    plan: CohortPlan,
    start: int,
    facts: Facts,
    days: Calendar,
    taken: dict[str, Bools],
    reported: NDArray[np.int16],
    drawn: Draws,
    failed: object,
    small: bool,
) -> dict[str, pa.Table]:
    asked = plan.asked
    count = len(facts.first)
    ids = identifiers(np.arange(start, start + count) + 1)
    last = np.minimum(months_later(facts.first, plan.months), plan.last_day)
    least = {"tsh": round(plan.values["laboratory.tsh_least"] * steps("tsh"))}
    rows = result_rows(asked, reported, taken, days.day, least)
    born = facts.first - np.floor(np.asarray(drawn.people.age)[:count] * DAYS_A_YEAR)
    onset = facts.first - np.floor(np.asarray(drawn.people.duration)[:count] * DAYS_A_YEAR)
    return {
        "patients": patients_table(
            asked, ids, facts.female, born.astype(np.int64), onset.astype(np.int64)
        ),
        "infusions": infusions_table(asked, ids, facts.first, last),
        "results": results_table(rows, ids, small=small),
        "events": events_table(events_of(asked, plan.values, facts), ids, last),
        "truth": truth_table(ids, facts, np.asarray(failed)[:count]),
    }


def _taken(
    asked: Asked, days: Calendar, reported: NDArray[np.int16], urine: Bools, female: Bools
) -> tuple[dict[str, Bools], NDArray[np.float64]]:
    """By test, at which visits it was drawn; and when the waiting test let each course go."""
    everywhere = days.attended.copy()
    everywhere[0] = False
    with_urine = everywhere.copy()
    with_urine[1:] &= urine | days.baseline[1:]
    taken: dict[str, Bools] = {}
    for test in asked.tests:
        drawn = np.zeros_like(everywhere)
        for interval in asked.intervals.get(test, ()):
            if interval != asked.every:
                drawn |= asked_at(days, asked.every, interval)
            else:
                drawn |= with_urine if test.startswith("urine") else everywhere
        taken[test] = drawn | days.baseline if test in asked.baseline else drawn
    released = np.full((len(asked.courses), days.day.shape[1]), np.inf)
    for waiting in asked.waiting:
        row = asked.tests.index(waiting.test)
        limit = round(waiting.at_least * steps(waiting.test))
        high = reported[row] >= limit
        taken[waiting.test], released = _waits(asked, days, high, waiting.first_month)
    for test, sexes in asked.told.items():
        concerned = female | ("male" in sexes or not sexes)
        taken[test] = days.baseline & concerned
    return taken, released


def _waits(
    asked: Asked, days: Calendar, high: Bools, first_month: int
) -> tuple[Bools, NDArray[np.float64]]:
    """A test drawn from some month of a course on until it is high enough.

    One pass over the visits: what is drawn depends on what the one before it showed.
    """
    starts = [days.first + int(course.day) for course in asked.courses]
    opens = [months_later(start, first_month) - asked.early for start in starts]
    ends = [start + int(c.doses) - 1 for start, c in zip(starts, asked.courses, strict=True)]
    released = np.full((len(starts), days.day.shape[1]), np.inf)
    drawn = np.zeros_like(days.attended)
    for visit in range(1, len(days.day)):
        day = days.day[visit]
        wanted = np.zeros(days.day.shape[1], bool)
        settled = np.zeros_like(wanted)
        # Months count from the earliest course that still waits.
        for number in range(len(starts)):
            waiting = (day >= starts[number]) & np.isinf(released[number]) & ~settled
            wanted |= waiting & (day >= opens[number])
            settled |= waiting
        drawn[visit] = wanted & days.attended[visit]
        enough = drawn[visit] & high[visit]
        for number in range(len(starts)):
            free = enough & np.isinf(released[number]) & (day >= ends[number])
            released[number, free] = (day - days.first)[free]
    return drawn, released


def _number(day: date) -> int:
    return day_number(day.year, day.month, day.day)
