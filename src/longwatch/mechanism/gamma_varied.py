"""Gamma variates whose shape differs between people, by one table for every shape.

`gamma.py` tabulates one shape at a time; parameters that are uncertain give each replicate of a
trial a shape of its own.
"""

from __future__ import annotations

from functools import lru_cache

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.scipy.special import logit

_SHAPES = 64
_LOW, _HIGH = 0.1, 400.0
"""Shapes in the table, and its ends; they stand evenly on the log scale, 14 % apart."""
_KNOTS, _END = 1024, 17.0
"""Probabilities in the table, and its ends as logits: beyond a uniform number of 23 bits."""
_LEAST = 1e-30
"""What is smaller counts as this: small shapes have quantiles that float32 cannot hold."""


def gamma_of_shapes(shape: Array, u: Array) -> Array:
    """Gamma with mean 1 and variance 1/shape, each person with a shape of their own.

    Inputs:
        shape: from 0.1 to 400, f32[n]; beyond, the nearest of these counts.
        u: uniform on (0, 1), f32[n].

    The logarithm of the quantile is interpolated in the logit of `u` and the logarithm of the
    shape, within 0.5 % of it (a test).

    >>> round(float(gamma_of_shapes(jnp.array([1.0]), jnp.array([0.5]))[0]), 2)
    0.69
    """
    table = jnp.asarray(_table()).ravel()
    row, up = _place(jnp.log(shape), np.log(_LOW), np.log(_HIGH), _SHAPES)
    column, right = _place(logit(u), -_END, _END, _KNOTS)
    corner = row * _KNOTS + column
    below = table[corner] + (table[corner + 1] - table[corner]) * right
    above = table[corner + _KNOTS] + (table[corner + _KNOTS + 1] - table[corner + _KNOTS]) * right
    return jnp.exp(below + (above - below) * up)


def _place(value: Array, low: float, high: float, knots: int) -> tuple[Array, Array]:
    """The knot at or below a value, and how far it lies on the way to the next."""
    at = jnp.clip((value - low) * ((knots - 1) / (high - low)), 0.0, knots - 1.0)
    knot = jnp.minimum(at.astype(jnp.int32), knots - 2)
    return knot, at - knot


@lru_cache(maxsize=1)
def _table() -> np.ndarray:
    """Logarithms of quantiles, f32[shapes, knots]."""
    from scipy.special import expit, gammaincinv

    shape = np.geomspace(_LOW, _HIGH, _SHAPES)[:, None]
    quantile = gammaincinv(shape, expit(np.linspace(-_END, _END, _KNOTS))) / shape
    return np.asarray(np.log(np.maximum(quantile, _LEAST)), np.float32)
