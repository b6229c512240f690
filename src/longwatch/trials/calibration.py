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

from longwatch.core.errors import Problem, UsageError
from longwatch.mechanism.parameters import Parameters
from longwatch.trials.design import Figure, designs, load_design
from longwatch.trials.priors import Prior, priors
from longwatch.trials.trial import run_trial
from longwatch.trials.uncertainty import Fit

Floats = NDArray[np.float64]
FITTED = ("annual_rate", "relapse_free", "worsening", "edss_change", "new_t2", "gadolinium")
"""Endpoints fitted to; counts, ratios and dispersion follow from them and are checks."""
_STEP = 0.1
"""Finite differences, in prior standard deviations: wide enough to cross rounding to the scale."""
_SDS = 2 * 1.959964
"""Width of a 95 % interval in standard deviations."""
_ON_LOG_SCALE = frozenset({"annual_rate"})
_INSIDE = 1e-6
"""The optimizer must begin within the bounds, not on them."""


@dataclass(frozen=True)
class Fitted:
    """One parameter: the prior, the fitted value and how well the trials tell it.

    `like`: the parameter it is most confused with, `correlation` with that one. `moves`: the
    figure that it moves most, by `by` standard errors for one standard deviation of the prior.
    """

    id: str
    unit: str
    prior: float
    prior_sd: float
    fitted: float
    sd: float
    like: str
    correlation: float
    moves: str
    by: float

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
    """What a fit came to.

    parameters: the given ones with the fitted values. sensitivity: of each figure (a row as in
    `misfits`) to each parameter (a column as in `fitted`), in standard errors for one standard
    deviation of the prior. fit: what `fit.yaml` holds, but for who made it when.
    """

    parameters: Parameters
    fitted: tuple[Fitted, ...]
    misfits: tuple[Misfit, ...]
    sensitivity: Floats
    evaluations: int
    fit: Fit


def fitted_figures() -> list[tuple[str, Figure]]:
    """The published figures that are fitted to, each with its trial."""
    return [
        (name, figure)
        for name in designs()
        for figure in load_design(name).figures
        if figure.endpoint in FITTED and figure.arm
    ]


