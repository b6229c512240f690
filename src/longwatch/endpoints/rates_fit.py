"""The models behind relapse rates: coefficients of groups and covariates, and their errors."""

from __future__ import annotations

import math
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.count_fit import CountFit, fit_negative_binomial, fit_poisson
from longwatch.endpoints.cox import robust
from longwatch.endpoints.cox_fit import fit_cox, scaled_inverse
from longwatch.endpoints.recurrent import Relapses, rows_of
from longwatch.endpoints.timetable import Flags, Floats, Warned

Ints = NDArray[np.int64]
MODELS = ("nb", "poisson", "lwyy")
ERRORS = ("robust", "model", "joint")
_COUNTED = "log follow-up as offset"
_NB = f"negative binomial regression (NB2), {_COUNTED}"
METHODS = {
    ("poisson", "robust"): f"Poisson regression, {_COUNTED}, sandwich errors (HC0) by person",
    ("poisson", "model"): f"Poisson regression, {_COUNTED}, model-based errors",
    ("nb", "robust"): f"{_NB}, sandwich errors (HC0) by person at the estimated dispersion",
    ("nb", "model"): f"{_NB}, expected information at the estimated dispersion (as glm.nb)",
    ("nb", "joint"): f"{_NB}, observed information, coefficients and dispersion together",
}


class People(NamedTuple):
    """What the models read, people of groups with relapses only.

    group: 0 = base. many: groups. x: covariates, centered. days: followed. counts: relapses.
    """

    group: Ints
    many: int
    x: Floats
    days: Floats
    counts: Floats
    relapses: Relapses


class Fitted(NamedTuple):
    """Logs of ratios (groups after the base, then covariates) and of the rates of groups.

    infinite: which ratios have no finite estimate. theta: shape of the negative binomial and its
    standard error; infinite where counts vary no more than Poisson's.
    """

    ratios: Floats
    variance: Floats
    infinite: Flags
    rates: Floats
    rates_variance: Floats
    theta: tuple[float, float] | None


def fit_rates(people: People, model: str, se: str, ties: str, warned: Warned) -> Fitted:
    """Fits one model.

    Inputs:
        people: with at least one relapse in each group.
        model, se, ties: as of `rates.relapse_rate`.
        warned: told when a maximum was not reached or lies at the edge.
    """
    groups = (people.group[:, None] == np.arange(1, people.many)).astype(np.float64)
    if model == "lwyy":
        crude = _counts(people, groups[:, :0], groups, "poisson", se, warned)
        return _andersen_gill(people, np.hstack([groups, people.x]), crude, se, ties)
    return _counts(people, people.x, groups, model, se, warned)


def _counts(
    people: People, extra: Floats, groups: Floats, model: str, se: str, warned: Warned
) -> Fitted:
    """Poisson or negative binomial."""
    x = np.hstack([np.ones((len(groups), 1)), groups, extra])
    years = people.days / DAYS_A_YEAR
    fit = (fit_negative_binomial if model == "nb" else fit_poisson)(people.counts, years, x)
    unknown = fit.infinite.any() or not fit.converged
    if not fit.converged and not fit.infinite.any():
        warned.say("the maximum of the likelihood was not reached: no figures are given")
    variance = _variance(fit, x, se)
    theta = None
    if model == "nb":
        theta = _theta(fit, warned)
    terms, many = x.shape[1], people.many
    pick = np.zeros((many, terms))
    pick[:, 0] = 1.0
    pick[np.arange(1, many), np.arange(1, many)] = 1.0
    # A covariate whose effect has no end takes the rates at its mean with it.
    return Fitted(
        fit.beta[1:],
        variance[1:, 1:],
        fit.infinite[1:] if fit.converged or fit.infinite.any() else ~fit.infinite[1:],
        np.where(unknown, np.nan, pick @ fit.beta),
        np.einsum("gi,ij,gj->g", pick, variance, pick),
        theta,
    )


def _theta(fit: CountFit, warned: Warned) -> tuple[float, float]:
    """Shape and its error; delta method from log(alpha), whose error is the same."""
    if fit.joint is None:
        if not fit.infinite.any():
            warned.say(
                "counts vary no more than Poisson's: theta is infinite, the fit is Poisson's"
            )
        return math.inf, math.nan
    return 1.0 / fit.alpha, math.sqrt(fit.joint[-1, -1]) / fit.alpha


def _variance(fit: CountFit, x: Floats, se: str) -> Floats:
    if se == "joint" and fit.joint is not None:
        return fit.joint[:-1, :-1]
    bread = scaled_inverse(x.T @ (x * fit.weight[:, None]))
    if se != "robust":
        return bread
    scores = (x * fit.residual[:, None]) @ bread
    variance: Floats = scores.T @ scores
    return variance


def _andersen_gill(people: People, x: Floats, crude: Fitted, se: str, ties: str) -> Fitted:
    """Proportional means: hazard of the next relapse, errors by person."""
    if not x.shape[1]:
        return crude
    rows = rows_of(people.relapses, people.days)
    fit = fit_cox(
        rows.time, rows.event, x[rows.person], entry=rows.entry, ties=ties, scores=se == "robust"
    )
    variance = robust(fit, rows.person) if se == "robust" else fit.variance
    return Fitted(fit.beta, variance, fit.infinite, crude.rates, crude.rates_variance, None)


def method(model: str, se: str, ties: str) -> str:
    """The exact name of what was done.

    >>> method("lwyy", "robust", "efron")
    'Andersen–Gill, Efron, Lin–Wei robust by id; rates are events by person-years, robust'
    """
    if model != "lwyy":
        return METHODS[model, se]
    errors = "Lin–Wei robust by id" if se == "robust" else "model-based errors"
    kind = "robust" if se == "robust" else "Poisson errors"
    return f"Andersen–Gill, {ties.capitalize()}, {errors}; rates are events by person-years, {kind}"
