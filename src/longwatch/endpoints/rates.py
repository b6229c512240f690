"""Relapses a year, and their ratio between groups: Poisson, negative binomial, Andersen-Gill."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import chi_square_tail, poisson_limits, two_sided, z_of
from longwatch.endpoints.covariates import design
from longwatch.endpoints.cox import TIES
from longwatch.endpoints.cox_fit import scaled_inverse
from longwatch.endpoints.follow_up import Followed, followed
from longwatch.endpoints.rates_fit import ERRORS, MODELS, Fitted, People, fit_rates, method
from longwatch.endpoints.recurrent import Relapses, relapses_of
from longwatch.endpoints.result import ESTIMATES, Describes, Result
from longwatch.endpoints.timetable import (
    Floats,
    Levels,
    Warned,
    reference_place,
    rule_behind,
    table_of,
)


class _Totals(NamedTuple):
    """Of each group: people, relapses, years."""

    people: Floats
    events: Floats
    years: Floats


def relapse_rate(
    relapses: object,
    subjects: object,
    by: str | None = None,
    *,
    model: str = "nb",
    covariates: Sequence[str] = (),
    se: str = "robust",
    ties: str = "efron",
    reference: object = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Relapses a person-year in each group, and rate ratios.

    Inputs:
        relapses: table with `id`, `day` or `date`, perhaps `confirmed`, merged before by a rule.
            Those from start to end of follow-up count, both days included, once a day.
        subjects: table with `id`, `start`, `end`, the group and covariates. Follow-up is
            end − start days; a year has 365.25.
        by: column of the groups; None = one group.
        model: `nb` negative binomial; `poisson`; `lwyy` the proportional means of Lin, Wei, Yang
            and Ying (Andersen–Gill with robust errors); its rates are events by person-years.
        covariates: columns to adjust for; rates are then those at their means.
        se: `robust` (by person); `model`; for `nb` also `joint`. The method names it.
        ties: of `lwyy`: `efron` or `breslow`.
        reference: the group others are compared with; None = the first in order.
        level: of the intervals.
        rule: the definition of a relapse.

    Returns:
        Rows `ESTIMATES`: `rate` for each group, `rate ratio` for each other group and covariate,
        for `nb` the shape theta as `dispersion`; errors of rates and ratios on the log scale.
        `estimate` is the rate of the one group, or the ratio of the second of two; `p` is of all
        groups together. A group without relapse has the rate 0 with exact Poisson limits, and no
        ratio.

    Raises:
        UsageError: a column is missing or wrong, ids of different types, an unknown model.

    >>> people = {"id": [1, 2, 3], "start": [0, 0, 0], "end": [1461, 1461, 1461]}
    >>> relapse_rate({"id": [1, 1, 2], "day": [5, 90, 7]}, people, model="poisson").estimate
    0.25
    """
    for given, known, what in ((model, MODELS, "model"), (se, ERRORS, "se"), (ties, TIES, "ties")):
        if given not in known:
            raise UsageError(Problem(f"{what} {given!r} is not known", how=" or ".join(known)))
    if se == "joint" and model != "nb":
        raise UsageError(Problem("se 'joint' needs a dispersion", how="take model 'nb'"))
    z, warned = z_of(level), Warned()
    people = followed(subjects, warned, by=by, needed=covariates)
    group = people.group
    ref = reference_place(group.labels, reference, by)
    events = relapses_of(relapses, people, warned)
    counts = events.counts(len(people.start))
    total = _Totals(
        *(
            np.bincount(group.code, weights, minlength=len(group.labels)).astype(np.float64)
            for weights in (np.ones_like(counts), counts, people.years)
        )
    )
    extra = design(people.table, np.arange(len(counts)), covariates, "subjects")
    # A group without relapse has no finite logarithm of a rate: it stays out of the model.
    order = sorted(np.flatnonzero(total.events > 0).tolist(), key=lambda one: one != ref)
    fit = None
    if order:
        fit = fit_rates(_chosen(people, events, counts, extra.x, order), model, se, ties, warned)
    rows, test = _of_groups(group, total, order, ref, fit, se, z, level, warned)
    for place, term in enumerate(extra.terms, max(len(order) - 1, 0)):
        row = (
            _ratio(term.name, fit, place, z, warned)
            if fit
            else ["rate ratio", term.name, *[None] * 5]
        )
        rows.append([*row, None, None, None])
    if fit is not None and fit.theta is not None:
        rows.append(["dispersion", "theta", *fit.theta, *[None] * 6])
    if not len(counts):
        warned.say("nobody is left: nothing can be estimated")
    elif not order:
        warned.say("no relapses: rates are 0 with exact Poisson limits")
    # Of one group its rate; of two, whose rates come first, their ratio.
    main = {1: 0, 2: 2}.get(len(group.labels)) if len(counts) else None
    shown: list[Any] = rows[main] if main is not None else [None] * len(ESTIMATES)
    one = len(group.labels) == 1
    return Result(
        "annualized relapse rate" if one else "ratio of annualized relapse rates",
        estimate=shown[2],
        se=shown[3],
        lo=shown[4],
        hi=shown[5],
        level=level,
        p=chi_square_tail(*test) if test else None,
        n=len(counts),
        events=int(counts.sum()),
        person_years=float(people.years.sum()),
        method=method(model, se, ties),
        rule=rule_behind(relapses, rule),
        warnings=tuple(warned.said),
        table=table_of(ESTIMATES, rows),
        statistic=test[0] if test else None,
        df=test[1] if test else None,
        se_scale="log",
    )


