"""Infections after courses: of all kinds, herpes, listeria; what antiviral and diet prevent.

Lymphocyte counts do not enter: they predict no infection (mechanism.md §2, S20).
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.rng import Stream, exponential, uniform

DAYS_A_WEEK = 7.0
_FRAILTY, _EVENTS, _SERIOUS = 0, 1, 4096
"""First index of each decision in `Stream.INFECTION`; frozen."""
SMALLEST = 1e-12


class Infections(NamedTuple):
    """Days since the first infusion, `inf` for none.

    any: f32[K, n], infections of all kinds in order. serious: bool[K, n].
    herpes: f32[C + 1, n], after each course; the last row without a course.
    listeria: f32[C, n], after each course.
    """

    any: Array
    serious: Array
    herpes: Array
    listeria: Array


def cumulative_hazard(values: Mapping[str, float], courses: Array, weeks: int) -> Array:
    """Integrated hazard of infections at the mean frailty, at the end of each week.

    Inputs:
        courses: f32[C, n] or f32[C, 1], first days, `inf` for none.

    Returns: f32[W + 1, n], 0 first.

    Source: mechanism.md §9, infections.
    """
    middle = (jnp.arange(weeks, dtype=jnp.float32)[:, None] + 0.5) * DAYS_A_WEEK
    # Only the newest course counts: each lifts the hazard to the same height.
    since = jnp.min(
        jnp.where(courses[:, None] <= middle, middle - courses[:, None], jnp.inf), axis=0
    )
    decay = values["infections.decay"] * DAYS_A_MONTH
    year = jnp.where(middle < DAYS_A_YEAR, 1.0, values["infections.later_ratio"])
    hazard = values["infections.base"] * year
    hazard = hazard * (1.0 + values["infections.rise"] * jnp.exp(-since / decay))
    total = jnp.cumsum(hazard * DAYS_A_WEEK / DAYS_A_YEAR, axis=0)
    return jnp.concatenate([jnp.zeros_like(total[:1]), total])


def infections(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    weeks: int,
    most: int,
    antiviral: Array | float = 1.0,
    diet: Array | float = 1.0,
) -> Infections:
    """Draws infections over some weeks.

    Inputs:
        patients: u32[n].
        courses: f32[C, n], first days, `inf` for none.
        most: infections kept of each person.
        antiviral, diet: 1 for people who take or keep it, 0 for the others; scalar or f32[n].

    Returns: `Infections`.

    Source: mechanism.md §5, §9.
    """
    courses = jnp.broadcast_to(courses, (courses.shape[0], patients.shape[0]))
    frailty = gamma_mean_one(
        values["infections.frailty"], uniform(seed, Stream.INFECTION, patients, _FRAILTY)
    )
    hazard = cumulative_hazard(values, courses, weeks) * frailty
    number = jnp.arange(most)[:, None]
    gaps = exponential(seed, Stream.INFECTION, patients, _EVENTS + number)
    thresholds = jnp.cumsum(gaps, axis=0)
    day = _crossing(hazard, thresholds)
    serious = uniform(seed, Stream.INFECTION, patients, _SERIOUS + number)
    return Infections(
        day,
        serious < values["infections.serious_share"],
        _herpes(values, seed, patients, courses, weeks, antiviral),
        _listeria(values, seed, patients, courses, diet),
    )


def _crossing(hazard: Array, thresholds: Array) -> Array:
    """The day on which a rising hazard `[W + 1, n]` passes each threshold `[K, n]`."""
    after = jnp.sum(hazard[None] < thresholds[:, None], axis=1)
    last = hazard.shape[0] - 1
    upper = jnp.minimum(after, last)
    high = jnp.take_along_axis(hazard, upper, axis=0)
    low = jnp.take_along_axis(hazard, upper - 1, axis=0)
    share = (thresholds - low) / jnp.maximum(high - low, SMALLEST)
    return jnp.where(after <= last, (upper - 1 + share) * DAYS_A_WEEK, jnp.inf)


def _herpes(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    weeks: int,
    antiviral: Array | float,
) -> Array:
    """First-month herpes of each course, and one that comes at any time."""
    rows = jnp.arange(courses.shape[0])[:, None]
    chance = values["infections.herpes_first_month"] * (
        1.0 - values["infections.antiviral_effect"] * antiviral
    )
    happens = uniform(seed, Stream.HERPES, patients, 2 * rows + 2) < chance
    when = uniform(seed, Stream.HERPES, patients, 2 * rows + 3) * DAYS_A_MONTH
    early = jnp.where(happens, courses + when, jnp.inf)
    treated = jnp.any(jnp.isfinite(courses), axis=0)
    rate = jnp.where(
        treated, values["infections.herpes_later"], values["infections.herpes_untreated"]
    )
    later = exponential(seed, Stream.HERPES, patients, 0) / rate * DAYS_A_YEAR
    later = jnp.where(later <= weeks * DAYS_A_WEEK, later, jnp.inf)
    return jnp.concatenate([early, later[None]])


def _listeria(
    values: Mapping[str, float],
    seed: int | Array,
    patients: Array,
    courses: Array,
    diet: Array | float,
) -> Array:
    rows = jnp.arange(courses.shape[0])[:, None]
    chance = values["infections.listeria"] * (1.0 - (1.0 - values["infections.diet_effect"]) * diet)
    happens = uniform(seed, Stream.LISTERIA, patients, 3 * rows) < chance
    soon = uniform(seed, Stream.LISTERIA, patients, 3 * rows + 1)
    place = uniform(seed, Stream.LISTERIA, patients, 3 * rows + 2)
    first, middle = values["infections.listeria_first"], values["infections.listeria_early_days"]
    last = values["infections.listeria_last"]
    early = first + (middle - first) * place
    late = middle + (last - middle) * place
    since = jnp.where(soon < values["infections.listeria_early"], early, late)
    return jnp.where(happens, courses + since, jnp.inf)
