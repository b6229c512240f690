"""Gamma variates from one uniform number each, by a table of the inverse distribution function.

A rejection sampler would use a varying number of draws and break the rule of one counter a draw.
"""

from __future__ import annotations

import jax
import jax.numpy as jnp
import numpy as np
from jax import Array

from longwatch.mechanism.quadrature import integrals, nodes, running_share

_KNOTS = np.linspace(0.0, 1.0, 64 * 64 + 1)
_NODES = nodes(_KNOTS)
_POWER = 4
"""Values spread like the fourth power: dense near zero, where small shapes have their mass."""
_TAIL = 16.0
"""The table ends where the survival function is exp(-16): beyond a uniform number of 23 bits."""


def gamma_mean_one(shape: float | Array, u: Array) -> Array:
    """Gamma with mean 1 and variance 1/shape, from uniform `u`.

    Works under `jit` and with a traced `shape`: the distribution function is tabulated on a grid
    of values and read backwards.

    >>> round(float(gamma_mean_one(1.0, jnp.array([0.5]))[0]), 2)
    0.69
    """
    found: Array = _quantile(jnp.asarray(shape, jnp.float32), u)
    return found


@jax.jit
def _quantile(shape: Array, u: Array) -> Array:
    top = 1.0 + _TAIL / shape + 4.0 / jnp.sqrt(shape)
    # With x = top t^4 the density x^(shape-1) exp(-shape x) dx becomes t^(4 shape - 1) exp(…) dt;
    # it is taken over its own highest value, at t^4 = (shape - 1/4) / (shape top).
    scale = shape * top
    power = _POWER * shape - 1.0
    peak = jnp.clip((shape - 1.0 / _POWER) / scale, _KNOTS[1] ** _POWER, 1.0)
    highest = power * jnp.log(peak) / _POWER - scale * peak
    logs = jnp.asarray(np.log(_NODES), jnp.float32)
    fourth = jnp.asarray(_NODES**_POWER, jnp.float32)
    pieces = integrals(jnp.exp(power * logs - scale * fourth - highest), _KNOTS)
    # Next to zero the density may have no limit; there its integral is a power.
    first = jnp.exp(_POWER * shape * np.log(_KNOTS[1]) - highest) / (_POWER * shape)
    # From the upper end, where a share just below 1 would have no digits left.
    above = running_share(pieces.at[0].set(first)[::-1])
    return jnp.interp(1.0 - u, above, jnp.asarray(_KNOTS[::-1], jnp.float32) ** _POWER * top)
