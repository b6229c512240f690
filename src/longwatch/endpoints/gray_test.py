"""Gray's test (1988): do groups differ in the share with one kind of event? Arrays only.

The score compares, in each group, the events seen with those expected from the hazard of the share
(subdistribution hazard) of all groups. Its variance follows how one event more in a group at a time
moves the score: at once, and by what it does to that group's curves afterward.
"""

from __future__ import annotations

import numpy as np

from longwatch.endpoints.aalen_johansen import split_variance
from longwatch.endpoints.timetable import Floats


def gray_score(risk: Floats, events: Floats, others: Floats) -> tuple[Floats, Floats]:
    """Score of each group and its variance matrix.

    Inputs:
        risk: at risk before each time, [groups, times]. events, others: of this kind and of all
            other kinds, same shape.
    """
    groups = len(risk)
    with np.errstate(divide="ignore", invalid="ignore"):
        stay = np.where(risk > 0, 1.0 - (events + others) / risk, 1.0)
        left = np.cumprod(stay, axis=1, dtype=np.float64)
        before = np.concatenate([np.ones((groups, 1)), left[:, :-1]], axis=1)
        steps = np.where(risk > 0, before * events / risk, 0.0)
        share = np.cumsum(steps, axis=1) - steps
        there = (risk > 0) & (before > 0)
        weight = np.where(there, risk / before, 0.0)
        stock = weight * (1.0 - share)
        all_stock, all_weight = stock.sum(axis=0), weight.sum(axis=0)
        part = np.where(all_stock > 0, stock / all_stock, 0.0)
        null_part = np.where(all_weight > 0, weight / all_weight, 0.0)
        had = events.sum(axis=0)
        score = (events - part * had).sum(axis=1)
        step = np.where(all_weight > 0, had / all_weight, 0.0)
        pooled = np.cumsum(step)
        hazard = np.where(step > 0, step / (1.0 - pooled + step), 0.0)
        free = np.where(left > 0, (1.0 - pooled) / left, 0.0)
        # Ties take from the variance what those tied cannot do again.
        ties = np.where(had > 1, 1.0 - (had - 1.0) / (all_weight * before - 1.0), 1.0)
        own = np.where(there, ties * before * step / risk, 0.0)
    other = before**2 * split_variance(others, risk)
    variance = np.zeros((groups, groups))
    for k in range(groups):
        same = np.zeros((groups, 1))
        same[k] = 1.0
        # With the share common to the groups, as the null hypothesis has it, it cancels here.
        now = weight[k] * (same - null_part)
        later = np.cumsum((now * hazard)[:, ::-1], axis=1)[:, ::-1] - now * hazard
        moved = now + (1.0 - free[k]) * later
        through = free[k] * later
        variance += (moved * own[k]) @ moved.T + (through * other[k]) @ through.T
    return score, variance
