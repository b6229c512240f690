"""Aalen-Johansen with competing events: the share with each kind, and its variance; arrays only."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.timetable import Floats

VARIANCES = ("aalen", "greenwood")


class Incidence(NamedTuple):
    """Just after each time: share with the kind, standard error, interval; nan = undefined."""

    share: Floats
    se: Floats
    lo: Floats
    hi: Floats


def incidence_curve(
    risk: Floats, events: Floats, others: Floats, variance: str, z: float
) -> Incidence:
    """Share with one kind of event at the times in order; ties need no breaking.

    Inputs:
        risk: at risk before each time. events, others: of this kind, and of all other kinds.
        variance: `aalen`, as R's cmprsk, from the two hazards as if apart; `greenwood`, as
            R's survfit, from the multinomial split at each time.
        z: standard errors of the interval, on the scale log(-log(share)), to each side.
    """
    both = events + others
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        left = np.cumprod(np.where(risk > 0, 1.0 - both / risk, 1.0), dtype=np.float64)
        before = np.append(1.0, left[:-1])
        share = np.cumsum(np.where(risk > 0, before * events / risk, 0.0), dtype=np.float64)
        # An event more at a time changes the share at a later one by (a - b * later share) times
        # its survival when of this kind, by (c - b * later share) when of another.
        b = np.where(left > 0, 1.0 / left, 0.0)
        c = share * b
        a = 1.0 + c
        own, other, shared = _spread(risk, events, others, variance)
        own, other, shared = (part * before**2 for part in (own, other, shared))
        fixed = np.cumsum(own * a**2 + other * c**2 - 2 * shared * a * c)
        linear = np.cumsum(b * (own * a + other * c - shared * (a + c)))
        square = np.cumsum(b**2 * (own + other - 2 * shared))
        se = np.sqrt(np.maximum(fixed - 2 * share * linear + share**2 * square, 0.0))
        inside = (share > 0.0) & (share < 1.0)
        log = np.log(np.where(inside, share, np.nan))
        half = z * se / (share * log)
        lo, hi = np.exp(log * np.exp(-half)), np.exp(log * np.exp(half))
    return Incidence(share, se, lo, hi)


def _spread(
    risk: Floats, events: Floats, others: Floats, variance: str
) -> tuple[Floats, Floats, Floats]:
    """Variances of the two shares of those at risk at each time, and minus their covariance."""
    if variance == "greenwood":
        cube = np.where(risk > 0, risk, np.nan) ** 3
        parts = (events * (risk - events), others * (risk - others), events * others)
        one, two, shared = (np.nan_to_num(part / cube) for part in parts)
        return one, two, shared
    if variance == "aalen":
        one, two = (split_variance(part, risk) for part in (events, others))
        return one, two, np.zeros_like(one)
    raise UsageError(
        Problem(f"no variance is called {variance!r}", how=f"one of {', '.join(VARIANCES)}")
    )


def split_variance(events: Floats, risk: Floats) -> Floats:
    """Variance d (n - d) / (n² (n - 1)) of a share; a single event among one has the variance 1.

    >>> split_variance(np.array([1.0, 1.0, 2.0]), np.array([1.0, 2.0, 3.0])).round(4).tolist()
    [1.0, 0.25, 0.1111]
    """
    ties = 1.0 - (events - 1.0) / np.maximum(risk - 1.0, 1.0)
    there = (events > 0) & (risk > 0)
    variance: Floats = np.where(there, ties * events / np.maximum(risk, 1.0) ** 2, 0.0)
    return variance
