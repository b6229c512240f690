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
    number = jnp.arange(shape[0])[:, None]

    def index(part: int) -> Array:
        return (number + 1) * _ROOM + part

    def lasting(name: str, happens: int, lasts: int) -> Array:
        has = uniform(seed, Stream.DIARY, patients, index(happens)) < values[f"diary.{name}_share"]
        spread = values["diary.duration_sd"] * normal(seed, Stream.DIARY, patients, index(lasts))
        length = values[f"diary.{name}_days"] * jnp.exp(spread)
        fading = jnp.clip(1.0 - since / length[:, None], 0.0, 1.0)
        level = jnp.where(since >= 0.0, fading, 0.0) * has[:, None]
        return values[f"diary.{name}_burden"] * jnp.max(level, axis=0)

    spread = values["diary.fatigue_sd"] * normal(seed, Stream.DIARY, patients, index(_FATIGUE))
    height = values["diary.fatigue"] * jnp.exp(spread)
    lifted = (since >= 0.0) & (since < values["diary.uplift_days"])
    after = jnp.maximum(since - values["diary.uplift_days"], 0.0)
    tired = jnp.where(since >= values["diary.uplift_days"], 1.0, 0.0)
    tired = tired * jnp.exp(-after / values["diary.fatigue_days"]) * height[:, None]
    before = values["diary.before"] * jnp.exp(
        values["diary.fatigue_sd"] * normal(seed, Stream.DIARY, patients, 0)
    )
    fatigue = before + jnp.max(tired, axis=0)
    fatigue = fatigue - values["diary.uplift"] * jnp.any(lifted, axis=0)
    noise = normal(seed, Stream.DIARY, patients, _NOISE + days.astype(jnp.int32)[:, None])
    return Diary(
        lasting("rash", _RASH, _RASH_DAYS),
        lasting("nausea", _NAUSEA, _NAUSEA_DAYS),
        jnp.clip(fatigue + values["diary.noise"] * noise, 0.0, values["diary.most"]),
    )
