"""Worsening that is still there some visits later, for arrays of people with the same visits.

`longwatch.endpoints` is the definition of confirmed worsening.
"""

from __future__ import annotations

from typing import NamedTuple

import jax.numpy as jnp
from jax import Array


class Limits(NamedTuple):
    """What counts as worsening, in EDSS."""

    rise: float
    rise_from_zero: float

    def of(self, baseline: Array) -> Array:
        """The rise that counts from each baseline."""
        return jnp.where(baseline == 0.0, self.rise_from_zero, self.rise)


def held_for(there: Array, confirm: int) -> Array:
    """At which visits something begins that is there at each of `confirm` more.

    Inputs:
        there: bool[V, n]; the answer is bool[V - confirm, n].

    >>> held_for(jnp.array([[True], [True], [False]]), 1)[:, 0].tolist()
    [True, False]
    """
    visits = there.shape[0] - confirm
    held = there[:visits]
    for later in range(1, confirm + 1):
        held = held & there[later : visits + later]
    return held


def confirmed_worsening(
    edss: Array, attended: Array | None, limits: Limits, confirm: int
) -> tuple[Array, Array]:
    """The visit at which worsening began that was still there at every visit up to confirmation.

    Inputs:
        edss: at each visit, f32[V, n]; the first is the baseline.
        attended: bool[n, V]; None: all.
        limits: the rise that counts, and that from a baseline of 0.
        confirm: so many visits later the rise must still be there.

    Returns:
        number of that visit, 0 = none; number of the last visit attended; both i32[n].
    """
    seen = jnp.ones(edss.shape, bool) if attended is None else attended.T
    held = held_for((edss - edss[0] >= limits.of(edss[0])) & seen, confirm).at[0].set(False)
    number = jnp.where(jnp.any(held, axis=0), jnp.argmax(held, axis=0), 0).astype(jnp.int32)
    return number, jnp.sum(seen, axis=0).astype(jnp.int32) - 1
