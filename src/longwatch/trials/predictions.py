"""What the mechanism predicts for each target: one number a person, and how they are summed up.

A prediction takes the parameters' values, the seed and patient numbers, and returns one number a
person: 100 or 0 for a share in %, NaN for a person who does not count.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.autoimmunity import CONDITIONS, autoimmunity
from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.disability import rater_step
from longwatch.mechanism.infections import infections
from longwatch.mechanism.lymphocytes import Subset
from longwatch.mechanism.reactions import reactions
from longwatch.mechanism.recovery import Attacks, draw_attacks, residual
from longwatch.mechanism.rng import Stream, uniform
from longwatch.mechanism.schedule import Schedule

Values = dict[str, float]
Predict = Callable[[Values, int, Array], Array]
SECOND_COURSE = DAYS_A_YEAR
"""The trials gave course 2 after 12 months."""
_LIFETIME_YEARS = 40.0
_FOLLOW_UP_MONTHS = 240


class Prediction(NamedTuple):
    """`each` gives a number a person; `median`: the median of people, else their mean."""

    each: Predict
    median: bool = False


def _courses(people: int, second: float = SECOND_COURSE) -> Array:
    return jnp.broadcast_to(jnp.array([[0.0], [second]], jnp.float32), (2, people))


def _percent(yes: Array) -> Array:
    return jnp.where(yes, 100.0, 0.0)


def _peak(course: int, values: Values, seed: int, patients: Array) -> Array:
    """Concentration at the end of a course's last infusion."""
    last = (values["pk.dose.infusions_first"], values["pk.dose.infusions_later"])[course] - 1
    day = (0.0, SECOND_COURSE)[course] + last + values["pk.dose.hours"] / 24.0
    schedule = Schedule.label(values, [0.0, SECOND_COURSE])
    cells = simulate_cells(values, seed, patients, schedule, 13, [day])
    return cells.early_concentration[0]


def _count(
    subset: Subset, month: int, share: bool, values: Values, seed: int, patients: Array
) -> Array:
    """A count before the second course, or its share of the baseline in %."""
    cells = simulate_cells(values, seed, patients, Schedule.label(values, [0.0]), month)
    count = cells.counts[month, subset]
    return 100.0 * count / cells.baseline[subset] if share else count


def _regained(subset: Subset, values: Values, seed: int, patients: Array) -> Array:
    schedule = Schedule.label(values, [0.0])
    cells = simulate_cells(values, seed, patients, schedule, _FOLLOW_UP_MONTHS)
    after = cells.counts[1:, subset]
    return _percent(jnp.max(after, axis=0) >= cells.baseline[subset])


def _left(
    least: float, days: float, severe: bool, values: Values, seed: int, patients: Array
) -> Array:
    """Is at least so much of a relapse left after so many days, in half points as raters score it?

    One relapse a person.
    """
    attacks = draw_attacks(values, seed, patients, 1)
    one = Attacks(attacks.size[0], attacks.lasting[0])
    step = values["disability.scale_step"]
    scored = jnp.round(residual(values, one, jnp.float32(days)) / step) * step
    yes = _percent(scored >= least)
    bad = one.size >= values["recovery.severe"]
    return jnp.where(bad, yes, jnp.nan) if severe else yes


def _female(values: Values, seed: int, patients: Array) -> Array:
    return uniform(seed, Stream.PEOPLE, patients, 0) < values["autoimmunity.female_share"]


def _onset(condition: str, values: Values, seed: int, patients: Array) -> Array:
    female = _female(values, seed, patients)
    courses = _courses(patients.shape[0])
    onsets = autoimmunity(values, seed, patients, female, courses)
    return onsets.day[CONDITIONS.index(condition)]


def _within(condition: str, years: float, values: Values, seed: int, patients: Array) -> Array:
    return _percent(_onset(condition, values, seed, patients) <= years * DAYS_A_YEAR)


def _months_to_thyroid(since: float, values: Values, seed: int, patients: Array) -> Array:
    day = _onset("thyroid", values, seed, patients)
    ever = day <= _LIFETIME_YEARS * DAYS_A_YEAR
    return jnp.where(ever, (day - since) / DAYS_A_MONTH, jnp.nan)


