"""Maximum likelihood of counts: Poisson, and negative binomial with its dispersion; arrays only.

The mean of a row is exposure * exp(x @ beta); the variance is mean + alpha * mean². In R's
`MASS::glm.nb` the shape theta is 1 / alpha.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from longwatch.endpoints.cox_fit import reached, scaled_inverse
from longwatch.endpoints.timetable import Flags, Floats

_STEPS = 100
_HALVINGS = 40
_FLAT = 1e-9
_AS_LONG, _STILL_MOVING = 0.5, 1e-5
"""When a coefficient runs to infinity: as in `cox_fit`."""
_FIRST_GUESSES = (0.1, 1.0, 5.0)
_SERIES_BELOW = 0.02
_SERIES = 12
"""Differences of logarithms lose their digits below the first; the series has so many terms."""


class CountFit(NamedTuple):
    """Coefficients and the pieces that errors are made of.

    alpha: 0 = Poisson. mean: of each row. weight: expected information of a row. residual: what it
    adds to the slope. joint: inverse observed information of coefficients and log(alpha).
    """

    beta: Floats
    alpha: float
    mean: Floats
    weight: Floats
    residual: Floats
    joint: Floats | None
    log_likelihood: float
    infinite: Flags
    converged: bool


def fit_poisson(count: Floats, exposure: Floats, x: Floats) -> CountFit:
    """Poisson regression with an offset.

    Inputs:
        count: events of each row. exposure: time followed. x: columns, with the intercept.

    >>> fit = fit_poisson(np.array([1.0, 3.0]), np.array([2.0, 2.0]), np.ones((2, 1)))
    >>> round(float(np.exp(fit.beta[0])), 6)
    1.0
    """
    return _newton(count, exposure, x, _start(count, exposure, x), None)


def fit_negative_binomial(count: Floats, exposure: Floats, x: Floats) -> CountFit:
    """Negative binomial regression, coefficients and dispersion together.

    Inputs: as of `fit_poisson`. Where the counts vary no more than Poisson's, alpha is 0.

    >>> count, exposure = np.array([0.0, 0.0, 1.0, 7.0]), np.ones(4)
    >>> fit_negative_binomial(count, exposure, np.ones((4, 1))).alpha > 1
    True
    """
    poisson = fit_poisson(count, exposure, x)
    if poisson.infinite.any() or not poisson.converged:
        return poisson
    tries = [
        _newton(count, exposure, x, poisson.beta, np.log(alpha))
        for alpha in _guesses(count, poisson.mean)
    ]
    best = max((one for one in tries if one.converged), key=_likelihood, default=None)
    return best if best is not None and best.log_likelihood > poisson.log_likelihood else poisson


def _likelihood(fit: CountFit) -> float:
    return fit.log_likelihood


def _guesses(count: Floats, mean: Floats) -> list[float]:
    """Where to begin: the moments', or when they show no more than Poisson's, a few others."""
    excess = ((count - mean) ** 2 - count).sum()
    return [float(excess / (mean**2).sum())] if excess > 0.0 else list(_FIRST_GUESSES)


def _start(count: Floats, exposure: Floats, x: Floats) -> Floats:
    """All rates alike; x has the intercept first."""
    beta = np.zeros(x.shape[1])
    beta[0] = np.log(count.sum() / exposure.sum())
    return beta


class _At(NamedTuple):
    log_likelihood: float
    slope: Floats
    information: Floats
    mean: Floats
    alpha: float


def _newton(
    count: Floats, exposure: Floats, x: Floats, beta: Floats, log_alpha: float | None
) -> CountFit:
    more = _more_than(count)
    point = beta if log_alpha is None else np.append(beta, log_alpha)
    at = _at(count, exposure, x, more, point)
    step = _uphill(at)
    infinite: Flags = np.zeros(len(point), bool)
    converged = False
    gain, gain_before = float(at.slope @ step), np.inf
    for _ in range(_STEPS):
        converged = reached(gain, gain_before)
        if converged or infinite.any():
            break
        better = _at(count, exposure, x, more, point + step)
        for _ in range(_HALVINGS):
            if better.log_likelihood >= at.log_likelihood - _FLAT * abs(at.log_likelihood) ** 0.5:
                break
            step = step / 2.0
            better = _at(count, exposure, x, more, point + step)
        before, point, at = np.abs(step), point + step, better
        step = _uphill(at)
        gain, gain_before = float(at.slope @ step), gain
        if gain < _FLAT:
            far = np.abs(step) > _STILL_MOVING * np.abs(point)
            infinite = np.asarray(far & (np.abs(step) > _AS_LONG * before))
    if converged:
        # The step that is left costs nothing and doubles the digits.
        point = point + step
    terms = x.shape[1]
    spread = 1.0 + at.alpha * at.mean
    return CountFit(
        point[:terms],
        at.alpha,
        at.mean,
        at.mean / spread,
        (count - at.mean) / spread,
        None if log_alpha is None else scaled_inverse(at.information),
        at.log_likelihood,
        infinite[:terms],
        converged and not (infinite[terms:]).any(),
    )


def _uphill(at: _At) -> Floats:
    """Newton's step; the dispersion's own curvature is turned where it points the wrong way."""
    information = at.information
    if at.alpha > 0.0 and np.linalg.eigvalsh(information)[0] <= 0.0:
        information = information.copy()
        information[-1, :] = information[:, -1] = 0.0
        information[-1, -1] = max(abs(at.information[-1, -1]), abs(at.slope[-1]))
    step: Floats = scaled_inverse(information) @ at.slope
    return np.clip(step, -_LONGEST, _LONGEST)


_LONGEST = 5.0
"""No step on the log scale goes farther at once."""


def _more_than(count: Floats) -> Floats:
    """How many rows have more than 0, 1, 2 … events."""
    sizes = np.bincount(count.astype(np.int64))
    return (len(count) - np.cumsum(sizes))[:-1].astype(float)


def _at(count: Floats, exposure: Floats, x: Floats, more: Floats, point: Floats) -> _At:
    terms = x.shape[1]
    eta = x @ point[:terms]
    with np.errstate(over="ignore"):
        mean = exposure * np.exp(eta)
    if len(point) == terms:
        return _At(
            float(count @ eta + count @ np.log(exposure) - mean.sum()),
            x.T @ (count - mean),
            x.T @ (x * mean[:, None]),
            mean,
            0.0,
        )
    alpha = float(np.exp(point[-1]))
    z = alpha * mean
    spread = 1.0 + z
    gap, gap_slope = _gap(z)
    place = np.arange(len(more))
    ladder = 1.0 + alpha * place
    # Along alpha: sums over what the gamma functions leave of whole counts.
    along = (more * place / ladder).sum() + (gap / alpha**2 - count * mean / spread).sum()
    bend = -(more * (place / ladder) ** 2).sum()
    bend += (gap_slope / alpha**3 + count * (mean / spread) ** 2).sum()
    cross = x.T @ ((count - mean) * mean / spread**2)
    information = np.empty((terms + 1, terms + 1))
    information[:terms, :terms] = x.T @ (x * (mean * (1.0 + alpha * count) / spread**2)[:, None])
    information[-1, :terms] = information[:terms, -1] = alpha * cross
    information[-1, -1] = -(alpha**2 * bend + alpha * along)
    value = (more * np.log(ladder)).sum() + count @ (eta + np.log(exposure))
    value -= ((count + 1.0 / alpha) * np.log1p(z)).sum()
    slope = np.append(x.T @ ((count - mean) / spread), alpha * along)
    return _At(float(value), slope, information, mean, alpha)


def _gap(z: Floats) -> tuple[Floats, Floats]:
    """log(1 + z) - z / (1 + z), and z²/(1 + z)² less twice that, without loss for small z."""
    with np.errstate(over="ignore", invalid="ignore"):
        direct = np.log1p(z) - z / (1.0 + z)
        slope = (z / (1.0 + z)) ** 2 - 2.0 * direct
    small = z < _SERIES_BELOW
    if small.any():
        powers = np.arange(2, _SERIES)
        terms = (-1.0) ** powers * (powers - 1.0) / powers
        near = z[small]
        direct[small] = near**2 * np.polynomial.polynomial.polyval(near, terms)
        slope[small] = near**2 * np.polynomial.polynomial.polyval(near, terms * (powers - 2.0))
    return direct, slope
