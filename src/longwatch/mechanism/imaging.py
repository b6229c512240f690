"""Magnetic resonance imaging: new or enlarged T2 lesions and lesions that take up gadolinium.

Between people and over time lesions follow the rate of relapses; between the two trials they do
not: at entry people had as many enhancing lesions in one as in the other, though one saw half as
many relapses again (mechanism.md §3). So what counts is a person's rate over that of the group.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import jax.numpy as jnp
from jax import Array

from longwatch.mechanism.gamma import gamma_mean_one
from longwatch.mechanism.poisson import poisson
from longwatch.mechanism.rng import Stream, uniform

Values = Mapping[str, Any]

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


def new_t2_lesions(
    values: Values, seed: int | Array, patient: Array, years: Array, first: int | Array = 0
) -> Array:
    """New or enlarged T2 lesions (clusters of them) of each interval between images; f32[Y, n].

    Inputs:
        years: of each interval, weighted with the person's rate of relapses over the group's
            untreated mean; f32[Y, n].
        first: number of the first of these intervals, 0 from entry on.

    Lesions that were forming at entry appear on the first image whatever is given.
    """
    number = jnp.arange(years.shape[0], dtype=jnp.uint32)[:, None] + jnp.uint32(first)
    u = uniform(seed, Stream.IMAGING, patient[None, :], number + FIRST_T2)
    count = poisson(values["imaging.t2_a_year"] * years, u)
    forming = uniform(seed, Stream.IMAGING, patient, FORMING) < values["imaging.t2_forming"]
    return jnp.asarray(count + (forming & (number == 0)))


def gadolinium(
    values: Values, seed: int | Array, patient: Array, rate: Array, first: int | Array = 0
) -> Array:
    """Enhancing lesions on images; f32[Y, n].

    Inputs:
        rate: the person's rate of relapses at each image over the group's untreated mean.
        first: number of the first of these images, 0 for the one that ends the first interval.
    """
    number = jnp.arange(rate.shape[0], dtype=jnp.uint32)[:, None] + jnp.uint32(first)
    u = uniform(seed, Stream.IMAGING, patient[None, :], number + FIRST_GADOLINIUM)
    return poisson(values["imaging.gadolinium_untreated"] * rate, u)
