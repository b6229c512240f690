"""Disability: the true EDSS of a person and what a rater writes down at a visit."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.recovery import Attacks, residual
from longwatch.mechanism.rng import Stream, exponential, normal, uniform

if TYPE_CHECKING:
    from longwatch.mechanism.people import Subjects

Values = Mapping[str, Any]

MOST_STEPS_IN_TWO_YEARS = 12
"""Half steps without a relapse that are kept; fewer than 1 in 10 000 people have more."""


class Disability(NamedTuple):
    """true: before noise and rounding. observed: on the scale. Both f32[V, n]."""

    true: Array
    observed: Array


def snap_to_scale(values: Values, score: Array) -> Array:
    """The nearest score of the EDSS: 0, 1, 1.5, 2 … 10 (there is no 0.5).

    >>> from longwatch.mechanism.parameters import Parameters
    >>> snap_to_scale(Parameters.load().values(), jnp.array([0.4, 0.6, 1.3, 11.0])).tolist()
    [0.0, 1.0, 1.5, 10.0]
    """
    step, first = values["disability.scale_step"], values["disability.scale_first"]
    top = values["disability.scale_top"]
    near = jnp.round(jnp.clip(score, 0.0, top) / step) * step
    low = jnp.where(score < first / 2.0, 0.0, first)
    return jnp.where(near < first, low, near)


def steps_without_relapse(
    values: Values,
    seed: int | Array,
    patient: Array,
    rate: Array | float,
    visits: Array,
    most: int,
) -> Array:
    """How many half steps of relapse-independent progression came by each visit; f32[V, n].

    Inputs:
        rate: half steps a year, scalar or f32[n], before the person's own frailty.
        visits: days, f32[V] or f32[V, n].
    """
    frailty = gamma_mean_one(
        values["disability.progression_frailty_shape"],
        uniform(seed, Stream.PROGRESSION_FRAILTY, patient),
    )
    number = jnp.arange(most, dtype=jnp.uint32)[:, None]
    between = exponential(seed, Stream.PROGRESSION_TIMES, patient[None, :], number)
    expected = rate * frailty * jnp.maximum(_column(visits), 0.0) / DAYS_A_YEAR

    def add(state: tuple[Array, Array], more: Array) -> tuple[tuple[Array, Array], None]:
        count, threshold = state
        threshold = threshold + more
        return (count + (threshold < expected), threshold), None

    nothing = (jnp.zeros_like(expected), jnp.zeros_like(between[0]))
    (count, _), _ = lax.scan(add, nothing, between)
    return jnp.asarray(count)


def fluctuation(values: Values, seed: int | Array, patient: Array, visits: Array) -> Array:
    """Good and bad days: a stationary first-order process, f32[V, n], in EDSS."""
    visits = _column(visits)
    keep = jnp.exp(
        -(visits[1:] - visits[:-1]) / (values["disability.fluctuation_months"] * DAYS_A_MONTH)
    )
    number = jnp.arange(visits.shape[0], dtype=jnp.uint32)[:, None]
    fresh = normal(seed, Stream.FLUCTUATION, patient[None, :], number)

    def on(state: Array, visit: tuple[Array, Array]) -> tuple[Array, Array]:
        kept, new = visit
        state = kept * state + jnp.sqrt(1.0 - kept**2) * new
        return state, state

    _, later = lax.scan(on, fresh[0], (keep, fresh[1:]))
    return jnp.asarray(values["disability.fluctuation_sd"] * jnp.concatenate([fresh[:1], later]))


def rater_step(values: Values, seed: int | Array, patient: Array, visits: int) -> Array:
    """What the rater adds: 0, a half step or a whole step either way; f32[V, n]."""
    number = jnp.arange(visits, dtype=jnp.uint32)[:, None]
    u = uniform(seed, Stream.RATER, patient[None, :], number)
    half, whole = values["disability.rater_half"] / 2.0, values["disability.rater_whole"] / 2.0
    step = values["disability.scale_step"]
    up = jnp.where(u < whole, 2.0 * step, jnp.where(u < whole + half, step, 0.0))
    down = jnp.where(u > 1.0 - whole, 2.0 * step, jnp.where(u > 1.0 - whole - half, step, 0.0))
    return up - down


def simulate_disability(
    subjects: Subjects,
    treated: Array,
    relapse_days: Array,
    attacks: Attacks,
    visits: Array,
    most: int = MOST_STEPS_IN_TWO_YEARS,
) -> Disability:
    """True and observed EDSS at visits.

    Inputs:
        treated: with alemtuzumab, f32[n], 1 or 0; it slows progression without relapses.
        relapse_days: f32[K, n]; attacks: their sizes and lasting shares, f32[K, n].
        visits: days, ascending, f32[V] or f32[V, n].
        most: half steps without a relapse that are kept.

    Source: mechanism.md §9, EDSS. Fluctuation and rater are there at the first visit too.
    """
    values, seed, patient, people, group = subjects
    visits = _column(visits)
    passed = jnp.maximum(visits, 0.0) / (values["disability.improvement_months"] * DAYS_A_MONTH)
    regained = group.improvement * exponential(seed, Stream.IMPROVEMENT, patient)
    regained = regained * (1.0 - jnp.exp(-passed))
    rate = group.progression * (1.0 - treated * (1.0 - values["disability.progression_ratio"]))
    steps = steps_without_relapse(values, seed, patient, rate, visits, most)

    def add(total: Array, relapse: tuple[Array, Attacks]) -> tuple[Array, None]:
        day, attack = relapse
        return total + residual(values, attack, visits - day), None

    # A loop, not a sum written out: compiling is several times as quick.
    from_relapses, _ = lax.scan(add, jnp.zeros_like(steps), (relapse_days, attacks))
    true = people.edss - regained + from_relapses + values["disability.scale_step"] * steps
    true = jnp.clip(true, 0.0, values["disability.scale_top"])
    noise = fluctuation(values, seed, patient, visits)
    rater = rater_step(values, seed, patient, visits.shape[0])
    return Disability(true, snap_to_scale(values, true + noise + rater))


def _column(visits: Array) -> Array:
    return visits[:, None] if visits.ndim == 1 else visits
