"""Magnetic resonance imaging: new or enlarged T2 lesions and lesions that take up gadolinium."""

from __future__ import annotations

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.poisson import poisson
from longwatch.mechanism.rng import Stream, uniform

Values = dict[str, float]

FORMING, BASELINE_FRAILTY, BASELINE_COUNT = range(3)
FIRST_T2, FIRST_GADOLINIUM = 16, 4096
"""Where in the imaging stream the draws of each interval begin; room for 4080 intervals."""


def gadolinium_at_entry(values: Values, seed: int | Array, patient: Array) -> Array:
    """Lesions that enhance before treatment: negative binomial, f32[n]."""
    frailty = gamma_mean_one(
        values["imaging.entry_gadolinium_shape"],
        uniform(seed, Stream.IMAGING, patient, BASELINE_FRAILTY),
    )
    u = uniform(seed, Stream.IMAGING, patient, BASELINE_COUNT)
    return poisson(values["imaging.entry_gadolinium_mean"] * frailty, u)


def new_t2_lesions(values: Values, seed: int | Array, patient: Array, growth: Array) -> Array:
    """New or enlarged T2 lesions (clusters of them) of each interval between images; f32[Y, n].

    Inputs:
        growth: of the integrated hazard of relapses in each interval, f32[Y, n].

    Lesions that were forming at entry appear on the first image whatever is given.
    """
    number = jnp.arange(growth.shape[0], dtype=jnp.uint32)[:, None] + FIRST_T2
    u = uniform(seed, Stream.IMAGING, patient[None, :], number)
    count = poisson(values["imaging.t2_per_relapse"] * growth, u)
    forming = uniform(seed, Stream.IMAGING, patient, FORMING) < values["imaging.t2_forming"]
    return count.at[0].add(forming.astype(jnp.float32))


def gadolinium(values: Values, seed: int | Array, patient: Array, rate: Array) -> Array:
    """Enhancing lesions on images at which the rate of relapses a year is `rate`; f32[Y, n]."""
    number = jnp.arange(rate.shape[0], dtype=jnp.uint32)[:, None] + FIRST_GADOLINIUM
    u = uniform(seed, Stream.IMAGING, patient[None, :], number)
    return poisson(values["imaging.gadolinium_years"] * rate, u)
