"""Lymphocyte subsets: killed by the drug down to a floor, and growing back each at its own pace.

    dX/dt = r (S*X0 - X) - kmax * C/(C + EC50) * X   while X is above its floor

X0 is a person's count before treatment, S*X0 what it returns to, and the floor is the same in
each course, so that a second course leaves no smaller share than the first.
"""

from __future__ import annotations

from enum import IntEnum
from typing import NamedTuple

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism import rng
from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.pharmacokinetics import Values, log_sd


class Subset(IntEnum):
    """Row of each subset in every table of counts."""

    CD4 = 0
    CD8 = 1
    B = 2
    NK = 3
    OTHER = 4


_NAMES = ("cd4", "cd8", "b", "nk", "other")


class Pools(NamedTuple):
    """A person's subsets, `(5, n)`: counts per µL, rates per day; effects of the drug."""

    baseline: Array
    target: Array
    rate: Array
    floor: Array
    kmax: Array
    ec50: Array

    @property
    def gain(self) -> Array:
        """Cells per µL and day that come when there are none."""
        return self.rate * self.target

    @property
    def pull(self) -> Array:
        """Relative growth per day at the floor: the rate of killing that it can bear."""
        return self.rate * (self.target / self.floor - 1.0)


def draw_pools(values: Values, seed: int | Array, patients: Array) -> Pools:
    """The subsets of each person, before treatment and in what they return to."""
    rows = jnp.arange(len(Subset))[:, None]

    def column(name: str) -> Array:
        found = [jnp.asarray(values[f"cells.{subset}.{name}"], jnp.float32) for subset in _NAMES]
        return jnp.stack(found)[:, None]

    def recovery(block: int) -> Array:
        index = rows + block * len(Subset)
        return rng.normal(seed, rng.Stream.CELL_RECOVERY, patients, index)

    before = rng.normal(seed, rng.Stream.CELL_SET_POINT, patients, rows)
    baseline = column("baseline") * jnp.exp(log_sd(column("baseline_cv")) * before)
    target = baseline * column("regain") * jnp.exp(column("regain_log_sd") * recovery(0))
    rate = column("rate") * jnp.exp(column("rate_log_sd") * recovery(1)) / DAYS_A_MONTH
    left = column("nadir") * jnp.exp(values["cells.nadir_log_sd"] * recovery(2))
    hardy = jnp.where(rows == Subset.NK, jnp.asarray(values["cells.nk_ec50_factor"]), 1.0)
    return Pools(
        baseline=baseline,
        target=target,
        rate=rate,
        # Nobody is held at a floor above what the subset returns to, or starts from.
        floor=jnp.minimum(baseline * jnp.minimum(left, 1.0), target),
        kmax=jnp.asarray(values["cells.kmax"], jnp.float32),
        ec50=jnp.asarray(values["cells.ec50"] * hardy),
    )


def kill(pools: Pools, concentration: Array) -> Array:
    """Rate of killing of each subset, per day, at `concentration` mg/L `(n,)`: `(5, n)`."""
    return pools.kmax * concentration / (concentration + pools.ec50)


def advance(pools: Pools, counts: Array, kills: tuple[Array, Array, Array], h: Array) -> Array:
    """Counts `(5, n)` after a step of `h` days.

    Inputs:
        kills: `kill` at the beginning, in the middle and at the end of the step.

    Exponential step of second order: positive and stable for any step, exact without drug.
    """
    first, middle, last = kills
    lost = h * (pools.rate + (first + 4.0 * middle + last) / 6.0)
    stays = jnp.exp(-lost)
    # (1 - exp(-K)) / K, by its series where the difference would lose digits.
    series = 1.0 - lost * (1 / 2 - lost * (1 / 6 - lost * (1 / 24 - lost / 120)))
    grown = jnp.where(lost < _SMALL, series, (1.0 - stays) / jnp.maximum(lost, _SMALL))
    # What grows late in a step meets another rate of killing than what grows early: first moment
    # of that, its integral over x(1-x)exp(-Kx) replaced by a quotient (exact to K² for small K).
    grown += h * (first - last) / 2.0 / (6.0 + lost * (3.0 + 0.6 * lost))
    free = counts * stays + pools.gain * h * grown
    # At the floor the drug has nothing to kill: the count stays until growth is the stronger,
    # and then rises in the rest of the step.
    before, after = pools.pull - first, pools.pull - last
    leaves = (before < 0.0) & (after > 0.0)
    rise = jnp.where(leaves, after * after / jnp.where(leaves, after - before, 1.0), 0.0)
    return jnp.maximum(free, pools.floor * (1.0 + h / 2.0 * rise))


_SMALL = 0.25
"""Below it the series is exact to 32 bits."""
