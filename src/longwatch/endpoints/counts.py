"""Mean number of relapses by time since the start (mean cumulative function)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.endpoints.chances import z_of
from longwatch.endpoints.follow_up import followed
from longwatch.endpoints.recurrent import Relapses, relapses_of
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.timetable import Floats, Warned, distinct, rule_behind, table_of, wanted

_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()
MEAN_COUNT = pa.schema(
    [
        ("group", _TEXT),
        ("time", _FLOAT),
        ("n_risk", _INT),
        ("n_event", _INT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
    ]
)
"""Rows of `mean_count`: at each day with a relapse in the group; or at the days asked for, with the
relapses since the one before."""


class _Steps(NamedTuple):
    at: Floats
    risk: Floats
    events: Floats
    mean: Floats
    se: Floats


def mean_count(
    relapses: object,
    subjects: object,
    by: str | None = None,
    *,
    times: Sequence[float] | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """How many relapses a person has had on average by each day, with robust errors by person.

    Inputs:
        relapses, subjects, by: as of `rates.relapse_rate`. A person is at risk from day 0 to the
            end of follow-up, both days included.
        times: days since the start at which it is wanted; None = every day with a relapse.
        level: of the interval, on the log scale.
        rule: the definition of a relapse.

    Returns:
        Rows `MEAN_COUNT`. `estimate` is the mean at the last of `times` when there is one group.
        After the last day seen nothing is known: None. Before the first relapse the mean is 0
        without error or interval.

    Source: Nelson 1988; Lawless and Nadeau 1995 (robust variance).

    >>> people = {"id": [1, 2], "start": [0, 0], "end": [100, 50]}
    >>> mean_count({"id": [1, 1, 2], "day": [10, 80, 20]}, people, times=[90]).estimate
    2.0
    """
    z, warned = z_of(level), Warned()
    people = followed(subjects, warned, by=by)
    events = relapses_of(relapses, people, warned)
    days = None if times is None else wanted(times)
    parts = [MEAN_COUNT.empty_table()]
    for place, label in enumerate(people.group.labels):
        mine = people.group.code == place
        number = np.cumsum(mine) - 1
        hers = mine[events.person]
        chosen = Relapses(number[events.person[hers]], events.day[hers])
        parts.append(_rows(label, chosen, (people.end - people.start)[mine], days, z, warned))
    table = pa.concat_tables(parts)
    many, had = len(people.start), len(events.person)
    if not had:
        warned.say("no relapses" if many else "nobody is left: nothing can be estimated")
    one = len(parts) == 2 and bool(times)
    last: dict[str, Any] = table.slice(table.num_rows - 1).to_pylist()[0] if one else {}
    return Result(
        "mean number of relapses",
        at_times=times is not None,
        estimate=last.get("estimate"),
        se=last.get("se"),
        lo=last.get("lo"),
        hi=last.get("hi"),
        level=level,
        n=many,
        events=had,
        person_years=float(people.years.sum()),
        method="mean cumulative function (Nelson), Lawless–Nadeau robust by id, log interval",
        rule=rule_behind(relapses, rule),
        warnings=tuple(warned.said),
        table=table,
    )


def _steps(relapses: Relapses, days: Floats) -> _Steps:
    """Mean and robust error at each day with a relapse.

    A person's part of the error is u(t) = sum over days of (own relapses − mean step) / at risk,
    while at risk. The sum of u² over people grows on each day by 2 u·step + step², so it needs no
    pass over people for each day.
    """
    at, place = distinct(relapses.day)
    last = np.searchsorted(at, days, side="right")
    leave = np.bincount(last, minlength=len(at) + 1).astype(float)
    risk = np.cumsum(leave[::-1])[::-1][1:]
    events = np.bincount(place, minlength=len(at)).astype(float)
    step = events / risk
    # What all at risk have been charged up to and with each day, and up to the day before.
    charged = np.cumsum(step / risk)
    charged_before = charged - step / risk
    own = 1.0 / risk[place]
    total = np.cumsum(own)
    first = np.searchsorted(relapses.person, relapses.person, side="left")
    own_before = total - own - (total[first] - own[first])
    # Sum of u over those still at risk, just before each day.
    gained = np.bincount(place, own, minlength=len(at))
    of_person = np.bincount(relapses.person, own, minlength=len(days))
    lost = np.bincount(last, of_person, minlength=len(at) + 1)[:-1]
    still = np.cumsum(gained) - gained - np.cumsum(lost)
    still -= risk * charged_before
    of_events = np.bincount(place, own_before - charged_before[place], minlength=len(at))
    growth = 2.0 * (of_events / risk - step / risk * still)
    growth += (events - 2.0 * step * events + risk * step**2) / risk**2
    return _Steps(at, risk, events, np.cumsum(step), np.sqrt(np.maximum(np.cumsum(growth), 0.0)))


def _rows(
    label: object,
    relapses: Relapses,
    days: Floats,
    wanted_days: Floats | None,
    z: float,
    warned: Warned,
) -> pa.Table:
    steps = _steps(relapses, days)
    with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
        se = np.where(steps.se > 0.0, steps.se, np.nan)
        factor = np.exp(z * se / steps.mean)
    columns = [steps.mean, se, steps.mean / factor, steps.mean * factor]
    if wanted_days is None:
        at, risk, events = steps.at, steps.risk, steps.events
    else:
        at = wanted_days
        after = np.searchsorted(steps.at, at, side="right")
        risk = (days[:, None] >= at).sum(axis=0)
        events = np.diff(np.append(0.0, np.cumsum(steps.events))[after], prepend=0)
        start = [0.0, np.nan, np.nan, np.nan]
        columns = [np.append(one, part)[after] for one, part in zip(start, columns, strict=True)]
        beyond = at > days.max(initial=0.0)
        columns = [np.where(beyond, np.nan, part) for part in columns]
        if beyond.any():
            warned.say(f"{label}: nobody was seen after day {days.max(initial=0.0):g}")
    whole = [np.asarray(part, np.int64) for part in (risk, events)]
    return table_of(MEAN_COUNT, [[str(label)] * len(at), at, *whole, *columns], by_column=True)
