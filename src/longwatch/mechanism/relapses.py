"""Relapses: a rate with frailty, age, season and treatment; events by inversion of its integral."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
import numpy as np
from jax import Array, lax

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.gamma_varied import gamma_of_shapes
from longwatch.mechanism.people import Subjects
from longwatch.mechanism.rng import Stream, exponential, uniform

Values = Mapping[str, Any]

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


class Rates(NamedTuple):
    """What of a person's rate of relapses does not change with time.

    rate: a day, untreated or on interferon, at entry, without season; f32[n].
    left: the share of it that full effect of alemtuzumab leaves, f32[n].
    """

    rate: Array
    left: Array


def personal_rates(subjects: Subjects, therapy: Therapy) -> Rates:
    """Each person's own rate: frailty, age, interferon, and how well they respond."""
    values, seed, patient = subjects.values, subjects.seed, subjects.patient
    frailty = _gamma(
        values["relapse.frailty_shape"], uniform(seed, Stream.RELAPSE_FRAILTY, patient)
    )
    spread = _gamma(
        1.0 / values["relapse.response_variance"], uniform(seed, Stream.RELAPSE_RESPONSE, patient)
    )
    by_age = values["relapse.age_ratio"] ** (subjects.people.age - subjects.group.age.mean)
    interferon = 1.0 - therapy.interferon * (1.0 - values["relapse.interferon_ratio"])
    rate = subjects.group.relapse_rate / DAYS_A_YEAR * frailty * by_age * interferon
    return Rates(rate, values["relapse.alemtuzumab_left"] * spread)


def growth_of_hazard(subjects: Subjects, rates: Rates, courses: Array, grid: Array) -> Array:
    """The expected number of relapses in each interval of a grid of days; f32[G, n].

    Inputs:
        courses: days, f32[C, n], inf = not given.
        grid: f32[G + 1]; the midpoint rule is used in each interval.

    Source: mechanism.md §9, relapse.
    """
    values = subjects.values
    middle = (grid[1:] + grid[:-1]) / 2.0
    # Age and season as products of a part of the person and a part of the day: two exponentials
    # and cosines a person, not one of each for every step.
    by_year = values["relapse.age_ratio"] ** (middle / DAYS_A_YEAR)
    turn = 2.0 * jnp.pi / DAYS_A_YEAR
    start = turn * (subjects.people.start - values["relapse.season_peak"])
    later = turn * middle[:, None]
    wave = jnp.cos(start) * jnp.cos(later) - jnp.sin(start) * jnp.sin(later)
    by_season = 1.0 + values["relapse.season_amplitude"] * wave
    effect = effect_of_alemtuzumab(values, courses, middle)
    width = (grid[1:] - grid[:-1]) * by_year
    rate = rates.rate * (1.0 - effect * (1.0 - rates.left)) * by_season
    return jnp.asarray(rate * width[:, None])


def half_months(months: int) -> Array:
    """The grid of days over some months, f32[G + 1]."""
    steps = np.arange(months * STEPS_A_MONTH + 1)
    return jnp.asarray(steps * (DAYS_A_MONTH / STEPS_A_MONTH), jnp.float32)


def _gamma(shape: Array | float, u: Array) -> Array:
    return gamma_of_shapes(jnp.asarray(shape), u) if jnp.ndim(shape) else gamma_mean_one(shape, u)


def running_sum(parts: Array) -> Array:
    """The sums of the first 1, 2, … parts along the first axis.

    XLA's own cumulative sum does quadratic work on a CPU.
    """

    def add(total: Array, part: Array) -> tuple[Array, Array]:
        total = total + part
        return total, total

    return lax.scan(add, jnp.zeros_like(parts[0]), parts)[1]


def thresholds_of_events(seed: int | Array, stream: int, patient: Array, most: int) -> Array:
    """The integrated hazard at which events 1, 2, … come; f32[most, n].

    Sums of exponentials, one counter an event, so that a longer grid or another treatment later
    on leaves the earlier events as they are.
    """
    number = jnp.arange(most, dtype=jnp.uint32)[:, None]
    return running_sum(exponential(seed, stream, patient[None, :], number))


def add_days(days: Array, threshold: Array, grid: Array, hazard: Array) -> Array:
    """Moves days on by the part of a grid on which an integrated hazard is below thresholds.

    Inputs:
        days, threshold: f32[K, n]. grid: f32[G + 1]. hazard: f32[G + 1, n].
    """
    # Divided by once for all events: divisions took half the time.
    steep = 1.0 / jnp.maximum(hazard[1:] - hazard[:-1], np.finfo(np.float32).tiny)
    width = grid[1:] - grid[:-1]

    def add(days: Array, piece: tuple[Array, Array, Array]) -> tuple[Array, None]:
        # The inverse of a rising broken line as a sum over its pieces: no search, no gather.
        before, slope, length = piece
        return days + length * jnp.clip((threshold - before) * slope, 0.0, 1.0), None

    return lax.scan(add, days, (hazard[:-1], steep, width))[0]


def days_of_events(
    seed: int | Array, stream: int, patient: Array, grid: Array, hazard: Array, most: int
) -> Array:
    """The days at which an integrated hazard passes each threshold; f32[most, n], inf = none."""
    threshold = thresholds_of_events(seed, stream, patient, most)
    days = add_days(jnp.full(threshold.shape, grid[0]), threshold, grid, hazard)
    return jnp.where(threshold < hazard[-1], days, jnp.inf)


def relapses_of(
    subjects: Subjects, therapy: Therapy, months: int, most: int = MOST_IN_TWO_YEARS
) -> Relapses:
    """The relapses of people under a therapy, from day 0 over some months; at most `most` each."""
    grid = half_months(months)
    growth = growth_of_hazard(subjects, personal_rates(subjects, therapy), therapy.courses, grid)
    hazard = running_sum(jnp.concatenate([jnp.zeros_like(growth[:1]), growth]))
    days = days_of_events(subjects.seed, Stream.RELAPSE_TIMES, subjects.patient, grid, hazard, most)
    return Relapses(days, hazard, grid)
