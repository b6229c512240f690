"""The compiled part of a cohort: draws of a chunk, and the values of its visits.

Always called with `LANES` people, so that everybody has the same bits in any cohort.
"""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.adherence import Attendance, attendance, forms_done
from longwatch.mechanism.autoimmunity import Onsets, autoimmunity
from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.laboratory import Visits, laboratory, set_point
from longwatch.mechanism.people import People, draw_people, population
from longwatch.mechanism.relapses import Therapy, simulate_relapses
from longwatch.mechanism.rng import Stream, uniform
from longwatch.mechanism.schedule import Schedule
from longwatch.mechanism.tissue import tissue
from longwatch.trials.cohort_plan import MONTHS_A_YEAR, Asked
from longwatch.trials.cohort_tables import steps

LANES = 4096
"""People in a chunk. Frozen: another number could change the last bit of a value."""

NEAR_COURSE = (0.0, 1.0, 3.0, 7.0, 14.0)
"""Days of a course at which cells are kept besides the months: they fall within days."""

SECTIONS = (
    "adherence.",
    "autoimmunity.",
    "disability.",
    "laboratory.",
    "people.",
    "relapse.",
    "tissue.",
)
_FIRST, _BASELINE, _BIRTHDAY = range(3)
_ROOM = 32767
"""Greatest whole number of 16 bits: reported values are kept in so many."""


class Draws(NamedTuple):
    """What is drawn before the calendar is known; `[n]`, `[K, n]` or `[F, K, n]`."""

    people: People
    attendance: Attendance
    forms: Array
    first: Array
    before: Array
    relapses: Array


class Seen(NamedTuple):
    """What the visits show: `reported` i16[T, D, n] in the last digit that a laboratory prints."""

    reported: Array
    onsets: Onsets
    treated: Array
    bleeding: Array


def used_values(values: dict[str, float]) -> dict[str, float]:
    """The parameters that the two compiled functions take."""
    return {name: value for name, value in values.items() if name.startswith(SECTIONS)}


@partial(jax.jit, static_argnames=("asked", "slots", "trial"))
def draw(
    values: dict[str, float], seed: Array, patients: Array, asked: Frozen, slots: int, trial: str
) -> Draws:
    """Everything about people that does not depend on the calendar."""
    plan = asked.asked
    group = population(values, trial)
    people = draw_people(values, seed, patients, group)
    items = jnp.arange(1, slots + 1)
    u = [uniform(seed, Stream.DATES, patients, index) for index in range(3)]
    starts = jnp.array([course.day for course in plan.courses], jnp.float32)
    therapy = Therapy(
        jnp.broadcast_to(starts[:, None], (len(starts), len(patients))),
        jnp.zeros(patients.shape, jnp.float32),
    )
    relapses = simulate_relapses(
        values, seed, patients, people, group, therapy, slots * plan.every, RELAPSES_KEPT
    )
    forms = [
        forms_done(values, seed, patients, items[: MONTHS_A_YEAR * 2], series)
        for series in range(max(len(plan.forms), 1))
    ]
    return Draws(
        people,
        attendance(values, seed, patients, items, plan.every, float(plan.grace)),
        jnp.stack(forms),
        u[_FIRST],
        u[_BASELINE],
        relapses.days,
    )


RELAPSES_KEPT = 16
"""Relapses kept of each person."""


@partial(jax.jit, static_argnames=("asked",))
def look(
    values: dict[str, float],
    seed: Array,
    patients: Array,
    female: Array,
    days: Array,
    attended: Array,
    marks: Array,
    counts: Array,
    asked: Frozen,
) -> Seen:
    """The values of every visit.

    Inputs:
        days: f32[D, n], of the visits, row 0 the first baseline; attended: bool[D, n].
        marks: f32[S], days of `counts`, f32[S, 5, n]; the first is before the first infusion.
    """
    plan = asked.asked
    starts = jnp.array([course.day for course in plan.courses], jnp.float32)[:, None]
    onsets = autoimmunity(values, seed, patients, female, starts)
    own = set_point(values, seed, patients, female, "platelets")
    effects = tissue(values, seed, patients, onsets, own, days, attended)
    visits = Visits(days, jnp.arange(len(days)), _between_marks(marks, counts, days), starts)
    measured = laboratory(values, seed, patients, female, visits, effects, plan.tests)
    digits = np.array([steps(test) for test in plan.tests])
    printed = jnp.round(measured * jnp.asarray(digits, jnp.float32)[:, None, None])
    reported = jnp.clip(printed, 0, _ROOM).astype(jnp.int16)
    return Seen(reported, onsets, effects.itp.treated, effects.itp.bleeding)


def _between_marks(marks: Array, counts: Array, days: Array) -> Array:
    """Counts on each day, f32[D, 5, n], on a straight line between two marks."""
    after = jnp.clip(jnp.searchsorted(marks, days), 1, len(marks) - 1)
    share = jnp.clip((days - marks[after - 1]) / (marks[after] - marks[after - 1]), 0.0, 1.0)
    low = jnp.take_along_axis(counts, after[:, None, :] - 1, axis=0)
    high = jnp.take_along_axis(counts, after[:, None, :], axis=0)
    return low + (high - low) * share[:, None, :]


def cells_of(
    values: dict[str, float], seed: int, patients: Array, asked: Asked, months: int
) -> tuple[Array, Array, Array]:
    """Lymphocytes at the months and around each course: days f32[S], counts, who failed."""
    schedule = Schedule.of(asked.courses)
    near = [course.day + day for course in asked.courses for day in NEAR_COURSE]
    found = simulate_cells(values, seed, patients, schedule, months, near, level=0.5)
    marks = np.concatenate([np.arange(months + 1) * DAYS_A_MONTH, near])
    marks, place = np.unique(marks, return_index=True)
    counts = jnp.concatenate([found.counts, found.early])[place]
    return jnp.asarray(marks, jnp.float32), counts, found.failed


class Frozen:
    """A protocol's demands as a constant of compiled code: equal when they demand the same."""

    def __init__(self, asked: Asked) -> None:
        self.asked = asked
        self._key = repr(asked)

    def __hash__(self) -> int:
        """By content."""
        return hash(self._key)

    def __eq__(self, other: object) -> bool:
        """By content."""
        return isinstance(other, Frozen) and self._key == other._key
