"""Gamma variates from one uniform number each, by a table of the inverse distribution function.

A rejection sampler would use a varying number of draws and break the rule of one counter a draw.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import gammainc

_KNOTS = 4096
_TAIL = 16.0
"""The table ends where the survival function is exp(-16): beyond a uniform number of 23 bits."""


def gamma_mean_one(shape: float | Array, u: Array) -> Array:
    """Gamma with mean 1 and variance 1/shape, from uniform `u`.

    Works under `jit` and with a traced `shape`: the distribution function is tabulated on a grid
    of values and read backwards.

    >>> round(float(gamma_mean_one(1.0, jnp.array([0.5]))[0]), 2)
    0.69
    """
    shape = jnp.asarray(shape, jnp.float32)
    # Values spread like the square: dense near zero, where small shapes have their mass.
    spread = jnp.asarray(_unit_grid()) ** 4
    top = 1.0 + _TAIL / shape + 4.0 / jnp.sqrt(shape)
    values = spread * top
    table = gammainc(shape, values * shape)
    return jnp.interp(u, table, values)


@lru_cache(maxsize=1)
def _unit_grid() -> np.ndarray:
    return np.linspace(0.0, 1.0, _KNOTS, dtype=np.float32)
