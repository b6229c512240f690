"""The partial likelihood of Cox and Andersen-Gill: maximum, information, score of each row.

Arrays only. Sums over those at risk are taken once for each different day of an event, so a fit is
a few passes over the rows. Ties by Efron or Breslow; rows may enter late; scores of rows are those
of Lin and Wei (1989), with Efron's weights under ties, as R's `residuals(type = "score")` has them.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.endpoints.timetable import Flags, Floats, distinct

Ints = NDArray[np.int64]
_STEPS = 60
_HALVINGS = 30
_DONE = 1e-20
"""Newton stops when the step, in standard errors and squared, is smaller than this."""
_ROUNDING, _SHRINKS = 1e-13, 0.1
"""Or, with very many rows, when it is smaller than the first of these and no longer shrinks to this
share of the one before: the rest is rounding."""
_FLAT = 1e-9
_AS_LONG, _STILL_MOVING = 0.5, 1e-5
"""A coefficient runs to infinity when the likelihood gains less than the first of these, and yet
its step is half as long as the one before (near a true maximum it would be its square) and more
than the last one's share of the coefficient. Going on would only add rounding to the others."""
_FARTHEST = 600.0
"""Linear predictors are kept so near to the largest, that their exponentials stay above 0."""


class Fit(NamedTuple):
    """Coefficients, inverse information, scores [rows, terms] or None, and which ran away."""

    beta: Floats
    variance: Floats
    scores: Floats | None
    log_likelihood: float
    null_log_likelihood: float
    infinite: Flags
    converged: bool


class Moments(NamedTuple):
    """At some coefficients, of each day with events: those at risk and those who had the event.

    residual: [days, terms], covariates of those with the event less what was to be expected
    (Schoenfeld). spread: [days, terms, terms], variance of the covariates of those at risk, for
    each event. Efron's weights under ties.
    """

    at_risk: Floats
    died: Ints
    residual: Floats
    spread: Floats


class _Data(NamedTuple):
    """What does not change between steps.

    Rows with an event come first, by day, so that they are slices and need no gathering.

    x: centered covariates. start, stop: event days passed at entry and at the end of each row.
    late: does anybody enter late? order: where each row stood. dead: how many have an event. day:
    theirs. tied: share of those tied with it that an event takes off its risk set. many: events of
    each day.
    """

    x: Floats
    start: Ints
    stop: Ints
    late: bool
    order: Ints
    dead: int
    day: Ints
    tied: Floats
    many: Ints


class _State(NamedTuple):
    """At one set of coefficients.

    weight, hazard: of each row, its relative risk and the hazard it has passed through. mean, one:
    of each event, the mean covariates and 1 / sum of those at risk. own: of each event day, the
    hazard that those who have the event are spared (Efron).
    """

    log_likelihood: float
    slope: Floats
    information: Floats
    weight: Floats
    hazard: Floats
    mean: Floats
    one: Floats
    own: Floats


def fit_cox(
    time: Floats,
    event: Flags,
    x: Floats,
    *,
    entry: Floats | None = None,
    ties: str = "efron",
    scores: bool = False,
) -> Fit:
    """Newton's method from 0, each step halved until the likelihood rises.

    Inputs:
        time: end of each row, [rows]. event: did it end with an event?
        x: covariates, [rows, terms]; no column constant or following from others.
        entry: the row is at risk at times in (entry, time]; None = from the beginning.
        ties: `efron` or `breslow`.
        scores: give the score of each row, for robust variances.

    >>> time, event, arm = np.array([1.0, 2.0, 2.0]), np.array([True, True, False]), [[1], [0], [1]]
    >>> round(float(fit_cox(time, event, np.array(arm, float)).beta[0]), 6)
    -0.346574
    """
    data = _prepare(time, event, x - x.mean(axis=0), entry, ties)
    beta = np.zeros(x.shape[1])
    state = _state(data, beta)
    null = state.log_likelihood
    slack = _FLAT * max(1.0, abs(null)) ** 0.5
    step = scaled_inverse(state.information) @ state.slope
    converged = False
    infinite: Flags = np.diag(state.information) <= 0.0
    gain, gain_before = float(state.slope @ step), np.inf
    for _ in range(_STEPS):
        converged = reached(gain, gain_before)
        if converged or infinite.any():
            break
        better = _state(data, beta + step)
        for _ in range(_HALVINGS):
            # Near the top the likelihood is flat to the last digit.
            if better.log_likelihood >= state.log_likelihood - slack:
                break
            step = step / 2.0
            better = _state(data, beta + step)
        before, beta, state = np.abs(step), beta + step, better
        step = scaled_inverse(state.information) @ state.slope
        gain, gain_before = float(state.slope @ step), gain
        if gain < _FLAT:
            far = np.abs(step) > _STILL_MOVING * np.abs(beta)
            infinite = np.asarray(far & (np.abs(step) > _AS_LONG * before))
    # What still moves after so many steps, or has lost its information to rounding, has no end.
    infinite |= np.diag(state.information) <= 0.0
    if not converged and not infinite.any():
        infinite = np.ones(len(beta), bool)
    return Fit(
        # The step that is left costs nothing and doubles the digits.
        beta + step if converged else beta,
        scaled_inverse(state.information),
        _scores(data, state) if scores else None,
        state.log_likelihood,
        null,
        infinite,
        converged,
    )


