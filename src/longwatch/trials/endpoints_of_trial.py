"""Endpoints of many replicates of a trial at once: NumPy over [replicates, people].

`longwatch.endpoints` is the definition of every endpoint; here they are computed for thousands of
trials at once, whose visits are the same for everybody.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.trials.design import Design
from longwatch.trials.negative_binomial import arm_rates, dispersion
from longwatch.trials.survival import cox_ratio, kaplan_meier, kaplan_meier_at_visits

Floats = NDArray[np.float64]


class Observed(NamedTuple):
    """What a trial has on file of each person of an arm; arrays [replicates, people].

    days: seen for. relapses: number seen. first_relapse: day, inf = none.
    worsening_visit: 0 = none. last_visit: number. edss_change, new_t2, gadolinium: nan for people
    who left. finite: False for people whose numbers could not be computed; they left at once.
    """

    days: Any
    relapses: Any
    first_relapse: Any
    worsening_visit: Any
    last_visit: Any
    edss_change: Any
    new_t2: Any
    gadolinium: Any
    finite: Any = True


def endpoints(design: Design, seen: dict[str, Observed]) -> dict[str, Floats]:
    """Every figure of each replicate, by id; shares in per cent.

    Inputs:
        design: the trial.
        seen: by arm.
    """
    figures: dict[str, Floats] = {}
    visits = design.visits.months // design.visits.every
    end = design.visits.months * DAYS_A_MONTH
    for arm in design.arms:
        one = seen[arm.id]
        had = np.isfinite(one.first_relapse)
        figures |= {
            f"relapsing.{arm.id}": had.sum(axis=1).astype(float),
            f"events.{arm.id}": one.relapses.sum(axis=1).astype(float),
            f"relapse_free.{arm.id}": 100
            * kaplan_meier(np.where(had, one.first_relapse, one.days), had, end),
            f"worsening.{arm.id}": 100
            * (1 - kaplan_meier_at_visits(one.worsening_visit, one.last_visit, visits)),
            f"edss_change.{arm.id}": _mean(one.edss_change),
            f"new_t2.{arm.id}": 100 * _mean(one.new_t2),
            f"gadolinium.{arm.id}": 100 * _mean(one.gadolinium),
            f"dispersion.{arm.id}": dispersion(one.relapses),
        }
    control, tested = (seen[arm.id] for arm in design.arms)
    rates = arm_rates(
        [control.relapses, tested.relapses],
        [control.days / DAYS_A_YEAR, tested.days / DAYS_A_YEAR],
    )
    for arm, rate in zip(design.arms, rates, strict=True):
        figures[f"annual_rate.{arm.id}"] = rate
    figures["rate_ratio"] = rates[1] / rates[0]
    figures["rate_lower"] = 100 * (1 - figures["rate_ratio"])
    figures["worsening_ratio"] = cox_ratio(
        [control.worsening_visit, tested.worsening_visit],
        [control.last_visit, tested.last_visit],
        visits,
    )
    return figures


def _mean(values: NDArray[Any]) -> Floats:
    known = np.isfinite(values)
    total = np.where(known, values, 0.0).sum(axis=1, dtype=float)
    many = known.sum(axis=1)
    return np.where(many > 0, total / np.maximum(many, 1), np.nan)
