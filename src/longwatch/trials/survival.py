"""Kaplan-Meier and Cox for many replicates at once.

`longwatch.endpoints` is the definition (`kaplan_meier`, `cox` with Efron's ties): the same figures
for thousands of trials whose events come at a few visits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]
_STEPS = 20
_LONGEST_STEP = 2.0
"""Newton steps, and the farthest one goes on the log scale; few events make a flat likelihood."""


def kaplan_meier(time: NDArray[Any], event: NDArray[Any], end: float) -> Floats:
    """The share without event at `end`, by Kaplan-Meier; one for each row.

    Inputs:
        time: of event or censoring, [replicates, people], in the unit of `end`.
        event: did it end with an event? Same shape.

    >>> kaplan_meier(np.array([[1.0, 2.0, 3.0, 4.0]]), np.array([[True, False, True, False]]), 3.5)
    array([0.375])
    """
    # Events before censoring on the same day, as usual.
    order = np.lexsort((~event, time), axis=1)
    when = np.take_along_axis(time, order, axis=1)
    ended = np.take_along_axis(event, order, axis=1) & (when <= end)
    at_risk = np.arange(time.shape[1], 0, -1)
    left: Floats = np.prod(np.where(ended, 1.0 - 1.0 / at_risk, 1.0), axis=1)
    return left


def kaplan_meier_at_visits(event: NDArray[Any], last: NDArray[Any], visits: int) -> Floats:
    """The share without event after the last visit; events come at visits only.

    Inputs:
        event: number of the visit, 0 = none, [replicates, people].
        last: number of the last visit attended.
    """
    events, at_risk = _by_visit(event, last, visits)
    left: Floats = np.prod(1.0 - events / np.maximum(at_risk, 1), axis=0)
    return left


def cox_ratio(event: Sequence[NDArray[Any]], last: Sequence[NDArray[Any]], visits: int) -> Floats:
    """Hazard ratio of the second arm to the first, Cox with Efron's ties; nan without events."""
    (d0, n0), (d1, n1) = (
        _by_visit(one, seen, visits) for one, seen in zip(event, last, strict=True)
    )
    both = d0 + d1
    # Of events at one visit each is counted with those before it gone in part: [ties, visits, …].
    tie = np.arange(max(both.max(initial=0), 1))[:, None, None]
    counts = tie < both
    gone = tie / np.maximum(both, 1)
    left, right = n0 - gone * d0, n1 - gone * d1
    log_ratio = np.zeros(d0.shape[1])
    for _ in range(_STEPS):
        weight = right * np.exp(log_ratio)
        share = np.where(counts, weight / np.maximum(left + weight, 1e-12), 0.0)
        slope = np.sum(d1, axis=0) - np.sum(share, axis=(0, 1))
        bend = np.sum(share * (1 - share), axis=(0, 1))
        step = slope / np.maximum(bend, 1e-12)
        log_ratio = log_ratio + np.clip(step, -_LONGEST_STEP, _LONGEST_STEP)
    known = (d0.sum(axis=0) > 0) & (d1.sum(axis=0) > 0)
    return np.where(known, np.exp(log_ratio), np.nan)


def _by_visit(
    event: NDArray[Any], last: NDArray[Any], visits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Events at, and people at risk before, visits 1 …; [visits, replicates]."""
    until = np.where(event > 0, event, last)
    events = [(event == visit).sum(axis=1) for visit in range(1, visits + 1)]
    at_risk = [(until >= visit).sum(axis=1) for visit in range(1, visits + 1)]
    return np.stack(events), np.stack(at_risk)
