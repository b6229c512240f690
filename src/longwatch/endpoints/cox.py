"""Hazard ratios: Cox's model, and with rows that begin late and repeat, Andersen and Gill's."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import chi_square_tail, two_sided, z_of
from longwatch.endpoints.covariates import Design, design
from longwatch.endpoints.cox_fit import Fit, fit_cox, moments, scaled_inverse
from longwatch.endpoints.proportional import SUSPECT, drift_tests
from longwatch.endpoints.result import ESTIMATES, Describes, Result
from longwatch.endpoints.timetable import (
    Floats,
    Ints,
    Times,
    Warned,
    get,
    read_times,
    rule_behind,
    sizes,
    table_of,
)

TIES = ("efron", "breslow")


def cox(
    tte: object,
    covariates: str | Sequence[str],
    *,
    ties: str = "efron",
    cluster: str | None = None,
    entry: str | None = None,
    reference: Mapping[str, object] | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Hazard ratios of groups and covariates, with Wald intervals.

    Inputs:
        tte: table with `time` (days), `event` (true or false), the covariates, and more.
        covariates: columns; words give a ratio for each level against the first, numbers one for
            each unit more, yes/no one for yes.
        ties: `efron` or `breslow`.
        cluster: column of the person, when one has several rows: robust errors by person.
        entry: column of the day from which a row is at risk, (entry, time].
        reference: by covariate, the level others are compared with.
        level: of the intervals.
        rule: the definition that found the events.

    Returns:
        Rows `ESTIMATES` of kind `hazard ratio`, errors on the log scale. `estimate` when there is
        one ratio; `statistic`, `df`, `p` of all together (Wald). Rows of kind `proportional
        hazards` hold in `p` whether a covariate's effect drifts with time (R's `cox.zph`);
        with `cluster`, where that test does not hold, there are none. A ratio that runs to 0 or
        without end, because one side has no event, is None and named in the warnings.

    Raises:
        UsageError: a column is missing or wrong; covariates without difference, or one following
            from others.

    Source: Cox 1972; Efron 1977; Andersen and Gill 1982; Lin and Wei 1989.

    >>> tte = {"time": [5, 6, 7, 8], "event": [1, 1, 1, 0], "arm": ["a", "b", "a", "b"]}
    >>> round(cox(tte, "arm").estimate, 4)
    0.3904
    """
    if ties not in TIES:
        raise UsageError(Problem(f"no ties are called {ties!r}", how=f"one of {', '.join(TIES)}"))
    names = [covariates] if isinstance(covariates, str) else list(covariates)
    if not names:
        raise UsageError(Problem("no covariate is named", how="name at least one column"))
    z, warned = z_of(level), Warned()
    needed = [*names, *([cluster] if cluster else [])]
    rows = read_times(tte, warned, entry=entry, needed=needed)
    columns = design(rows.table, rows.rows, names, "tte", dict(reference or {}))
    people = _codes(rows, cluster) if cluster else None
    event = rows.event > 0
    about = sizes(rows, warned)
    if people is not None:
        about["n"] = int(people.max(initial=-1)) + 1
    method = f"{'Andersen–Gill' if cluster else 'Cox'}, {ties.capitalize()}, " + (
        f"Lin–Wei robust by {cluster}" if cluster else "model-based errors"
    )
    rule = rule_behind(rows.table, rule)
    if not event.any():
        found = [_row(columns, place, None, None, z, rows) for place in range(len(columns.terms))]
        return _result(found, about, level, method, rule, warned, None)
    fit = fit_cox(
        rows.time, event, columns.x, entry=rows.entry, ties=ties, scores=people is not None
    )
    variance = fit.variance if people is None else robust(fit, people)
    log = np.where(fit.infinite, np.nan, fit.beta)
    for term, ran, toward in zip(columns.terms, fit.infinite, fit.beta, strict=True):
        if ran:
            warned.say(
                f"{term.name}: no finite hazard ratio, it runs to "
                f"{'0' if toward < 0 else 'infinity'}; all events lie on one side"
            )
    found = [
        _row(columns, place, float(log[place]), float(variance[place, place]), z, rows)
        for place in range(len(columns.terms))
    ]
    if people is None and not fit.infinite.any():
        found += _proportional(fit, rows, columns, ties, warned)
        method += "; proportional hazards by score test, g(t) = 1 - Kaplan–Meier"
    return _result(found, about, level, method, rule, warned, _test(fit, variance, people, warned))