def _chosen(
    people: Followed, events: Relapses, counts: Floats, x: Floats, order: list[int]
) -> People:
    """The people of the groups with relapses, groups numbered in this order."""
    number = np.full(len(people.group.labels), -1)
    number[order] = np.arange(len(order))
    group = number[people.group.code]
    use = group >= 0
    place = np.cumsum(use) - 1
    chosen = x[use]
    return People(
        group[use],
        len(order),
        chosen - chosen.mean(axis=0) if chosen.size else chosen,
        (people.end - people.start)[use],
        counts[use],
        Relapses(place[events.person], events.day),
    )


def _of_groups(
    group: Levels,
    total: _Totals,
    order: list[int],
    ref: int,
    fit: Fitted | None,
    se: str,
    z: float,
    level: float,
    warned: Warned,
) -> tuple[list[list[Any]], tuple[float, int] | None]:
    """Rows of rates and ratios of groups, and the chi-square of the groups together."""
    rates, ratios = [], []
    for place, label in enumerate(group.labels):
        about = [int(total.people[place]), int(total.events[place]), float(total.years[place])]
        if place in order and fit is not None:
            at = order.index(place)
            row = _row("rate", str(label), fit.rates[at], fit.rates_variance[at], z)
            lonely = se == "robust" and total.people[place] == 1
            if row[2] is not None and (row[3] is None or lonely):
                row[3:6] = [None] * 3
                warned.say(
                    f"{label}: its people do not differ, so robust errors say nothing of chance; "
                    "for one person or few take model 'poisson' with se 'model'"
                )
            row[6] = None
        elif about[0] == 0:
            row = ["rate", str(label), *[None] * 5]
        else:
            lo, hi = poisson_limits(0, about[2], level)
            row = ["rate", str(label), 0.0, None, float(lo), float(hi), None]
            warned.say(f"{label}: no relapses; the rate is 0 with exact Poisson limits")
        rates.append([*row, *about])
        if place == ref:
            continue
        name = f"{label} vs {group.labels[ref]}"
        if fit is None or ref not in order or place not in order:
            row = ["rate ratio", name, *[None] * 5]
            warned.say(f"{name}: no ratio, because a group has no relapses")
        else:
            row = _ratio(name, fit, order.index(place) - 1, z, warned)
        ratios.append([*row, None, None, None])
    groups = len(order) - 1
    if fit is None or groups < 1 or fit.infinite[:groups].any() or len(order) < len(group.labels):
        return rates + ratios, None
    part = fit.ratios[:groups]
    variance = fit.variance[:groups, :groups]
    if not (np.diag(variance) > 0.0).all():
        return rates + ratios, None
    return rates + ratios, (float(part @ scaled_inverse(variance) @ part), groups)


def _ratio(name: str, fit: Fitted, place: int, z: float, warned: Warned) -> list[Any]:
    """One ratio of the model; None when it has no end."""
    if fit.infinite[place]:
        toward = "0" if fit.ratios[place] < 0 else "infinity"
        warned.say(
            f"{name}: no finite rate ratio, it runs to {toward}; all relapses lie on one side"
        )
        return ["rate ratio", name, *[None] * 5]
    return _row("rate ratio", name, fit.ratios[place], fit.variance[place, place], z)


def _row(kind: str, name: str, log: float, variance: float, z: float) -> list[Any]:
    """Estimate, error, limits and p; no error where the variance is none."""
    if math.isnan(log):
        return [kind, name, *[None] * 5]
    if not variance > _NO_VARIANCE:
        return [kind, name, math.exp(log), *[None] * 4]
    se = math.sqrt(variance)
    with np.errstate(over="ignore"):
        value, lo, hi = np.exp([log, log - z * se, log + z * se]).tolist()
    return [kind, name, value, se, lo, hi, two_sided(log / se)]


_NO_VARIANCE = 1e-20
"""A variance below this is rounding: residuals that are all 0."""
