"""Time to a level of disability that lasts: EDSS 4, 6 and the like."""

from __future__ import annotations

import math

import numpy as np
import pyarrow as pa

from longwatch.endpoints.attached import attach
from longwatch.endpoints.prepare import fixed_visits, prepare
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.scan_run import Engine, plan_of, run
from longwatch.endpoints.scan_words import CONFIRMED, ONSET, PERSON, Visits

STATUS = (
    "reached",
    "censored",
    "not_assessable: there already at the first visit",
    "not_assessable: one visit",
    "not_assessable: follow-up shorter than confirmation",
)


def milestone(
    visits: object, relapses: object, value: float, rule: Rule, *, engine: Engine = "auto"
) -> pa.Table:
    """The first confirmed visit at a level or worse, for everybody with a visit.

    Confirmation, relapses around onset and confirmation, how long it must last and whether a last
    visit counts are those of the rule; baselines play no part.

    Inputs:
        visits, relapses: as for `disability_events`.
        value: the level: at it or beyond it (below it where lower is worse).
        rule: the definition; it travels with the table.
        engine: `python`, `compiled`, or `auto`.

    Returns:
        One row per person with a visit, sorted by id: `id`; `time` in days since the first visit
        and `event`, null when not assessable; `status`; `day`, `value` of the onset and
        `confirmed_day`, null without one; `follow_up` in days; `definition`.

    Raises:
        UsageError: as for `disability_events`.

    >>> visits = {"id": [1] * 4, "day": [0, 90, 180, 270], "value": [5.5, 6, 6.5, 6]}
    >>> milestone(visits, None, 6.0, Rule.preset("msprog")).select(["time", "status"]).to_pylist()
    [{'time': 90, 'status': 'reached'}]
    """
    prepared = prepare(visits, relapses, rule)
    seen = prepared.visits
    worse = rule.worse == "higher"
    there = (seen.value >= value if worse else seen.value <= value).astype(float)
    plan = plan_of(
        rule.with_(
            event="firstCDW", classify=False, baseline="fixed", worse="higher",
            rise=((math.inf, 1),), fall=((math.inf, 1),), sub_threshold="none",
            skip_extrema="none", rebaseline_after_relapse=False, baseline_never_better=False,
            relapse_to_baseline=(0, 0), early_relapses=True,
        )
    )  # fmt: skip
    found = run(plan, _with_a_visit_before(seen, there), engine)
    people = len(prepared.ids)
    onset, confirmed = np.full(people, -1), np.full(people, -1)
    person = found.events[:, PERSON]
    onset[person] = seen.at[person] + found.events[:, ONSET] - 1
    sure = found.events[:, CONFIRMED] >= 0
    confirmed[person[sure]] = seen.at[person[sure]] + found.events[sure, CONFIRMED] - 1
    begin, end = seen.at[:-1], seen.at[1:] - 1
    length = (seen.day[end] - seen.day[begin]).astype(np.int32) if people else begin
    least = min(low for low, _ in rule.windows)
    status = np.select(
        [onset == begin, onset > begin, begin == end, length < least], [2, 0, 3, 4], 1
    )
    known, reached = status <= 1, status == 0
    time = np.where(reached, _at(seen.day, onset) - _at(seen.day, begin), length)
    table = pa.table(
        {
            "id": prepared.ids,
            "time": pa.array(time.astype(np.int32), mask=~known),
            "event": pa.array(reached, mask=~known),
            "status": pa.array(STATUS).take(pa.array(status)),
            "day": _days(_at(seen.day, onset), reached, prepared.dates),
            "value": pa.array(_at(seen.value, onset), pa.float64(), mask=~reached),
            "confirmed_day": _days(
                _at(seen.day, confirmed), reached & (confirmed >= 0), prepared.dates
            ),
            "follow_up": pa.array(length, pa.int32()),
            "definition": pa.repeat(pa.scalar(rule.definition, pa.string()), people),
        }
    )
    return attach(table, rule, prepared.set_aside)


def _with_a_visit_before(seen: Visits, there: np.ndarray) -> Visits:
    """The same visits as 0 or 1, and before each person's first one a 0 to rise from, that day."""
    people = len(seen.at) - 1
    first = seen.at[:-1]
    return fixed_visits(
        at=seen.at + np.arange(people + 1),
        day=np.insert(seen.day, first, _at(seen.day, first)),
        value=np.insert(there, first, 0.0),
        allowed=np.insert(seen.allowed, first, False),
        relapse_at=seen.relapse_at,
        relapse=seen.relapse,
    )


def _at(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """Values of rows; of no row (-1) any value."""
    return values[rows] if len(values) else values[:0]


def _days(days: np.ndarray, there: np.ndarray, dates: bool) -> pa.Array:
    column = pa.array(days.astype(np.int32), mask=~there)
    return column.cast(pa.date32()) if dates else column
