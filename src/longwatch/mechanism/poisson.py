"""Poisson counts from one uniform number each, by walking up the distribution function."""

from __future__ import annotations

from functools import partial

import jax
import jax.numpy as jnp
from jax import Array, lax


def poisson(mean: Array, u: Array, most: int = 64) -> Array:
    """Poisson counts by inversion, at most `most`; float32 of the shape of `u`.

    >>> [int(part) for part in poisson(jnp.array([0.0, 1.0, 1.0]), jnp.array([0.9, 0.3, 0.5]))]
    [0, 0, 1]
    """
    found: Array = _counts(jnp.asarray(mean, jnp.float32), u, most)
    return found


@partial(jax.jit, static_argnames="most")
def _counts(mean: Array, u: Array, most: int) -> Array:
    mean, u = jnp.broadcast_arrays(mean, u)
    first = jnp.exp(-mean)

    def step(k: Array, state: tuple[Array, Array, Array]) -> tuple[Array, Array, Array]:
        count, mass, total = state
        count = count + (u > total)
        mass = mass * mean / (k + 1)
        return count, mass, total + mass

    state: tuple[Array, Array, Array] = lax.fori_loop(
        0, most, step, (jnp.zeros_like(u), first, first)
    )
    return state[0]
