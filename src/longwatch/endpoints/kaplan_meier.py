"""Kaplan-Meier from counts: survival, Greenwood's variance, bands, quantiles; arrays only.

Conventions are those of R's `survfit`: at risk at `time >= t`, `se` of survival by Greenwood, a
quantile on a flat piece between two steps is the middle of it.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.timetable import Floats

CI = ("log-log", "log", "plain")
_NEARLY = 1.5e-8
"""Survival this close to a share counts as equal to it, as in R (root of the machine's precision):
0.9 * 8 / 9 is 0.8 to a person."""


class Curve(NamedTuple):
    """Steps at the different times: survival, its standard error and band; nan = undefined."""

    survival: Floats
    se: Floats
    lo: Floats
    hi: Floats


def curve(risk: Floats, events: Floats, ci: str, z: float) -> Curve:
    """Survival just after each time.

    Inputs:
        risk, events: at risk before, and events at, the times in order.
        ci: scale of the band, one of `CI`.
        z: standard errors to each side.

    Undefined are the standard error and the band of a curve at 0, and the band of one at 1.
    """
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        survival = np.cumprod(np.where(risk > 0, 1.0 - events / risk, 1.0), dtype=np.float64)
        terms = np.where(events > 0, events / (risk * (risk - events)), 0.0)
        # Of log survival; infinite from where it is 0.
        log_se = np.sqrt(np.cumsum(terms))
        known = (survival > 0.0) & (survival < 1.0)
        log = np.log(np.where(known, survival, np.nan))
        if ci == "log-log":
            half = z * log_se / log
            lo, hi = np.exp(log * np.exp(-half)), np.exp(log * np.exp(half))
        elif ci == "log":
            lo, hi = np.exp(log - z * log_se), np.minimum(np.exp(log + z * log_se), 1.0)
        elif ci == "plain":
            half = z * log_se * np.where(known, survival, np.nan)
            lo, hi = np.maximum(survival - half, 0.0), np.minimum(survival + half, 1.0)
        else:
            raise UsageError(Problem(f"no band is called {ci!r}", how=f"one of {', '.join(CI)}"))
        se = np.where(survival > 0.0, survival * log_se, np.nan)
    return Curve(survival, se, lo, hi)


def quantile(at: Floats, survival: Floats, events: Floats, share: float) -> float:
    """The time by which `share` of people had the event; nan when the curve stays above.

    Inputs:
        at: times in order.
        survival: just after them, or a limit of its band; nan is passed over.
        events: at them; only there can a flat piece end.
        share: between 0 and 1.

    >>> quantile(np.array([1.0, 2.0]), np.array([0.5, 0.2]), np.array([1.0, 1.0]), 0.5)
    1.5
    """
    here = np.flatnonzero(~np.isnan(survival) & (events > 0))
    level = 1.0 - share
    under = here[survival[here] <= level + _NEARLY]
    if not len(under):
        return float("nan")
    first = under[0]
    if survival[first] < level - _NEARLY:
        return float(at[first])
    lower = under[survival[under] < level - _NEARLY]
    # A flat piece without a step at its end has no middle: its first time, as R prints it.
    return float((at[first] + at[lower[0]]) / 2.0) if len(lower) else float(at[first])


def restricted_mean(
    at: Floats, survival: Floats, risk: Floats, events: Floats, tau: float
) -> tuple[float, float]:
    """Mean time without event up to `tau`, and its variance (Greenwood's kind).

    Inputs:
        at, survival, risk, events: the steps of one curve, in order.
        tau: end of the time looked at.
    """
    here = at < tau
    times = np.concatenate([[0.0], at[here], [tau]])
    height = np.concatenate([[1.0], survival[here]])
    areas = height * np.diff(times)
    # Area to the right of each step, which an event at it would take away.
    beyond = np.cumsum(areas[::-1])[::-1][1:]
    died, among = events[here], risk[here]
    alive = among - died
    safe = (died > 0) & (alive > 0)
    terms = np.zeros(len(died))
    terms[safe] = beyond[safe] ** 2 * died[safe] / (among[safe] * alive[safe])
    return float(areas.sum()), float(terms.sum())
