"""Drop-out: when a person of a trial is seen for the last time."""

from __future__ import annotations

from jax import Array

from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.rng import Stream, exponential

INTERFERON, ALEMTUZUMAB = "dropout.interferon", "dropout.alemtuzumab"


def dropout_days(seed: int | Array, patient: Array, rate: Array | float) -> Array:
    """The day each person leaves, f32[n]; `rate` a year, constant, scalar or f32[n].

    A rate of 0 gives inf: nobody leaves.
    """
    return DAYS_A_YEAR * exponential(seed, Stream.DROPOUT, patient) / rate
