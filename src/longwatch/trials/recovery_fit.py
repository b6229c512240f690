"""Fitting what a relapse costs to the eight numbers of two cohorts (row 20 of the targets).

The shares are worked out exactly, without virtual people: sizes are few, and what lasts is a beta.
There are more parameters than numbers, so that the prior (the prototype of mechanism.md §9)
decides what the numbers leave open. The share of severe relapses, which was measured, stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import differential_evolution
from scipy.special import betainc

from longwatch.mechanism.clock import DAYS_A_MONTH
from longwatch.mechanism.parameters import Parameters
from longwatch.mechanism.recovery import SIZES
from longwatch.trials.priors import Prior, priors
from longwatch.trials.targets import Target, given_to, targets

Floats = NDArray[np.float64]
ROW = 20
_GENERATIONS, _CROWD = 90, 7
"""Of the search: the shares jump where a size crosses a score, so that slopes mislead."""
_AWAY = 2.0
"""How far the search goes from the prior, in its standard deviations."""


@dataclass(frozen=True)
class RecoveryFit:
    """What a fit came to.

    parameters: the given ones with the fitted values. figures: id, published, predicted before
    and after in %, and the misfit after in standard errors.
    """

    parameters: Parameters
    figures: tuple[tuple[str, float, float, float, float], ...]
    sum_of_squares: float


def share_left(values: dict[str, float], least: float, days: float, severe: bool) -> float:
    """The share in % of relapses of which raters find so much left; exact.

    Inputs:
        least: on the EDSS. days: since the relapse. severe: of severe relapses only.

    >>> round(share_left(Parameters.load().values(), 0.0, 64.0, severe=False))
    100
    """
    step = values["disability.scale_step"]
    size = step * np.arange(len(SIZES))
    weight = np.array([values[name] for name in SIZES])
    weight = weight * (size >= values["recovery.severe"]) if severe else weight
    fast = values["recovery.fast_share"]
    fading = fast * np.exp(-days / values["recovery.fast_days"])
    fading += (1.0 - fast) * np.exp(-days / values["recovery.slow_days"])
    enough = least - step / 2.0
    # size (lasting + (1 - lasting) fading) >= enough, solved for the lasting share.
    needed = (enough / np.maximum(size, step / 2.0) - fading) / (1.0 - fading)
    a, b = values["recovery.lasting_a"], values["recovery.lasting_b"]
    partly = 1.0 - betainc(a, b, np.clip(needed, 0.0, 1.0))
    whole = (size * fading >= enough).astype(float)
    left = values["recovery.full"] * whole + (1.0 - values["recovery.full"]) * partly
    return float(100.0 * np.sum(weight * left) / np.sum(weight))


def fit_recovery(parameters: Parameters | None = None, seed: int = 0) -> RecoveryFit:
    """Fits sizes and recovery of relapses to row 20.

    Inputs:
        parameters: all others come from here; the shipped ones if not given.
        seed: of the search.
    """
    start = (parameters or Parameters.load()).with_values(
        {prior.id: prior.middle for prior in priors("recovery")}
    )
    chosen = priors("recovery")
    shares = [prior.id in SIZES for prior in chosen]
    asked = [target for target in targets() if target.row == ROW]
    error = np.array([_error(target, start) for target in asked])
    published = np.array([target.value for target in asked])

    def changed(point: Floats) -> dict[str, float]:
        found = {prior.id: _at(prior, z) for prior, z in zip(chosen, point, strict=True)}
        severe = [name for place, name in enumerate(SIZES) if _severe(place, start)]
        for group in (severe, [name for name in SIZES if name not in severe]):
            scale = sum(start[name].value for name in group) / sum(found[name] for name in group)
            found.update({name: found[name] * scale for name in group})
        return found

    def predicted(point: Floats) -> Floats:
        values = {**start.values(), **changed(point)}
        return np.array([_predicted(target, values) for target in asked])

    def squares(point: Floats) -> float:
        misfit = (predicted(point) - published) / error
        return float(np.sum(misfit**2) + np.sum(point**2))

    bounds = [_bounds(prior, start) for prior in chosen]
    found = differential_evolution(
        squares, bounds, x0=np.zeros(len(chosen)), maxiter=_GENERATIONS, popsize=_CROWD, seed=seed
    )
    before, after = predicted(np.zeros(len(shares))), predicted(found.x)
    return RecoveryFit(
        start.with_values(changed(found.x)),
        tuple(
            (target.id, target.value, float(one), float(two), float(z))
            for target, one, two, z in zip(
                asked, before, after, (after - published) / error, strict=True
            )
        ),
        float(found.fun),
    )


def _at(prior: Prior, z: float) -> float:
    return float(prior.middle * np.exp(prior.sd * z) if prior.log else prior.middle + prior.sd * z)


def _bounds(prior: Prior, start: Parameters) -> tuple[float, float]:
    low, high = start[prior.id].range
    if prior.log:
        ends = [np.log(max(end, low + 1e-3) / prior.middle) / prior.sd for end in (low, high)]
    else:
        ends = [(end - prior.middle) / prior.sd for end in (low, high)]
    return max(ends[0], -_AWAY), min(ends[1], _AWAY)


def _severe(place: int, start: Parameters) -> bool:
    return place * start["disability.scale_step"].value >= start["recovery.severe"].value


def _predicted(target: Target, values: dict[str, float]) -> float:
    given = given_to(target)
    severe = "months" in given
    days = given["months"] * DAYS_A_MONTH if severe else given["days"]
    return share_left(values, given["least"], days, severe)


def _error(target: Target, start: Parameters) -> float:
    """Standard error of a published share, in %."""
    people = float(target.people)
    if "months" in target.given:
        severe = [start[name].value for place, name in enumerate(SIZES) if _severe(place, start)]
        people *= sum(severe) / sum(start[name].value for name in SIZES)
    return float(np.sqrt(target.value * (100.0 - target.value) / people))
