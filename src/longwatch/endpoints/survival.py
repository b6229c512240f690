"""Time to the first event: Kaplan-Meier and what is read off it, log-rank test, mean time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.at_risk import Counts, count
from longwatch.endpoints.chances import z_of
from longwatch.endpoints.kaplan_meier import curve, quantile
from longwatch.endpoints.logrank import logrank as logrank
from longwatch.endpoints.mean_time import rmst as rmst
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.timetable import (
    Floats,
    Ints,
    Warned,
    read_times,
    rule_behind,
    sizes,
    table_of,
    wanted,
)

_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()
CURVE = pa.schema(
    [
        ("group", _TEXT),
        ("time", _FLOAT),
        ("n_risk", _INT),
        ("n_event", _INT),
        ("n_censor", _INT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
    ]
)
"""Rows of `km`. Without `times`: at each time that occurs in the group, its events and censorings.
With `times`: at risk at that time, and how many had the event or left since the time before."""
AT_RISK = pa.schema(
    [("group", _TEXT), ("time", _FLOAT), ("at_risk", _INT), ("censored", _INT), ("events", _INT)]
)
MEDIANS = pa.schema(
    [
        ("group", _TEXT),
        ("n", _INT),
        ("events", _INT),
        ("estimate", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
    ]
)


def km(
    tte: object,
    by: str | None = None,
    *,
    ci: str = "log-log",
    times: Sequence[float] | None = None,
    entry: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """The share without event over time, by Kaplan-Meier, with Greenwood's band.

    Inputs:
        tte: table with `time` (days), `event` (true = event, false = censored), and more.
        by: column of the groups.
        ci: scale of the band: `log-log` (as the trials'), `log` (R's default), `plain`.
        times: days at which it is wanted; None = every day on which somebody's time ended.
        entry: column of the day from which a row is at risk (left truncation).
        level: of the band.
        rule: the definition that found the events; it travels with the result.

    Returns:
        Rows `CURVE`. `estimate` is the share at the last of `times` when there is one group. After
        the last time seen in a group nothing is known: None. Where the curve is 1 or 0 the band is
        undefined: None.

    Raises:
        UsageError: a column is missing or wrong, a time is negative, an unknown band.

    >>> two_years = km({"time": [100, 300, 730], "event": [1, 0, 0]}, times=[730])
    >>> round(two_years.estimate, 4)
    0.6667
    """
    z, warned = z_of(level), Warned()
    rows = read_times(tte, warned, by=by, entry=entry)
    counts = count(rows)
    days = None if times is None else wanted(times)
    parts = [
        _steps(label, counts, place, ci, z, days, warned)
        for place, label in enumerate(rows.group.labels)
    ]
    table = pa.concat_tables([CURVE.empty_table(), *parts])
    one = table.slice(table.num_rows - 1).to_pylist() if len(parts) == 1 and times else []
    first: dict[str, Any] = one[0] if one else {}
    return Result(
        "share without event",
        at_times=times is not None,
        estimate=first.get("estimate"),
        se=first.get("se"),
        lo=first.get("lo"),
        hi=first.get("hi"),
        level=level,
        **sizes(rows, warned),
        method=f"Kaplan–Meier, Greenwood, {ci} interval, at risk at time ≥ t",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table,
    )


def at_risk_table(tte: object, times: Sequence[float], by: str | None = None) -> pa.Table:
    """Below a curve: who is at risk at each time, and who has left or had the event before it.

    The three add up to all in the group (Morris 2019). Rows `AT_RISK`.

    Inputs:
        tte, by: as of `km`.
        times: days, in order.

    >>> at_risk_table({"time": [1, 2, 2], "event": [1, 1, 0]}, [0, 2, 4])["events"].to_pylist()
    [0, 1, 2]
    """
    rows = read_times(tte, Warned(), by=by)
    counts = count(rows)
    days = wanted(times)
    before = np.searchsorted(counts.at, days, side="left")
    parts = []
    for place, label in enumerate(rows.group.labels):
        left, event = (_until(part[place], before) for part in (counts.left, counts.event[0]))
        everyone = int(counts.left[place].sum() + counts.event[0, place].sum())
        columns = [[str(label)] * len(days), days, everyone - left - event, left, event]
        parts.append(pa.table([pa.array(part) for part in columns], AT_RISK.names).cast(AT_RISK))
    return pa.concat_tables([AT_RISK.empty_table(), *parts])


def median(
    tte: object,
    by: str | None = None,
    *,
    share: float = 0.5,
    ci: str = "log-log",
    entry: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """The day by which half of the people had the event, and its interval from the band.

    Inputs:
        tte, by, ci, entry, level, rule: as of `km`.
        share: of people with the event, 0.5 = the median.

    Returns:
        Rows `MEDIANS`; None where the curve, or its limit, never comes down so far.

    >>> median({"time": [1, 2, 3], "event": [1, 1, 1]}).estimate
    2.0
    """
    if not 0.0 < share < 1.0:
        raise UsageError(Problem(f"a share of {share:g}", how="give one between 0 and 1"))
    z, warned = z_of(level), Warned()
    rows = read_times(tte, warned, by=by, entry=entry)
    counts = count(rows)
    found: list[list[Any]] = []
    for place, label in enumerate(rows.group.labels):
        risk, events = counts.risk[place].astype(float), counts.event[0, place].astype(float)
        steps = curve(risk, events, ci, z)
        row = [quantile(counts.at, part, events, share) for part in (steps.survival, *steps[2:])]
        if math.isnan(row[0]):
            warned.say(f"fewer than {share:.0%} of {label} had the event: no such day is seen")
        size = int(counts.left[place].sum() + events.sum())
        found.append([str(label), size, int(events.sum()), *row])
    table = table_of(MEDIANS, found)
    only: list[Any] = found[0][3:] if len(found) == 1 else [None] * 3
    return Result(
        "median time to event" if share == 0.5 else f"time to event of {share:.0%}",
        estimate=only[0],
        lo=only[1],
        hi=only[2],
        level=level,
        **sizes(rows, warned),
        method=f"Kaplan–Meier quantile, interval from the {ci} band (Brookmeyer–Crowley)",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table,
    )


def _steps(
    label: object,
    counts: Counts,
    place: int,
    ci: str,
    z: float,
    days: Floats | None,
    warned: Warned,
) -> pa.Table:
    """The rows of one group."""
    risk, event, left = counts.risk[place], counts.event[0, place], counts.left[place]
    steps = curve(risk.astype(float), event.astype(float), ci, z)
    if days is None:
        here = np.flatnonzero(event + left)
        at = counts.at[here]
        columns = [risk[here], event[here], left[here], *(part[here] for part in steps)]
    else:
        at = days
        # Just after the day for the curve, just before it for those at risk.
        after = np.searchsorted(counts.at, days, side="right")
        before = np.searchsorted(counts.at, days, side="left")
        start = [1.0, 0.0, np.nan, np.nan]
        figures = [np.append(one, part)[after] for one, part in zip(start, steps, strict=True)]
        seen = np.flatnonzero(event + left)
        last = counts.at[seen[-1]] if len(seen) else 0.0
        # Where everybody had the event the curve stays at 0.
        beyond = (days > last) & (figures[0] > 0.0)
        if beyond.any():
            warned.say(f"{label}: nobody was seen after day {last:g}, the curve is not known there")
        figures = [np.where(beyond, np.nan, part) for part in figures]
        columns = [
            np.append(risk, 0)[before],
            np.diff(_until(event, after), prepend=0),
            np.diff(_until(left, after), prepend=0),
            *figures,
        ]
    return table_of(CURVE, [[str(label)] * len(at), at, *columns], by_column=True)


def _until(counts: Ints, place: Ints) -> Ints:
    """How many up to each place."""
    sums: Ints = np.append(0, np.cumsum(counts))[place]
    return sums