def _proportional(
    fit: Fit, rows: Times, columns: Design, ties: str, warned: Warned
) -> list[list[Any]]:
    """Rows of `ESTIMATES` with the p of proportional hazards, and a warning where it is small."""
    at = moments(rows.time, rows.event > 0, columns.x, fit.beta, entry=rows.entry, ties=ties)
    tested = drift_tests(at, [term.covariate for term in columns.terms])
    for name, _, _, p in tested:
        if p is None:
            warned.say(f"{name}: too few days with events to tell whether hazards are proportional")
        elif p < SUSPECT:
            warned.say(
                f"{name}: the hazards are not proportional (p {p:.2g}); one ratio for the whole "
                "time hides how the effect changes, show the curves beside it"
            )
    return [
        ["proportional hazards", name, None, None, None, None, p, None, None, None]
        for name, _, _, p in tested
    ]


def robust(fit: Fit, people: Ints) -> Floats:
    """Lin and Wei's variance: scores summed by person between two inverse informations.

    Inputs:
        fit: with scores. people: of each row, a number from 0.
    """
    many = int(people.max(initial=-1)) + 1
    assert fit.scores is not None
    sums = np.column_stack([np.bincount(people, column, minlength=many) for column in fit.scores.T])
    shifts = sums @ fit.variance
    variance: Floats = shifts.T @ shifts
    return variance


def _codes(rows: Times, cluster: str) -> Ints:
    column = get(rows.table, cluster, "tte").take(pa.array(rows.rows))
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    return np.asarray(column.indices.to_numpy(zero_copy_only=False), np.int64)


def _row(
    columns: Design, place: int, log: float | None, variance: float | None, z: float, rows: Times
) -> list[Any]:
    """One row of `ESTIMATES`."""
    term = columns.terms[place]
    n = events = years = None
    if term.level is not None:
        mine = columns.x[:, place] > 0
        part = rows._replace(
            time=rows.time[mine],
            event=rows.event[mine],
            entry=rows.entry[mine] if rows.entry is not None else None,
        )
        n, events, years = sizes(part, Warned()).values()
    start = ["hazard ratio", term.name]
    if log is None or math.isnan(log) or variance is None or not variance > 0.0:
        return [*start, None, None, None, None, None, n, events, years]
    se = math.sqrt(variance)
    with np.errstate(over="ignore"):
        limits = np.exp([log, log - z * se, log + z * se]).tolist()
    return [*start, limits[0], se, *limits[1:], two_sided(log / se), n, events, years]


def _test(
    fit: Fit, variance: Floats, people: Ints | None, warned: Warned
) -> tuple[float, int] | None:
    """Chi-square of all coefficients together."""
    terms = len(fit.beta)
    if not fit.infinite.any():
        return float(fit.beta @ scaled_inverse(variance) @ fit.beta), terms
    if people is not None:
        return None
    warned.say("p is of the likelihood ratio test, which a ratio of 0 or infinity allows")
    return 2.0 * (fit.log_likelihood - fit.null_log_likelihood), terms


def _result(
    found: list[list[Any]],
    about: dict[str, Any],
    level: float,
    method: str,
    rule: Describes | None,
    warned: Warned,
    test: tuple[float, int] | None,
) -> Result:
    ratios = [row for row in found if row[0] == "hazard ratio"]
    only = ratios[0] if len(ratios) == 1 else [None] * len(ESTIMATES)
    return Result(
        "hazard ratio",
        estimate=only[2],
        se=only[3],
        lo=only[4],
        hi=only[5],
        level=level,
        p=chi_square_tail(*test) if test else None,
        **about,
        method=method,
        rule=rule,
        warnings=tuple(warned.said),
        table=table_of(ESTIMATES, found),
        statistic=test[0] if test else None,
        df=test[1] if test else None,
        se_scale="log",
    )
