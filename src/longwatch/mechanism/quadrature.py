"""Distribution functions as tables, by integrating a density: quick to compile, and in one pass.

JAX's incomplete gamma and beta functions are loops of a thousand operations each, which XLA takes
a second apiece to compile. A table of one distribution needs only its density.
"""

from __future__ import annotations

import jax.numpy as jnp
import numpy as np
from jax import Array
from jax.lax import Precision

_POINTS, _WEIGHTS = np.polynomial.legendre.leggauss(3)
"""Gauss's three points: what is left is of the sixth order in the width of a piece."""


def nodes(knots: np.ndarray) -> np.ndarray:
    """Where a density must be known between rising `knots`: `(pieces, 3)`, double precision."""
    middle, half = (knots[1:] + knots[:-1]) / 2, np.diff(knots) / 2
    return np.asarray(middle[:, None] + half[:, None] * _POINTS)


def integrals(density: Array, knots: np.ndarray) -> Array:
    """The integral over each piece, from the density at its `nodes`."""
    weights = np.diff(knots)[:, None] / 2 * _WEIGHTS
    return jnp.sum(density * jnp.asarray(weights, jnp.float32), axis=1)


def running_share(pieces: Array) -> Array:
    """From integrals over pieces to the distribution function at their ends, from 0 to 1.

    Inputs:
        pieces: not negative, `(k * k,)`.

    >>> running_share(jnp.ones(4)).tolist()
    [0.0, 0.25, 0.5, 0.75, 1.0]
    """
    rows = round(len(pieces) ** 0.5)
    square = pieces.reshape(rows, rows)
    # Sums of rows and of their parts: a running sum over all at once is slow to compile.
    upto = jnp.asarray(np.triu(np.ones((rows, rows), np.float32)))
    inside = jnp.matmul(square, upto, precision=Precision.HIGHEST)
    before = jnp.matmul(inside[:, -1], upto - jnp.eye(rows), precision=Precision.HIGHEST)
    whole = (inside + before[:, None]).ravel()
    return jnp.concatenate([jnp.zeros(1), whole / whole[-1]])
