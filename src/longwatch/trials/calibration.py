"""Fitting the mechanism to the two trials: the same virtual people in every evaluation.

With common random numbers the predicted figures are smooth enough for least squares; what the
trials cannot tell apart stays near its prior, and the report says so.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from longwatch.mechanism.parameters import Parameters
from longwatch.trials.design import Figure, designs, load_design
from longwatch.trials.trial import run_trial

Floats = NDArray[np.float64]
FITTED = ("annual_rate", "relapse_free", "worsening", "edss_change", "new_t2", "gadolinium")
"""Endpoints fitted to; counts, ratios and dispersion follow from them and are checks."""
SECTIONS = ("relapse.", "disability.", "imaging.")
_PRIOR_SHARE, _PRIOR_LEAST = 0.5, 0.1
"""Prior standard deviation: so large a share of the value, and at least this."""
_STEP = 0.1
"""Finite differences, in prior standard deviations: wide enough to cross rounding to the scale."""
_SDS = 2 * 1.959964
"""Width of a 95 % interval in standard deviations."""
_ON_LOG_SCALE = frozenset({"annual_rate"})


@dataclass(frozen=True)
class Fitted:
    """One parameter: shipped value, fitted value, its standard deviation, and the prior's."""

    id: str
    unit: str
    shipped: float
    fitted: float
    sd: float
    prior_sd: float

    @property
    def learned(self) -> float:
        """How much the trials told: 0 nothing, 1 everything."""
        return max(0.0, 1.0 - self.sd / self.prior_sd)


@dataclass(frozen=True)
class Misfit:
    """One figure: published and predicted before and after, and the misfit in standard errors."""

    id: str
    published: float
    before: float
    after: float
    z_before: float
    z_after: float


@dataclass(frozen=True)
class Calibration:
    """What a fit came to; `parameters` are the shipped ones with the fitted values."""

    parameters: Parameters
    fitted: tuple[Fitted, ...]
    misfits: tuple[Misfit, ...]
    evaluations: int


def calibrate(
    replicates: int = 30,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int, float], None] | None = None,
    most: int = 8,
) -> Calibration:
    """Fits relapses, disability and imaging to the published figures of the trials.

    Inputs:
        replicates: of each trial in one evaluation; more make the figures smoother.
        seed: of the virtual people, the same in every evaluation.
        parameters: where the fit starts, and the middle of the prior.
        progress: called with the evaluations done and the sum of squares.
        most: steps of the fit.
    """
    start = parameters or Parameters.load()
    names = [name for name in start if start[name].fit and name.startswith(SECTIONS)]
    middle = np.array([start[name].value for name in names])
    prior = np.maximum(_PRIOR_SHARE * np.abs(middle), _PRIOR_LEAST)
    low, high = (np.array([start[name].range[end] for name in names]) for end in (0, 1))
    figures = [
        (name, figure)
        for name in designs()
        for figure in load_design(name).figures
        if figure.endpoint in FITTED and figure.arm
    ]
    done = 0

    def predicted(point: Floats) -> Floats:
        changed = dict(zip(names, np.clip(point, low, high).tolist(), strict=True))
        found = start.with_values(changed)
        results = {name: run_trial(name, replicates, seed, found) for name in designs()}
        return np.array(
            [float(np.nanmean(results[name].figures[figure.id])) for name, figure in figures]
        )

    def misfit(point: Floats) -> Floats:
        nonlocal done
        data = _in_errors([figure for _, figure in figures], predicted(point))
        whole = np.concatenate([data, (point - middle) / prior])
        done += 1
        if progress is not None:
            progress(done, float(np.sum(whole**2)))
        return whole

    def slopes(point: Floats) -> Floats:
        here = misfit(point)
        columns = []
        for place in range(len(point)):
            step = _STEP * prior[place]
            # Inwards at an upper bound: beyond it nothing can be asked.
            step = -step if point[place] + step > high[place] else step
            moved = point.copy()
            moved[place] += step
            columns.append((misfit(moved) - here) / step)
        return np.array(columns).T

    inside = np.clip(middle, low + 1e-6, high - 1e-6)
    before = predicted(inside)
    found = least_squares(
        misfit, inside, jac=slopes, bounds=(low, high), x_scale=prior, max_nfev=most
    )
    after = predicted(found.x)
    spread = np.sqrt(np.diag(np.linalg.inv(found.jac.T @ found.jac)))
    plain = [figure for _, figure in figures]
    z_before, z_after = _in_errors(plain, before), _in_errors(plain, after)
    return Calibration(
        start.with_values(dict(zip(names, found.x.tolist(), strict=True))),
        tuple(
            Fitted(name, start[name].unit, start[name].value, float(value), float(sd), float(wide))
            for name, value, sd, wide in zip(names, found.x, spread, prior, strict=True)
        ),
        tuple(
            Misfit(f"{name} {figure.id}", figure.value, *map(float, numbers))
            for (name, figure), *numbers in zip(
                figures, before, after, z_before, z_after, strict=True
            )
        ),
        done,
    )


def _in_errors(figures: Sequence[Figure], predicted: Floats) -> Floats:
    """Predicted less published, in standard errors read off the published intervals."""
    found = []
    for figure, value in zip(figures, predicted, strict=True):
        interval = figure.shown_interval()
        assert interval is not None, figure.id
        low, high = interval
        if figure.endpoint in _ON_LOG_SCALE:
            error = np.log(high / low) / _SDS
            found.append((np.log(value) - np.log(figure.value)) / error)
        else:
            found.append((value - figure.value) / ((high - low) / _SDS))
    return np.array(found)
