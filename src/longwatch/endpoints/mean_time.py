"""Mean time without event up to a day: the area under the curve (RMST)."""

from __future__ import annotations

import math
from typing import Any

import numpy as np
import pyarrow as pa

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.at_risk import Counts, count
from longwatch.endpoints.chances import two_sided, z_of
from longwatch.endpoints.kaplan_meier import curve, restricted_mean
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.timetable import (
    Warned,
    read_times,
    reference_place,
    rule_behind,
    sizes,
    table_of,
)

_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()
MEANS = pa.schema(
    [
        ("kind", _TEXT),
        ("term", _TEXT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
        ("p", _FLOAT),
        ("n", _INT),
        ("events", _INT),
    ]
)


def rmst(
    tte: object,
    by: str | None = None,
    *,
    tau: float | None = None,
    reference: object = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Mean time without event up to a day `tau`; for two groups, difference and ratio.

    Inputs:
        tte, by, level, rule: as of `km`.
        tau: day up to which is looked; None = the last day seen in the group seen shortest.
        reference: the group others are compared with; None = the first in order.

    Returns:
        `estimate` is the mean of the one group, or the difference in days of the second of two;
        rows `MEANS` (`mean`, `difference`, `ratio`).

    Raises:
        UsageError: `tau` lies after the last day seen in a group; an unknown `reference`.

    >>> rmst({"time": [2, 4], "event": [1, 0]}, tau=4).estimate
    3.0
    """
    z, warned = z_of(level), Warned()
    rows = read_times(tte, warned, by=by)
    counts = count(rows)
    labels, ref = rows.group.labels, reference_place(rows.group.labels, reference, by)
    until = _until_when(counts, labels, tau)
    means, found = [], []
    for place, label in enumerate(labels if until is not None else []):
        risk, events = counts.risk[place].astype(float), counts.event[0, place].astype(float)
        survival = curve(risk, events, "plain", z).survival
        mean, variance = restricted_mean(counts.at, survival, risk, events, until or 0.0)
        means.append((mean, variance))
        se: float | None = math.sqrt(variance)
        half = z * math.sqrt(variance)
        if variance == 0.0:
            warned.say(f"{label}: no event after which somebody stayed, so no standard error")
            se = None
        limits = [mean - half, mean + half] if se else [None, None]
        size, had = int(counts.left[place].sum() + events.sum()), int(events.sum())
        found.append(["mean", str(label), mean, se, *limits, None, size, had])
    for place, label in enumerate(labels if means else []):
        if place != ref:
            found += _compared(f"{label} vs {labels[ref]}", means[place], means[ref], z)
    # Of one group its mean, of two groups their difference.
    main = {1: 0, 2: 2}.get(len(labels)) if found else None
    pick: list[Any] = found[main] if main is not None else [None] * len(MEANS)
    return Result(
        "mean time without event" if len(labels) == 1 else "difference in mean time without event",
        **dict(zip(("estimate", "se", "lo", "hi", "p"), pick[2:7], strict=True)),
        level=level,
        **sizes(rows, warned),
        method=f"area under Kaplan–Meier to day {until or 0:g}, Greenwood, normal interval",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table_of(MEANS, found),
    )


def _compared(
    term: str, one: tuple[float, float], other: tuple[float, float], z: float
) -> list[list[Any]]:
    """Difference and ratio of two means; the ratio on the log scale."""
    (mean, variance), (base, base_variance) = one, other
    gap, gap_se = mean - base, math.sqrt(variance + base_variance)
    if gap_se == 0.0:
        unknown: list[Any] = [None] * len(("se", "lo", "hi", "p", "n", "events"))
        ratio = mean / base if base > 0.0 else None
        return [["difference", term, gap, *unknown], ["ratio", term, ratio, *unknown]]
    p = two_sided(gap / gap_se)
    rows: list[list[Any]] = [
        ["difference", term, gap, gap_se, gap - z * gap_se, gap + z * gap_se, p, None, None]
    ]
    if mean > 0.0 and base > 0.0:
        log_se = math.sqrt(variance / mean**2 + base_variance / base**2)
        log = math.log(mean / base)
        lo, hi = math.exp(log - z * log_se), math.exp(log + z * log_se)
        p = two_sided(log / log_se)
        return [*rows, ["ratio", term, mean / base, log_se, lo, hi, p, None, None]]
    return [*rows, ["ratio", term, *[None] * 7]]


def _until_when(counts: Counts, labels: list[Any], tau: float | None) -> float | None:
    """The last day looked at; None when nobody was seen.

    Beyond the last day seen the curve is unknown, unless everybody had the event.
    """
    ended = counts.left + counts.event[0]
    last = [counts.at[np.flatnonzero(part)[-1]] for part in ended if part.any()]
    if tau is None:
        return float(min(last)) if last else None
    if not tau > 0.0:
        raise UsageError(Problem(f"tau is {tau:g}", how="give a day after the start"))
    for label, part, day in zip(labels, counts.left, last, strict=True):
        if tau > day and part[np.searchsorted(counts.at, day)]:
            raise UsageError(
                Problem(
                    f"tau is day {tau:g}, and in {label} nobody was seen after day {day:g}",
                    why="the curve is not known there",
                    how=f"give a tau of at most {min(last):g}",
                )
            )
    return float(tau)