def _reaction(course: int, serious: bool, values: Values, seed: int, patients: Array) -> Array:
    doses = [values["pk.dose.infusions_first"], values["pk.dose.infusions_later"]]
    infusions = jnp.array(doses, jnp.int32)
    found = reactions(values, seed, patients, _courses(patients.shape[0]), infusions)
    return _percent((found.serious if serious else found.any)[course])


def _infected(year: int, treated: bool, values: Values, seed: int, patients: Array) -> Array:
    courses = _courses(patients.shape[0]) if treated else jnp.full((2, patients.shape[0]), jnp.inf)
    day = infections(values, seed, patients, courses, 105, 24).any
    begins, ends = (year - 1) * DAYS_A_YEAR, year * DAYS_A_YEAR
    return _percent(jnp.any((day > begins) & (day <= ends), axis=0))


def _agreement(values: Values, seed: int, patients: Array) -> Array:
    """Two raters of one examination: both add a step of their own."""
    steps = rater_step(values, seed, patients, 2)
    return _percent(steps[0] == steps[1])


PREDICTIONS: dict[str, Prediction] = {
    "peak_course_1": Prediction(partial(_peak, 0)),
    "peak_course_2": Prediction(partial(_peak, 1)),
    "cd4_month_1": Prediction(partial(_count, Subset.CD4, 1, False)),
    "cd4_month_12": Prediction(partial(_count, Subset.CD4, 12, False)),
    "b_month_3": Prediction(partial(_count, Subset.B, 3, True)),
    "b_month_12": Prediction(partial(_count, Subset.B, 12, True)),
    "cd4_regained": Prediction(partial(_regained, Subset.CD4)),
    "cd8_regained": Prediction(partial(_regained, Subset.CD8)),
    "residual_half": Prediction(partial(_left, 0.5, 64.0, False)),
    "residual_one": Prediction(partial(_left, 1.0, 64.0, False)),
    **{
        f"severe_{word}_month_{month}": Prediction(
            partial(_left, least, month * DAYS_A_MONTH, True)
        )
        for word, least in (("one", 1.0), ("two", 2.0))
        for month in (1, 2, 12)
    },
    "thyroid_two_years": Prediction(partial(_within, "thyroid", 2.0)),
    "thyroid_ever": Prediction(partial(_within, "thyroid", _LIFETIME_YEARS)),
    "thyroid_median_from_first": Prediction(partial(_months_to_thyroid, 0.0), median=True),
    "thyroid_median_from_last": Prediction(partial(_months_to_thyroid, SECOND_COURSE), median=True),
    "itp_six_years": Prediction(partial(_within, "itp", 6.1)),
    "kidney_six_years": Prediction(partial(_within, "nephropathy", 6.1)),
    "reaction_course_1": Prediction(partial(_reaction, 0, False)),
    "reaction_course_2": Prediction(partial(_reaction, 1, False)),
    "serious_reaction_course_1": Prediction(partial(_reaction, 0, True)),
    "serious_reaction_course_2": Prediction(partial(_reaction, 1, True)),
    "infection_year_1": Prediction(partial(_infected, 1, True)),
    "infection_year_2": Prediction(partial(_infected, 2, True)),
    "infection_interferon_year_1": Prediction(partial(_infected, 1, False)),
    "infection_interferon_year_2": Prediction(partial(_infected, 2, False)),
    "rater_agreement": Prediction(_agreement),
}


def per_replicate(
    prediction: Prediction, values: Values, seed: int, people: int, replicates: int
) -> np.ndarray:
    """The figure in each of `replicates` studies of `people` people, f64[R]."""
    patients = jnp.arange(replicates * people, dtype=jnp.uint32)
    each = np.asarray(prediction.each(values, seed, patients), np.float64)
    sum_up = np.nanmedian if prediction.median else np.nanmean
    return np.asarray(sum_up(each.reshape(replicates, people), axis=1))
