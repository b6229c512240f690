"""What the mechanism predicts for each target: one number a person, and how they are summed up.

A prediction takes the parameters' values, the seed, patient numbers and what the study fixed (days,
courses, limits: `given` in targets.yaml), and returns one number a person: 100 or 0 for a share in
%, NaN for a person who does not count.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from math import ceil
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.autoimmunity import CONDITIONS, Onsets, autoimmunity
from longwatch.mechanism.cells import Cells, simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.disability import rater_step
from longwatch.mechanism.infections import DAYS_A_WEEK, infections
from longwatch.mechanism.lymphocytes import Subset
from longwatch.mechanism.reactions import SYMPTOMS, Reactions, reactions
from longwatch.mechanism.recovery import Attacks, draw_attacks, residual
from longwatch.mechanism.rng import Stream, uniform
from longwatch.mechanism.schedule import HOURS_A_DAY, Schedule
from longwatch.trials.persistence import persistence

Values = dict[str, Any]
MOST_INFECTIONS = 24
"""Kept of each person in two years; a year has 0.8 of them on the mean."""


class Prediction(NamedTuple):
    """`each` gives a number a person; `median`: the median of people, else their mean."""

    each: Callable[..., Array]
    median: bool = False


def _courses(people: int, second_course: float) -> Array:
    days = jnp.array([[0.0], [second_course * DAYS_A_MONTH]], jnp.float32)
    return jnp.broadcast_to(days, (2, people))


def _percent(yes: Array) -> Array:
    return jnp.where(yes, 100.0, 0.0)


def _peak(
    values: Values, seed: int, patients: Array, *, course: int, second_course: float
) -> Array:
    """Concentration at the end of a course's last infusion."""
    starts = [0.0, second_course * DAYS_A_MONTH]
    doses = (values["pk.dose.infusions_first"], values["pk.dose.infusions_later"])
    day = starts[course - 1] + doses[course - 1] - 1 + values["pk.dose.hours"] / HOURS_A_DAY
    months = ceil(second_course) + 1
    cells = simulate_cells(values, seed, patients, Schedule.label(values, starts), months, [day])
    return cells.early_concentration[0]


def _cells(values: Values, seed: int, patients: Array, months: float) -> Cells:
    return simulate_cells(values, seed, patients, Schedule.label(values, [0.0]), int(months))


def _count(values: Values, seed: int, patients: Array, *, subset: str, month: float) -> Array:
    """A count before the second course."""
    return _cells(values, seed, patients, month).counts[int(month), Subset[subset]]


def _share_of_baseline(
    values: Values, seed: int, patients: Array, *, subset: str, month: float
) -> Array:
    cells = _cells(values, seed, patients, month)
    return 100.0 * cells.counts[int(month), Subset[subset]] / cells.baseline[Subset[subset]]


def _regained(values: Values, seed: int, patients: Array, *, subset: str, months: float) -> Array:
    """Did the count ever come back to where it was, after one course?"""
    cells = _cells(values, seed, patients, months)
    highest = jnp.max(cells.counts[1:, Subset[subset]], axis=0)
    return _percent(highest >= cells.baseline[Subset[subset]])


def _left(
    values: Values, seed: int, patients: Array, least: float, days: float
) -> tuple[Array, ...]:
    """Is so much of a relapse left after so many days, as raters score it? And its size."""
    attacks = draw_attacks(values, seed, patients, 1)
    one = Attacks(attacks.size[0], attacks.lasting[0])
    step = values["disability.scale_step"]
    scored = jnp.round(residual(values, one, jnp.float32(days)) / step) * step
    return _percent(scored >= least), one.size


def _left_of_relapse(
    values: Values, seed: int, patients: Array, *, least: float, days: float
) -> Array:
    return _left(values, seed, patients, least, days)[0]


def _left_of_severe_relapse(
    values: Values, seed: int, patients: Array, *, least: float, months: float
) -> Array:
    left, size = _left(values, seed, patients, least, months * DAYS_A_MONTH)
    return jnp.where(size >= values["recovery.severe"], left, jnp.nan)


def _onsets(values: Values, seed: int, patients: Array, second_course: float) -> Onsets:
    female = uniform(seed, Stream.PEOPLE, patients, 0) < values["autoimmunity.female_share"]
    courses = _courses(patients.shape[0], second_course)
    return autoimmunity(values, seed, patients, female, courses)


