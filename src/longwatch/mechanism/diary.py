"""A symptom diary after the courses: rash, nausea, the steroid's uplift, then fatigue.

It follows one person's account (mechanism.md §5, patient-reported): a scenario, not a measurement.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.rng import Stream, normal, uniform

_ROOM = 16
"""Draws kept for each course in `Stream.DIARY`, from index 16 on; 0 is the level before."""
_RASH, _RASH_DAYS, _NAUSEA, _NAUSEA_DAYS, _FATIGUE = range(5)
_NOISE = 1 << 16
_NEVER = 1e7


class Diary(NamedTuple):
    """Burden on a scale from 0 to 10, f32[D, n] each; `fatigue` is less while the steroid lifts."""

    rash: Array
    nausea: Array
    fatigue: Array


class Feelings(NamedTuple):
    """What each course brings, f32[C, n] each: days that it lasts, 0 for not at all; heights.

    rash, nausea: from day 1 of the course on.
    fatigue: above what was before, at its height, when the steroid's uplift ends.
    tired: days from then on until less than one point of it is left.
    before: f32[n], fatigue before the first course.
    """

    rash: Array
    nausea: Array
    fatigue: Array
    tired: Array
    before: Array


def feelings(
    values: Mapping[str, float], seed: int | Array, patients: Array, courses: int
) -> Feelings:
    """Draws what people feel after each of their courses.

    Inputs:
        patients: u32[n].
        courses: how many to draw for; who has fewer leaves the others unread.

    Source: mechanism.md §5, patient-reported.
    """
    number = jnp.arange(courses)[:, None]

    # One call for all: quicker to compile, and the numbers are the same.
    index = (number + 1) * _ROOM + jnp.array([_RASH, _NAUSEA])[:, None, None]
    rash, nausea = uniform(seed, Stream.DIARY, patients, index)
    index = (number + 1) * _ROOM + jnp.array([_RASH_DAYS, _NAUSEA_DAYS, _FATIGUE])[:, None, None]
    rash_length, nausea_length, spread = normal(seed, Stream.DIARY, patients, index)

    def lasting(name: str, u: Array, length: Array) -> Array:
        long = values[f"diary.{name}_days"] * jnp.exp(values["diary.duration_sd"] * length)
        return jnp.where(u < values[f"diary.{name}_share"], long, 0.0)

    height = values["diary.fatigue"] * jnp.exp(values["diary.fatigue_sd"] * spread)
    before = values["diary.fatigue_sd"] * normal(seed, Stream.DIARY, patients, 0)
    return Feelings(
        lasting("rash", rash, rash_length),
        lasting("nausea", nausea, nausea_length),
        height,
        values["diary.fatigue_days"] * jnp.maximum(jnp.log(height), 0.0),
        values["diary.before"] * jnp.exp(before),
    )


def diary(
    values: Mapping[str, float], seed: int | Array, patients: Array, courses: Array, days: Array
) -> Diary:
    """What people would write on given days.

    Inputs:
        patients: u32[n].
        courses: f32[C, n] or f32[C, 1], first days, `inf` for none.
        days: f32[D], whole days since the first infusion, from 0 on, the same for everybody.

    Returns: `Diary`.

    Source: mechanism.md §5, patient-reported.
    """
    shape = (courses.shape[0], patients.shape[0])
    begun = jnp.where(jnp.isfinite(courses), courses, _NEVER)
    since = days[None, :, None] - jnp.broadcast_to(begun, shape)[:, None, :]
    felt = feelings(values, seed, patients, shape[0])

    def burden(name: str, length: Array) -> Array:
        fading = jnp.clip(1.0 - since / jnp.maximum(length, _SHORTEST)[:, None], 0.0, 1.0)
        level = jnp.where((since >= 0.0) & (length > 0.0)[:, None], fading, 0.0)
        return values[f"diary.{name}_burden"] * jnp.max(level, axis=0)

    lifted = (since >= 0.0) & (since < values["diary.uplift_days"])
    after = jnp.maximum(since - values["diary.uplift_days"], 0.0)
    tired = jnp.where(since >= values["diary.uplift_days"], 1.0, 0.0)
    tired = tired * jnp.exp(-after / values["diary.fatigue_days"]) * felt.fatigue[:, None]
    fatigue = felt.before + jnp.max(tired, axis=0)
    fatigue = fatigue - values["diary.uplift"] * jnp.any(lifted, axis=0)
    noise = normal(seed, Stream.DIARY, patients, _NOISE + days.astype(jnp.int32)[:, None])
    return Diary(
        burden("rash", felt.rash),
        burden("nausea", felt.nausea),
        jnp.clip(fatigue + values["diary.noise"] * noise, 0.0, values["diary.most"]),
    )


_SHORTEST = 1e-3
"""Keeps a division finite where something does not come at all."""
