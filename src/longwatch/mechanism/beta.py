"""Beta variates from one uniform number each, by a table of the distribution function."""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import betainc

_KNOTS = 1024


def beta(a: float | Array, b: float | Array, u: Array) -> Array:
    """Beta(a, b) from uniform `u`; `a` and `b` may be traced scalars.

    >>> round(float(beta(1.0, 1.0, jnp.array([0.25]))[0]), 3)
    0.25
    """
    values = jnp.asarray(_unit_grid())
    a, b = jnp.asarray(a, jnp.float32), jnp.asarray(b, jnp.float32)
    # Read backwards once, at known probabilities: then a draw needs no search.
    quantile = jnp.interp(values, betainc(a, b, values), values)
    place = jnp.arccos(1.0 - 2.0 * u) * ((_KNOTS - 1) / np.pi)
    below = jnp.clip(place.astype(jnp.int32), 0, _KNOTS - 2)
    low = quantile[below]
    return low + (quantile[below + 1] - low) * (place - below)


def beta_between(
    mean: float | Array, sd: float | Array, low: float | Array, high: float | Array, u: Array
) -> Array:
    """A beta variate stretched over [low, high] that has this mean and standard deviation.

    A truncated normal would have a smaller spread than the one a trial published for the people
    that passed its limits.

    >>> float(beta_between(2.0, 0.8, 0.0, 3.0, jnp.array([0.5]))[0]) > 2.0
    True
    """
    center = (jnp.asarray(mean, jnp.float32) - low) / (high - low)
    weight = center * (1.0 - center) * ((high - low) / sd) ** 2 - 1.0
    return low + (high - low) * beta(center * weight, (1.0 - center) * weight, u)


@lru_cache(maxsize=1)
def _unit_grid() -> np.ndarray:
    # Knots crowd towards both ends, where a small shape has its mass.
    angle = np.linspace(0.0, np.pi, _KNOTS)
    return ((1.0 - np.cos(angle)) / 2.0).astype(np.float32)
