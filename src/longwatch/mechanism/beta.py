"""Beta variates from one uniform number each, by a table of the distribution function."""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.quadrature import integrals, nodes, running_share

_PIECES = 32 * 32
_ANGLES = np.linspace(0.0, np.pi, _PIECES + 1)
"""Knots crowd towards both ends of 0 … 1, where a small shape has its mass: x = sin² (angle/2)."""
_NODES = nodes(_ANGLES)


def beta(a: float | Array, b: float | Array, u: Array) -> Array:
    """Beta(a, b) from uniform `u`; `a` and `b` may be traced.

    Inputs:
        a, b: scalars, or f32[k] with `u` of f32[k, n]: k distributions, compiled as one.

    >>> round(float(beta(1.0, 1.0, jnp.array([0.25]))[0]), 3)
    0.25
    """
    a, b = jnp.asarray(a, jnp.float32), jnp.asarray(b, jnp.float32)
    found: Array = jax.vmap(_quantile)(a, b, u) if a.ndim else _quantile(a, b, u)
    return found


@jax.jit
def _quantile(a: Array, b: Array, u: Array) -> Array:
    values = jnp.asarray(np.sin(_ANGLES / 2) ** 2, jnp.float32)
    # Read backwards once, at known probabilities: then a draw needs no search.
    quantile = jnp.interp(values, _distribution(a, b), values)
    place = jnp.arccos(1.0 - 2.0 * u) * (_PIECES / np.pi)
    below = jnp.clip(place.astype(jnp.int32), 0, _PIECES - 1)
    low = quantile[below]
    return low + (quantile[below + 1] - low) * (place - below)


def _distribution(a: Array, b: Array) -> Array:
    """The distribution function at the knots."""
    # In the angle the density is sin^(2a-1) cos^(2b-1), both of half the angle.
    rise = jnp.asarray(np.log(np.sin(_NODES / 2)), jnp.float32)
    fall = jnp.asarray(np.log(np.cos(_NODES / 2)), jnp.float32)
    shape = (2.0 * a - 1.0) * rise + (2.0 * b - 1.0) * fall
    highest = jnp.max(shape)
    pieces = integrals(jnp.exp(shape - highest), _ANGLES)
    # At both ends the density may have no limit; there its integral is a power of the width.
    width = np.log(_ANGLES[1] / 2)
    pieces = pieces.at[0].set(jnp.exp(2.0 * a * width - highest) / a)
    return running_share(pieces.at[-1].set(jnp.exp(2.0 * b * width - highest) / b))


def beta_between(
    mean: float | Array, sd: float | Array, low: float | Array, high: float | Array, u: Array
) -> Array:
    """A beta variate stretched over [low, high] that has this mean and standard deviation.

    A truncated normal would have a smaller spread than the one a trial published for the people
    that passed its limits.

    >>> float(beta_between(2.0, 0.8, 0.0, 3.0, jnp.array([0.5]))[0]) > 2.0
    True
    """
    low, width = jnp.asarray(low, jnp.float32), jnp.asarray(high - low, jnp.float32)
    center = (mean - low) / width
    weight = center * (1.0 - center) * (width / sd) ** 2 - 1.0
    share = beta(center * weight, (1.0 - center) * weight, u)
    return low[..., None] + width[..., None] * share
