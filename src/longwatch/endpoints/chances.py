"""Quantiles and tails: intervals and p-values, once for all estimators."""

from __future__ import annotations

import math
from statistics import NormalDist
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.result import known

Floats = NDArray[np.float64]
DAYS_A_YEAR = 365.25


def z_of(level: float) -> float:
    """How many standard errors an interval of this level reaches to each side.

    Raises:
        UsageError: a level that is no share between 0 and 1.

    >>> round(z_of(0.95), 6)
    1.959964
    """
    if not 0.0 < level < 1.0:
        raise UsageError(
            Problem(f"a level of {level:g}", how="give a share between 0 and 1, as 0.95 for 95 %")
        )
    return NormalDist().inv_cdf((1.0 + level) / 2.0)


def two_sided(z: float | None) -> float | None:
    """Two-sided p-value of a standard normal figure.

    >>> round(two_sided(1.959964), 6)
    0.05
    """
    return None if known(z) is None else math.erfc(abs(float(z or 0.0)) / math.sqrt(2.0))


def chi_square_tail(statistic: float, df: int) -> float:
    """The chance of a chi-square at least so large.

    >>> [round(chi_square_tail(*one), 6) for one in ((3.841459, 1), (5.991465, 2), (7.814728, 3))]
    [0.05, 0.05, 0.05]
    """
    half = max(statistic, 0.0) / 2.0
    # With whole degrees of freedom the tail is a finite sum; each term from the one before.
    odd = df % 2 == 1
    tail = math.erfc(math.sqrt(half)) if odd else 0.0
    term = math.exp(-half) * (math.sqrt(half / math.pi) * 2.0 if odd else 1.0)
    for place in range(df // 2):
        tail += term
        term *= half / (place + (1.5 if odd else 1.0))
    return tail


def poisson_limits(events: Any, exposure: Any, level: float) -> tuple[Floats, Floats]:
    """Exact limits of a rate (Garwood, from the chi-square distribution).

    Inputs:
        events: counted, any shape.
        exposure: time they were counted in; where it is 0 the limits are nan.
        level: of the two-sided interval.

    >>> lo, hi = poisson_limits(0, 2.0, 0.95)
    >>> float(lo), round(float(hi), 4)
    (0.0, 1.8444)
    """
    from scipy.special import gammaincinv

    z_of(level)
    count, time = np.asarray(events, float), np.asarray(exposure, float)
    tail = (1.0 - level) / 2.0
    time = np.where(time > 0.0, time, np.nan)
    low = np.where(count > 0.0, gammaincinv(np.maximum(count, 1.0), tail), 0.0)
    return low / time, gammaincinv(count + 1.0, 1.0 - tail) / time


def binomial_limits(events: Any, people: Any, level: float) -> tuple[Floats, Floats]:
    """Exact limits of a share (Clopper-Pearson).

    Inputs:
        events: people who had it, any shape.
        people: of how many; where it is 0 the limits are nan.
        level: of the two-sided interval.

    >>> lo, hi = binomial_limits(0, 10, 0.95)
    >>> float(lo), round(float(hi), 4)
    (0.0, 0.3085)
    """
    from scipy.special import betaincinv

    z_of(level)
    had, many = np.asarray(events, float), np.asarray(people, float)
    tail = (1.0 - level) / 2.0
    rest = many - had
    # The functions know no empty shape: where a limit is 0 or 1 any valid one is put in its place.
    low = betaincinv(np.maximum(had, 1.0), np.maximum(rest, 0.0) + 1.0, tail)
    high = betaincinv(had + 1.0, np.maximum(rest, 1.0), 1.0 - tail)
    nobody = many <= 0.0
    return (
        np.where(nobody, np.nan, np.where(had > 0.0, low, 0.0)),
        np.where(nobody, np.nan, np.where(rest > 0.0, high, 1.0)),
    )
