"""Secondary autoimmunity: who is susceptible, and on which day each disease begins.

Each course adds a Weibull hazard of its own; a person who is not susceptible is never ill. The
hazard does not depend on the lymphocyte counts (mechanism.md §2: counts do not predict harms).
"""

from __future__ import annotations

from collections.abc import Mapping
from enum import IntEnum, unique
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array, lax

from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.rng import Stream, exponential, uniform

CONDITIONS = (
    "thyroid",
    "itp",
    "nephropathy",
    "hepatitis",
    "vitiligo",
    "hemolytic_anemia",
    "pancytopenia",
    "connective_tissue",
    "type_1_diabetes",
    "rheumatoid_arthritis",
    "retinal_epitheliopathy",
    "acquired_hemophilia",
)
"""Rows of `Onsets.day`. The order is frozen: it numbers the draws. New ones go last."""

NEWTON_STEPS = 6
"""Newton's steps from above on a convex hazard: after 5 float32 moves no more, with 6 courses."""


@unique
class Thyroid(IntEnum):
    """How thyroid disease shows itself."""

    GRAVES = 0
    FLUCTUATING = 1
    HASHIMOTO = 2
    THYROIDITIS = 3


class Onsets(NamedTuple):
    """When diseases begin.

    day: f32[K, n] by `CONDITIONS`, days since the first infusion, `inf` for never.
    thyroid: i32[n], a `Thyroid`, whether or not it ever begins.
    anti_gbm: bool[n], the kind of nephropathy, whether or not it ever begins.
    """

    day: Array
    thyroid: Array
    anti_gbm: Array


def cumulative_hazard(values: Mapping[str, float], day: Array, courses: Array) -> Array:
    """Integrated hazard of a susceptible person up to each day.

    Inputs:
        day: f32[..., n], days since the first infusion.
        courses: f32[C, n] or f32[C, 1], first days of the courses, padded with `inf`.

    Returns: f32[..., n].

    Source: mechanism.md §9, autoimmunity.
    """
    scale = values["autoimmunity.scale"] * DAYS_A_YEAR
    since = jnp.maximum(jnp.asarray(day)[..., None, :] - courses, 0.0)
    return jnp.sum((since / scale) ** values["autoimmunity.shape"], axis=-2)


def onset_day(values: Mapping[str, float], threshold: Array, courses: Array) -> Array:
    """The day on which the integrated hazard reaches `threshold`.

    Inputs:
        threshold: f32[..., n], positive.
        courses: f32[C, n] or f32[C, 1], padded with `inf`.

    Returns: f32[..., n]; `inf` for people without a course.
    """
    scale = values["autoimmunity.scale"] * DAYS_A_YEAR
    shape = values["autoimmunity.shape"]
    first = jnp.min(courses, axis=0)
    treated = jnp.isfinite(first)
    start = jnp.where(treated, first, 0.0)
    # The first course alone reaches the threshold later than all of them: a bound from above,
    # and from above Newton's steps on a convex function never overshoot.
    day = start + scale * threshold ** (1.0 / shape)

    def step(_: int, day: Array) -> Array:
        since = jnp.maximum(day[..., None, :] - courses, 0.0) / scale
        # XLA's own power is a call for each number on a CPU: ten times as slow.
        power = jnp.where(since > 0.0, jnp.exp((shape - 1.0) * jnp.log(since)), 0.0)
        excess = jnp.sum(power * since, axis=-2) - threshold
        slope = shape / scale * jnp.sum(power, axis=-2)
        return jnp.maximum(day - excess / slope, start)

    day = lax.fori_loop(0, NEWTON_STEPS, step, day)
    return jnp.where(treated, day, jnp.inf)


def autoimmunity(
    values: Mapping[str, float], seed: int | Array, patients: Array, female: Array, courses: Array
) -> Onsets:
    """Draws every onset, with the kinds of thyroid disease and nephropathy.

    Inputs:
        values: of `Parameters.values()`.
        patients: u32[n], patient numbers.
        female: bool[n].
        courses: f32[C, n] or f32[C, 1], first days of the courses, padded with `inf`; who has no
            course is an untreated comparator with the background of thyroid disease only.

    Returns: `Onsets`.

    Source: mechanism.md §5 and §9.

    >>> from longwatch.mechanism.parameters import Parameters
    >>> ids = jnp.arange(4)
    >>> courses = jnp.array([[0.0], [365.0]])
    >>> autoimmunity(Parameters.load().values(), 1, ids, ids > 1, courses).day.shape
    (12, 4)
    """
    rows = jnp.arange(len(CONDITIONS))[:, None]
    courses = jnp.broadcast_to(courses, (courses.shape[0], patients.shape[0]))
    share = jnp.stack([jnp.asarray(values[f"autoimmunity.{name}"]) for name in CONDITIONS])
    chance = jnp.broadcast_to(share[:, None], (len(CONDITIONS), patients.shape[0]))
    chance = chance.at[0].multiply(_thyroid_weight(values, female))
    susceptible = uniform(seed, Stream.SUSCEPTIBILITY, patients, rows) < chance
    threshold = exponential(seed, Stream.AUTOIMMUNE_ONSET, patients, rows)
    day = jnp.where(susceptible, onset_day(values, threshold, courses), jnp.inf)
    untreated = ~jnp.isfinite(jnp.min(courses, axis=0))
    background = threshold[0] / values["autoimmunity.thyroid_background"] * DAYS_A_YEAR
    day = day.at[0].set(jnp.where(untreated, background, day[0]))
    kind = uniform(seed, Stream.AUTOIMMUNE_KIND, patients, jnp.arange(3)[:, None])
    return Onsets(
        day.astype(jnp.float32),
        _thyroid_kind(values, kind[0], kind[1]),
        kind[2] < values["autoimmunity.anti_gbm_share"],
    )


def _thyroid_weight(values: Mapping[str, float], female: Array) -> Array:
    """Each sex's susceptibility over the mean of both."""
    ratio = values["autoimmunity.thyroid_female_ratio"]
    women = values["autoimmunity.female_share"]
    return jnp.where(female, ratio, 1.0) / (women * ratio + 1.0 - women)


def _thyroid_kind(values: Mapping[str, float], kind: Array, swings: Array) -> Array:
    graves = values["autoimmunity.graves_share"]
    hashimoto = graves + values["autoimmunity.hashimoto_share"]
    swinging = swings < values["autoimmunity.fluctuating_share"]
    among_graves = jnp.where(swinging, Thyroid.FLUCTUATING, Thyroid.GRAVES)
    others = jnp.where(kind < hashimoto, Thyroid.HASHIMOTO, Thyroid.THYROIDITIS)
    return jnp.where(kind < graves, among_graves, others).astype(jnp.int32)