def calibrate(
    replicates: int = 30,
    seed: int = 0,
    parameters: Parameters | None = None,
    progress: Callable[[int, float], None] | None = None,
    most: int = 8,
    only: Sequence[str] | None = None,
) -> Calibration:
    """Fits relapses, disability and imaging to the published figures of the trials.

    Inputs:
        replicates: of each trial in one evaluation; more make the figures smoother.
        seed: of the virtual people, the same in every evaluation.
        parameters: what is not fitted comes from here; the shipped ones if not given.
        progress: called with the evaluations done and the sum of squares.
        most: steps of the fit.
        only: fit these, leave the others at their priors; all if not given.

    Raises:
        UsageError: nothing to fit with, or a parameter that has no prior.
    """
    chosen = _chosen(replicates, most, only)
    names = [prior.id for prior in chosen]
    middle, sd = (np.array([getattr(one, part) for one in chosen]) for part in ("middle", "sd"))
    start = (parameters or Parameters.load()).with_values({p.id: p.middle for p in priors()})
    low, high = (np.array([start[name].range[end] for name in names]) for end in (0, 1))
    figures = fitted_figures()
    plain = [figure for _, figure in figures]
    done = 0

    def predicted(point: Floats) -> Floats:
        changed = dict(zip(names, np.clip(point, low, high).tolist(), strict=True))
        found = start.with_values(changed)
        results = {
            name: run_trial(name, replicates, seed, found, uncertainty=False) for name in designs()
        }
        return np.array(
            [float(np.nanmean(results[name].figures[figure.id])) for name, figure in figures]
        )

    def misfit(point: Floats) -> Floats:
        nonlocal done
        data = _in_errors(plain, predicted(point))
        whole = np.concatenate([data, (point - middle) / sd])
        done += 1
        if progress is not None:
            progress(done, float(np.sum(whole**2)))
        return whole

    def slopes(point: Floats) -> Floats:
        here = misfit(point)
        columns = []
        for place in range(len(point)):
            step = _STEP * sd[place]
            # Inwards at an upper bound: beyond it nothing can be asked.
            step = -step if point[place] + step > high[place] else step
            moved = point.copy()
            moved[place] += step
            columns.append((misfit(moved) - here) / step)
        return np.array(columns).T

    inside = np.clip(middle, low + _INSIDE, high - _INSIDE)
    before = predicted(inside)
    found = least_squares(misfit, inside, jac=slopes, bounds=(low, high), x_scale=sd, max_nfev=most)
    after = predicted(found.x)
    covariance = np.linalg.inv(found.jac.T @ found.jac)
    spread = np.sqrt(np.diag(covariance))
    correlation = covariance / spread[:, None] / spread
    sensitivity = found.jac[: len(figures)] * sd
    labels = [f"{name} {figure.id}" for name, figure in figures]
    z_before, z_after = _in_errors(plain, before), _in_errors(plain, after)
    return Calibration(
        start.with_values(dict(zip(names, found.x.tolist(), strict=True))),
        _report(start, chosen, found.x, spread, correlation, sensitivity, labels),
        tuple(
            Misfit(label, figure.exact, *map(float, numbers))
            for label, figure, *numbers in zip(
                labels, plain, before, after, z_before, z_after, strict=True
            )
        ),
        sensitivity,
        done,
        Fit(
            made_by="longwatch calibrate",
            made_on="",
            replicates=replicates,
            seed=seed,
            evaluations=done,
            sum_of_squares=2.0 * float(found.cost),
            parameters=tuple(names),
            value=tuple(found.x.tolist()),
            sd=tuple(spread.tolist()),
            prior_sd=tuple(sd.tolist()),
            correlation=tuple(
                tuple(correlation[place, : place + 1].tolist()) for place in range(len(names))
            ),
        ),
    )


def _chosen(replicates: int, most: int, only: Sequence[str] | None) -> list[Prior]:
    for asked, words in ((replicates, "replicates"), (most, "steps")):
        if asked < 1:
            raise UsageError(Problem(f"{asked} {words} cannot be run", how="give 1 or more"))
    known = [prior.id for prior in priors()]
    for name in only or ():
        if name not in known:
            raise UsageError(
                Problem(f"{name!r} is not fitted", how=f"choose from {', '.join(known)}")
            )
    return [prior for prior in priors() if only is None or prior.id in only]


def _report(
    start: Parameters,
    chosen: Sequence[Prior],
    value: Floats,
    sd: Floats,
    correlation: Floats,
    sensitivity: Floats,
    labels: Sequence[str],
) -> tuple[Fitted, ...]:
    rows = []
    for place, prior in enumerate(chosen):
        others = np.where(np.arange(len(chosen)) == place, 0.0, correlation[place])
        like, moved = int(np.abs(others).argmax()), int(np.abs(sensitivity[:, place]).argmax())
        rows.append(
            Fitted(
                prior.id,
                start[prior.id].unit,
                prior.middle,
                prior.sd,
                float(value[place]),
                float(sd[place]),
                chosen[like].id if like != place else "",
                float(others[like]),
                labels[moved],
                float(sensitivity[moved, place]),
            )
        )
    return tuple(rows)


def _in_errors(figures: Sequence[Figure], predicted: Floats) -> Floats:
    """Predicted less published, in standard errors read off the published intervals."""
    found = []
    for figure, value in zip(figures, predicted, strict=True):
        interval = figure.shown_interval()
        assert interval is not None, figure.id
        low, high = interval
        if figure.endpoint in _ON_LOG_SCALE:
            error = np.log(high / low) / _SDS
            found.append((np.log(value) - np.log(figure.exact)) / error)
        else:
            found.append((value - figure.exact) / ((high - low) / _SDS))
    return np.array(found)
