"""Relapses: a rate with frailty, age, season and treatment; events by inversion of its integral."""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.people import People, Population
from longwatch.mechanism.rng import Stream, exponential, uniform

Values = dict[str, float]

STEPS_A_MONTH = 2
"""Midpoint rule; half a month resolves the treatment's start (checked against quadrature)."""
MOST_IN_TWO_YEARS = 16
"""Events kept; a test shows that fewer than 1 in 10 000 people have more."""


class Therapy(NamedTuple):
    """What people take.

    courses: day 1 of each course, f32[C, n], ascending, inf = not given.
    interferon: f32[n], 1 from day 0 on, else 0.
    """

    courses: Array
    interferon: Array


class Relapses(NamedTuple):
    """The relapses of people.

    days: of each relapse, f32[K, n], ascending, inf = none.
    hazard: integrated, f32[G + 1, n], at the days of `grid`, f32[G + 1]; imaging reads it too.
    """

    days: Array
    hazard: Array
    grid: Array


def effect_of_alemtuzumab(values: Values, courses: Array, day: Array) -> Array:
    """How much of the full effect is there: 0 before the first course, at most 1; f32[G, n].

    It comes with `relapse.onset`, and wanes with `relapse.wane` a year after the latest course.

    Inputs:
        courses: days, f32[C, n], inf = not given.
        day: f32[G].
    """
    onset = values["relapse.onset"] * DAYS_A_MONTH
    wane = values["relapse.wane"] / DAYS_A_YEAR

    def since(start: Array, strength: Array, when: Array) -> Array:
        passed = jnp.where(jnp.isfinite(when - start), jnp.maximum(when - start, 0.0), 0.0)
        return (1.0 - (1.0 - strength) * jnp.exp(-passed / onset)) * jnp.exp(-wane * passed)

    column = day[:, None]
    latest = jnp.full(courses.shape[1:], jnp.inf)
    strength = jnp.zeros(courses.shape[1:])
    effect = jnp.zeros((day.shape[0], courses.shape[1]))
    for start in courses:
        # A course that was not given leaves the one before it the latest.
        given = jnp.isfinite(start)
        strength = jnp.where(given & jnp.isfinite(latest), since(latest, strength, start), strength)
        latest = jnp.where(given, start, latest)
        effect = jnp.where(given & (column >= start), since(start, strength, column), effect)
    return effect


def integrated_hazard(
    values: Values,
    seed: int | Array,
    patient: Array,
    people: People,
    group: Population,
    therapy: Therapy,
    months: int,
) -> tuple[Array, Array]:
    """The expected number of relapses of each person up to each day of a grid.

    Returns:
        days f32[G + 1] and the integral f32[G + 1, n]; frailty and response are the person's own.

    Source: mechanism.md §9, relapse.
    """
    steps = months * STEPS_A_MONTH
    grid = jnp.asarray(np.arange(steps + 1) * (DAYS_A_MONTH / STEPS_A_MONTH), jnp.float32)
    middle = (grid[1:] + grid[:-1]) / 2.0
    frailty = gamma_mean_one(
        values["relapse.frailty_shape"], uniform(seed, Stream.RELAPSE_FRAILTY, patient)
    )
    spread = gamma_mean_one(
        1.0 / values["relapse.response_variance"], uniform(seed, Stream.RELAPSE_RESPONSE, patient)
    )
    left = values["relapse.alemtuzumab_left"] * spread
    # Age and season as products of a part of the person and a part of the day: two exponentials
    # and cosines a person, not one of each for every step.
    by_age = values["relapse.age_ratio"] ** (people.age - group.age.mean)
    by_year = values["relapse.age_ratio"] ** (middle / DAYS_A_YEAR)
    turn = 2.0 * jnp.pi / DAYS_A_YEAR
    start = turn * (people.start - values["relapse.season_peak"])
    later = turn * middle[:, None]
    wave = jnp.cos(start) * jnp.cos(later) - jnp.sin(start) * jnp.sin(later)
    by_season = 1.0 + values["relapse.season_amplitude"] * wave
    interferon = 1.0 - therapy.interferon * (1.0 - values["relapse.interferon_ratio"])
    effect = effect_of_alemtuzumab(values, therapy.courses, middle)
    rate = group.relapse_rate / DAYS_A_YEAR * frailty * by_age * interferon
    width = (grid[1:] - grid[:-1]) * by_year
    growth = rate * (1.0 - effect * (1.0 - left)) * by_season * width[:, None]
    return grid, running_sum(jnp.concatenate([jnp.zeros_like(growth[:1]), growth]))


def running_sum(parts: Array) -> Array:
    """The sums of the first 1, 2, … parts along the first axis.

    XLA's own cumulative sum does quadratic work on a CPU.
    """

    def add(total: Array, part: Array) -> tuple[Array, Array]:
        total = total + part
        return total, total

    return lax.scan(add, jnp.zeros_like(parts[0]), parts)[1]


def days_of_events(
    seed: int | Array, stream: int, patient: Array, grid: Array, hazard: Array, most: int
) -> Array:
    """The days at which an integrated hazard passes 1, 2, … thresholds; f32[most, n], inf = none.

    Thresholds are sums of exponentials, one counter an event, so that a longer grid or another
    treatment later on leaves the earlier events as they are.
    """
    number = jnp.arange(most, dtype=jnp.uint32)[:, None]
    threshold = running_sum(exponential(seed, stream, patient[None, :], number))
    growth = jnp.maximum(hazard[1:] - hazard[:-1], np.finfo(np.float32).tiny)
    width = grid[1:] - grid[:-1]

    def add(days: Array, piece: tuple[Array, Array, Array]) -> tuple[Array, None]:
        # The inverse of a rising broken line as a sum over its pieces: no search, no gather.
        before, rise, length = piece
        return days + length * jnp.clip((threshold - before) / rise, 0.0, 1.0), None

    days, _ = lax.scan(add, jnp.full(threshold.shape, grid[0]), (hazard[:-1], growth, width))
    return jnp.where(threshold < hazard[-1], days, jnp.inf)


def simulate_relapses(
    values: Values,
    seed: int | Array,
    patient: Array,
    people: People,
    group: Population,
    therapy: Therapy,
    months: int,
    most: int = MOST_IN_TWO_YEARS,
) -> Relapses:
    """The relapses of people under a therapy, from day 0 over some months."""
    grid, hazard = integrated_hazard(values, seed, patient, people, group, therapy, months)
    days = days_of_events(seed, Stream.RELAPSE_TIMES, patient, grid, hazard, most)
    return Relapses(days, hazard, grid)
