"""What a relapse costs: its size on the EDSS, how much stays, how fast the rest goes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.beta import beta
from longwatch.mechanism.rng import Stream, uniform

Values = Mapping[str, Any]

SIZES = tuple(f"recovery.share_{step}_half_steps" for step in range(7))
"""The shares of relapses by size: no rise, one half step, two, …"""
WHOLE, PART = 0, 1
"""Draws of the recovery stream, two a relapse."""


class Attacks(NamedTuple):
    """size: rise of the EDSS, f32[K, n]. lasting: the share that stays, 0 = full recovery."""

    size: Array
    lasting: Array


def draw_attacks(values: Values, seed: int | Array, patient: Array, most: int) -> Attacks:
    """Size and lasting share of the first `most` relapses of each person; f32[most, n].

    Source: mechanism.md §9, relapse size and recovery; fitted there to eight numbers.
    """
    number = jnp.arange(most, dtype=jnp.uint32)[:, None]
    who = patient[None, :]
    shares = jnp.stack([jnp.asarray(values[name], jnp.float32) for name in SIZES])
    edges = jnp.cumsum(shares / jnp.sum(shares))[:-1]
    u = uniform(seed, Stream.RELAPSE_SIZE, who, number)
    steps = sum((u > edge).astype(jnp.float32) for edge in edges)
    whole = uniform(seed, Stream.RELAPSE_RECOVERY, who, 2 * number + WHOLE)
    part = beta(
        values["recovery.lasting_a"],
        values["recovery.lasting_b"],
        uniform(seed, Stream.RELAPSE_RECOVERY, who, 2 * number + PART),
    )
    lasting = jnp.where(whole < values["recovery.full"], 0.0, part)
    return Attacks(values["disability.scale_step"] * steps, lasting)


def residual(values: Values, attacks: Attacks, days_since: Array) -> Array:
    """What is left of attacks some days after their start; 0 before it. Broadcasts."""
    after = jnp.maximum(days_since, 0.0)
    fast = values["recovery.fast_share"]
    fading = fast * jnp.exp(-after / values["recovery.fast_days"]) + (1.0 - fast) * jnp.exp(
        -after / values["recovery.slow_days"]
    )
    left = attacks.size * (attacks.lasting + (1.0 - attacks.lasting) * fading)
    return jnp.where(days_since >= 0.0, left, 0.0)