def moments(
    time: Floats,
    event: Flags,
    x: Floats,
    beta: Floats,
    *,
    entry: Floats | None = None,
    ties: str = "efron",
) -> Moments:
    """What tests of the model need; inputs as of `fit_cox`, with its coefficients."""
    data = _prepare(time, event, x - x.mean(axis=0), entry, ties)
    state = _state(data, beta)
    day, days, terms = data.day, len(data.many), x.shape[1]
    dead = slice(data.dead)

    def by_day(values: Floats) -> Floats:
        return np.bincount(day, values, minlength=days).astype(np.float64)

    def at_risk(values: Floats) -> Floats:
        sums = _from_here_on(data.stop, values, days)
        return sums - _from_here_on(data.start, values, days) if data.late else sums

    residual = np.empty((days, terms))
    spread = np.empty((days, terms, terms))
    for one in range(terms):
        residual[:, one] = by_day(data.x[dead, one] - state.mean[:, one])
        for other in range(one + 1):
            product = state.weight * data.x[:, one] * data.x[:, other]
            square = at_risk(product)[day] - data.tied * by_day(product[dead])[day]
            both = by_day(square * state.one - state.mean[:, one] * state.mean[:, other])
            spread[:, one, other] = spread[:, other, one] = both
    return Moments(at_risk(np.ones(len(time))), data.many, residual, spread)


def reached(gain: float, before: float) -> bool:
    """Is the maximum reached, by the squared steps in standard errors now and before?

    >>> reached(1e-21, 1e-9), reached(1e-15, 1e-15), reached(1e-15, 1e-8), reached(1e-3, 1e-3)
    (True, True, False, False)
    """
    return gain < _DONE or (gain < _ROUNDING and gain > _SHRINKS * before)


def scaled_inverse(information: Floats) -> Floats:
    """Inverse of an information matrix, its terms brought to one size first.

    A term about which little is known would otherwise be taken for rounding.

    >>> scaled_inverse(np.array([[4.0, 0.0], [0.0, 1e-30]])).round(2).tolist()[0]
    [0.25, 0.0]
    """
    size = np.sqrt(np.maximum(np.diag(information), 0.0))
    scale = np.divide(1.0, size, out=np.zeros_like(size), where=size > 0.0)
    both = np.outer(scale, scale)
    inverse: Floats = np.linalg.pinv(information * both, hermitian=True) * both
    return inverse


def _prepare(time: Floats, event: Flags, x: Floats, entry: Floats | None, ties: str) -> _Data:
    at, _ = distinct(time[event])
    stop = np.searchsorted(at, time, side="right")
    start = np.searchsorted(at, entry, side="right") if entry is not None else np.zeros_like(stop)
    dead = np.flatnonzero(event)
    order = np.concatenate([dead[np.argsort(stop[dead], kind="stable")], np.flatnonzero(~event)])
    day = stop[order[: len(dead)]] - 1
    many = np.bincount(day, minlength=len(at))
    place = np.arange(len(dead)) - (np.cumsum(many) - many)[day]
    tied = place / many[day] if ties == "efron" else np.zeros(len(dead))
    late = entry is not None
    # Columns together: every sum below runs along one.
    columns = np.asfortranarray(x[order])
    return _Data(columns, start[order], stop[order], late, order, len(dead), day, tied, many)


def _state(data: _Data, beta: Floats) -> _State:
    eta = data.x @ beta
    highest = eta.max(initial=-np.inf) if len(eta) else 0.0
    eta = np.maximum(eta - highest, -_FARTHEST)
    weight = np.exp(eta)
    weighted = data.x * weight[:, None]
    day, tied = data.day, data.tied
    dead = slice(data.dead)
    days = len(data.many)

    def by_day(values: Floats) -> Floats:
        return np.bincount(day, values, minlength=days).astype(np.float64)

    def at_risk(values: Floats) -> Floats:
        sums = _from_here_on(data.stop, values, days)
        return sums - _from_here_on(data.start, values, days) if data.late else sums

    died = by_day(weight[dead])
    risk = np.maximum(at_risk(weight), died)
    left = risk[day] - tied * died[day]
    mean = np.empty((data.dead, data.x.shape[1]), order="F")
    for term in range(data.x.shape[1]):
        column = weighted[:, term]
        mean[:, term] = at_risk(column)[day] - tied * by_day(column[dead])[day]
    mean /= left[:, None]
    one = 1.0 / left
    cumulated = np.append(0.0, np.cumsum(by_day(one)))
    own = by_day(tied * one)
    hazard = cumulated[data.stop] - cumulated[data.start]
    information = weighted.T @ (data.x * hazard[:, None]) - mean.T @ mean
    information -= weighted[dead].T @ (data.x[dead] * own[day][:, None])
    return _State(
        float(eta[dead].sum() - np.log(left).sum()),
        data.x[dead].sum(axis=0) - mean.sum(axis=0),
        information,
        weight,
        hazard,
        mean,
        one,
        own,
    )


def _from_here_on(passed: Ints, values: Floats, days: int) -> Floats:
    """For each event day, the sum over rows that reach it."""
    sums = np.bincount(passed, values, minlength=days + 1)[::-1].astype(np.float64)
    return np.cumsum(sums)[::-1][1:]


def _scores(data: _Data, state: _State) -> Floats:
    """What each row adds to the slope, those at risk paying for each event (Lin and Wei)."""
    day, days = data.day, len(data.many)
    dead = slice(data.dead)
    scores = np.empty_like(data.x)
    for term in range(data.x.shape[1]):
        x, mean = data.x[:, term], state.mean[:, term]
        paid = mean * state.one
        cumulated = np.append(0.0, np.cumsum(np.bincount(day, paid, minlength=days)))
        drift = cumulated[data.stop] - cumulated[data.start]
        column = -state.weight * (x * state.hazard - drift)
        middle = np.bincount(day, mean, minlength=days) / np.maximum(data.many, 1)
        spared = np.bincount(day, data.tied * paid, minlength=days)
        column[dead] += x[dead] - middle[day]
        column[dead] += state.weight[dead] * (x[dead] * state.own[day] - spared[day])
        scores[data.order, term] = column
    return scores
