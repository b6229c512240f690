"""Negative binomial regression of counts on the arm, with log follow-up as offset, vectorized."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 40
_SMALLEST, _LARGEST = 1e-4, 1e4
"""Bounds of the dispersion: below the first the counts are Poisson to every printed digit."""


def arm_rates(counts: Sequence[NDArray[Any]], years: Sequence[NDArray[Any]]) -> list[Floats]:
    """Annual rate of each arm by maximum likelihood, dispersion common to the arms.

    Inputs:
        counts: of each arm, [replicates, people].
        years: followed, same shapes.

    The arm effect makes the model saturated in the arms, and dispersion and rates are orthogonal:
    Newton steps in each by turns.
    """
    y = [np.asarray(part, float) for part in counts]
    t = [np.maximum(np.asarray(part, float), 1e-6) for part in years]
    rate = [
        np.maximum(one.sum(axis=1), 1e-3) / time.sum(axis=1) for one, time in zip(y, t, strict=True)
    ]
    more = _more_than(y)
    alpha = np.full(y[0].shape[0], 1.0)
    for _ in range(_STEPS):
        alpha = _better_dispersion(y, t, rate, alpha, more)
        rate = [
            _better_rate(one, time, now, alpha) for one, time, now in zip(y, t, rate, strict=True)
        ]
    return rate


def dispersion(counts: NDArray[Any]) -> Floats:
    """The shape k of a negative binomial with this mean and this share of zeros; one a row.

    As in mechanism.md §3: from events and people with at least one. Large where the zeros are as
    Poisson has them.
    """
    mean = counts.mean(axis=1, dtype=float)
    none = (counts == 0).mean(axis=1)
    low = np.full(mean.shape, np.log(_SMALLEST))
    high = np.full(mean.shape, np.log(_LARGEST))
    for _ in range(_STEPS):
        middle = (low + high) / 2
        guess = np.exp(middle)
        # More zeros than this shape gives: the true one is smaller.
        smaller = none > np.exp(-guess * np.log1p(mean / guess))
        high = np.where(smaller, middle, high)
        low = np.where(smaller, low, middle)
    shape: Floats = np.exp((low + high) / 2)
    return shape


def _more_than(counts: list[Floats]) -> Floats:
    """How many people have more than j events, [largest, replicates]."""
    most = int(max(part.max() for part in counts))
    return np.array(
        [sum((part > j).sum(axis=1) for part in counts) for j in range(max(most, 1))], float
    )


def _better_rate(y: Floats, t: Floats, rate: Floats, alpha: Floats) -> Floats:
    mean = rate[:, None] * t
    weight = 1.0 / (1.0 + alpha[:, None] * mean)
    slope = ((y - mean) * weight).sum(axis=1)
    bend = (mean * weight).sum(axis=1)
    better: Floats = rate * np.exp(np.clip(slope / bend, -1.0, 1.0))
    return better


def _better_dispersion(
    y: list[Floats], t: list[Floats], rate: list[Floats], alpha: Floats, more: Floats
) -> Floats:
    j = np.arange(more.shape[0])[:, None]
    slope = (more * j / (1.0 + alpha * j)).sum(axis=0)
    bend = -(more * j**2 / (1.0 + alpha * j) ** 2).sum(axis=0)
    a = alpha[:, None]
    for one, time, now in zip(y, t, rate, strict=True):
        mean = now[:, None] * time
        log = np.log1p(a * mean)
        part = mean / (1.0 + a * mean)
        slope = slope + (log / a**2 - (one + 1.0 / a) * part).sum(axis=1)
        bend = bend + (-2.0 * log / a**3 + 2.0 * part / a**2 + (one + 1.0 / a) * part**2).sum(
            axis=1
        )
    # On the log scale; where the likelihood is not concave a short step uphill.
    slope, bend = alpha * slope, alpha**2 * bend + alpha * slope
    step = np.where(bend < 0, -slope / np.minimum(bend, -1e-12), np.sign(slope))
    better: Floats = np.clip(alpha * np.exp(np.clip(step, -1.0, 1.0)), _SMALLEST, _LARGEST)
    return better