def _onset_within(
    values: Values,
    seed: int,
    patients: Array,
    *,
    condition: str,
    years: float,
    second_course: float,
) -> Array:
    day = _onsets(values, seed, patients, second_course).day[CONDITIONS.index(condition)]
    return _percent(day <= years * DAYS_A_YEAR)


def _months_to_onset(
    values: Values,
    seed: int,
    patients: Array,
    *,
    condition: str,
    within: float,
    since_course: int,
    second_course: float,
) -> Array:
    day = _onsets(values, seed, patients, second_course).day[CONDITIONS.index(condition)]
    since = (0.0, second_course * DAYS_A_MONTH)[since_course - 1]
    return jnp.where(day <= within * DAYS_A_YEAR, (day - since) / DAYS_A_MONTH, jnp.nan)


def _reactions(values: Values, seed: int, patients: Array, second_course: float) -> Reactions:
    doses = [values["pk.dose.infusions_first"], values["pk.dose.infusions_later"]]
    courses = _courses(patients.shape[0], second_course)
    return reactions(values, seed, patients, courses, jnp.array(doses, jnp.int32))


def _reaction(
    values: Values, seed: int, patients: Array, *, course: int, second_course: float
) -> Array:
    return _percent(_reactions(values, seed, patients, second_course).any[course - 1])


def _serious_reaction(
    values: Values, seed: int, patients: Array, *, course: int, second_course: float
) -> Array:
    return _percent(_reactions(values, seed, patients, second_course).serious[course - 1])


def _symptom(
    values: Values, seed: int, patients: Array, *, symptom: str, second_course: float
) -> Array:
    """A symptom of the reaction in either course."""
    found = _reactions(values, seed, patients, second_course).symptoms
    return _percent(jnp.any(found[:, SYMPTOMS.index(symptom)], axis=0))


def _infection(
    values: Values, seed: int, patients: Array, *, year: int, treated: bool, second_course: float
) -> Array:
    courses = _courses(patients.shape[0], second_course if treated else jnp.inf)
    courses = courses if treated else jnp.full_like(courses, jnp.inf)
    begins, ends = (year - 1) * DAYS_A_YEAR, year * DAYS_A_YEAR
    weeks = ceil(ends / DAYS_A_WEEK)
    day = infections(values, seed, patients, courses, weeks, MOST_INFECTIONS).any
    return _percent(jnp.any((day > begins) & (day <= ends), axis=0))


def _herpes(
    values: Values, seed: int, patients: Array, *, treated: bool, years: float, second_course: float
) -> Array:
    courses = _courses(patients.shape[0], second_course)
    courses = courses if treated else jnp.full_like(courses, jnp.inf)
    weeks = ceil(years * DAYS_A_YEAR / DAYS_A_WEEK)
    day = infections(values, seed, patients, courses, weeks, 1).herpes
    return _percent(jnp.any(day <= years * DAYS_A_YEAR, axis=0))


def _agreement(values: Values, seed: int, patients: Array) -> Array:
    """Two raters of one examination: both add a step of their own."""
    steps = rater_step(values, seed, patients, 2)
    return _percent(steps[0] == steps[1])


PREDICTIONS: dict[str, Prediction] = {
    "peak": Prediction(_peak),
    "count": Prediction(_count),
    "share_of_baseline": Prediction(_share_of_baseline),
    "regained": Prediction(_regained),
    "left_of_relapse": Prediction(_left_of_relapse),
    "left_of_severe_relapse": Prediction(_left_of_severe_relapse),
    "onset_within": Prediction(_onset_within),
    "months_to_onset": Prediction(_months_to_onset, median=True),
    "reaction": Prediction(_reaction),
    "serious_reaction": Prediction(_serious_reaction),
    "symptom": Prediction(_symptom),
    "infection": Prediction(_infection),
    "herpes": Prediction(_herpes),
    "agreement": Prediction(_agreement),
    "persistence": Prediction(persistence),
}


def per_replicate(
    prediction: Prediction,
    given: Mapping[str, Any],
    values: Values,
    seed: int,
    people: int,
    replicates: int,
) -> np.ndarray:
    """The figure in each of `replicates` studies of `people` people, f64[R]."""
    patients = jnp.arange(replicates * people, dtype=jnp.uint32)
    each = np.asarray(prediction.each(values, seed, patients, **given), np.float64)
    sum_up = np.nanmedian if prediction.median else np.nanmean
    return np.asarray(sum_up(each.reshape(replicates, people), axis=1))
