"""The people of a chunk before anything happens: who they are, when they come, who needs more."""

from __future__ import annotations

from functools import partial
from typing import NamedTuple

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array
from numpy.typing import NDArray

from longwatch.mechanism.adherence import Attendance, Vaccines, attendance, forms_done, vaccines
from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.dropout import ALEMTUZUMAB, dropout_days
from longwatch.mechanism.people import People, Subjects, draw_people, population
from longwatch.mechanism.relapses import Therapy
from longwatch.mechanism.retreatment import simulate_long_term
from longwatch.mechanism.rng import Stream, uniform
from longwatch.mechanism.schedule import Course
from longwatch.trials.cohort_engine import QUICKLY_COMPILED, Care, Frozen, named
from longwatch.trials.cohort_plan import MONTHS_A_YEAR, Asked

_FIRST, _BASELINE = range(2)
RELAPSES_KEPT = 24
"""Relapses kept of each person."""


class Met(NamedTuple):
    """What is drawn before the calendar is known; `[n]`, `[K, n]` or `[F, K, n]`.

    first, before: uniform, the day of the first course and of its baseline visit.
    wanted: f32[C, n], the year at whose end each course is decided on; `inf` for none.
    leaves: f32[n], days.
    """

    people: People
    attendance: Attendance
    forms: Array
    vaccines: Vaccines
    first: Array
    before: Array
    wanted: Array
    leaves: Array


def meet(
    values: Array,
    seed: Array,
    patients: Array,
    care: Care,
    *,
    names: tuple[str, ...],
    asked: Frozen,
    slots: int,
    years: int,
    trial: str,
) -> Met:
    """Draws the people of a chunk, in programs of their own: as one they compile twice as long.

    Inputs:
        values, names: of `Numbers`.
        slots: items of the monthly series. years: of the simulation.
    """
    begins = (values, seed, patients)
    people = people_drawn(*begins, names=names, trial=trial)
    wanted = courses_wanted(
        *begins, people, care, names=names, asked=asked, years=years, trial=trial
    )
    return Met(
        people, *dates_kept(*begins, names=names, asked=asked, slots=slots, years=years), *wanted
    )


@partial(jax.jit, static_argnames=("names", "trial"), compiler_options=QUICKLY_COMPILED)
def people_drawn(
    values: Array, seed: Array, patients: Array, *, names: tuple[str, ...], trial: str
) -> People:
    """`people` of `Met`."""
    own = named(names, values)
    return draw_people(own, seed, patients, population(own, trial))


@partial(
    jax.jit, static_argnames=("names", "asked", "slots", "years"), compiler_options=QUICKLY_COMPILED
)
def dates_kept(
    values: Array,
    seed: Array,
    patients: Array,
    *,
    names: tuple[str, ...],
    asked: Frozen,
    slots: int,
    years: int,
) -> tuple[Attendance, Array, Vaccines, Array, Array]:
    """Which dates people keep: `attendance`, `forms`, `vaccines`, `first`, `before` of `Met`."""
    own, plan = named(names, values), asked.asked
    items = jnp.arange(1, slots + 1)
    dates = uniform(seed, Stream.DATES, patients, jnp.arange(_BASELINE + 1)[:, None])
    return (
        attendance(own, seed, patients, items, plan.every, float(plan.grace)),
        forms_done(own, seed, patients, items[: MONTHS_A_YEAR * 2], max(len(plan.forms), 1)),
        vaccines(own, seed, patients, years + 1),
        dates[_FIRST],
        dates[_BASELINE],
    )


@partial(
    jax.jit, static_argnames=("names", "asked", "years", "trial"), compiler_options=QUICKLY_COMPILED
)
def courses_wanted(
    values: Array,
    seed: Array,
    patients: Array,
    people: People,
    care: Care,
    *,
    names: tuple[str, ...],
    asked: Frozen,
    years: int,
    trial: str,
) -> tuple[Array, Array]:
    """Which courses people need, and when they leave: `wanted` and `leaves` of `Met`."""
    own, plan = named(names, values), asked.asked
    # Decided on at the ends of years, as in the trials' extension, whatever the calendar.
    planned = jnp.arange(len(plan.courses), dtype=jnp.float32)[:, None] * DAYS_A_YEAR
    planned = jnp.broadcast_to(planned, (len(plan.courses), len(patients)))
    therapy = Therapy(planned, jnp.zeros(patients.shape, jnp.float32))
    if plan.further is not None:
        subjects = Subjects(own, seed, patients, people, population(own, trial))
        therapy = simulate_long_term(subjects, therapy, years, RELAPSES_KEPT).therapy
    is_planned = jnp.arange(len(therapy.courses))[:, None] < len(plan.courses)
    leaves = dropout_days(seed, patients, own[ALEMTUZUMAB])
    return (
        jnp.where(is_planned | care.further, therapy.courses / DAYS_A_YEAR, jnp.inf),
        jnp.where(care.leaving, leaves, jnp.inf),
    )


def possible_courses(asked: Asked, months: int) -> tuple[Course, ...]:
    """Every course that anybody may have, on the same days for all: all Mondays.

    A further one that is decided on at the end of a year begins on that year's Monday.
    """
    part = asked.further
    if part is None:
        return asked.courses
    years = range(2, -(-months // MONTHS_A_YEAR))
    further = (Course(float(part.apart * k), part.doses, part.mg, part.hours) for k in years)
    return (*asked.courses, *further)


def course_days(
    asked: Asked,
    courses: tuple[Course, ...],
    wanted: NDArray[np.float32],
    leaves: NDArray[np.float32],
) -> NDArray[np.float64]:
    """The days since the first infusion on which each course begins, [C, n]; `inf` for none.

    Inputs:
        courses: of `possible_courses`. wanted, leaves: of `Met`.
    """
    planned = len(asked.courses)
    given = np.ones((len(courses), wanted.shape[1]), bool)
    if asked.further is not None:
        given[planned:] = False
        room = wanted.shape[0] - planned
        given[planned : planned + room] = np.isfinite(wanted[planned:])
        if asked.further.most is not None:
            given[planned:] &= np.cumsum(given[planned:], axis=0) <= asked.further.most
    start = np.array([course.day for course in courses])[:, None]
    given &= start <= leaves
    return np.where(given, start, np.inf)
