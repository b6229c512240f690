"""Reports of relapses to relapses: two reports too close to each other are one."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.attached import attach
from longwatch.endpoints.frames import flat, frame, has_dates, numbers, people, set_aside
from longwatch.endpoints.rule import Rule


def relapse_days(relapses: object, rule: Rule) -> pa.Table:
    """Relapses by the rule: each begins at least `relapse_apart` days after the one before.

    A report nearer than that to the beginning of the last relapse is part of it. How long a relapse
    lasted (`relapse_hours`) is for the clinic to judge before it reports one.

    Inputs:
        relapses: frame `relapses`; with `relapses_confirmed` only those marked confirmed.
        rule: the definition; it travels with the table.

    Returns:
        Sorted by id and day: `id`, `day` (a date when dates came), `reports` that are one relapse,
        `definition`.

    Raises:
        UsageError: the table is not what it must be, or lacks `confirmed` when the rule needs it.

    >>> reports = {"id": [1, 1, 1], "day": [0, 12, 30]}
    >>> relapse_days(reports, Rule.preset("care-ms")).select(["day", "reports"]).to_pylist()
    [{'day': 0, 'reports': 2}, {'day': 30, 'reports': 1}]
    """
    table = frame(relapses, "relapses")
    counts = {f"relapse: {why}": rows for why, rows in set_aside(table).items()}
    if rule.relapses_confirmed and "confirmed" not in table.column_names:
        raise UsageError(
            Problem(
                "column 'confirmed' is missing",
                "relapses",
                why="the rule counts confirmed relapses only",
                how="add the column, or take with_(relapses_confirmed=False)",
            )
        )
    if rule.relapses_confirmed:
        sure = table.filter(table["confirmed"])
        if sure.num_rows < table.num_rows:
            counts["relapse: not confirmed"] = table.num_rows - sure.num_rows
        table = sure
    day = numbers(table["day"])
    begins = _beginnings(day, people(table)[1][:-1], rule.relapse_apart)
    rows = np.flatnonzero(begins)
    days = pa.array(day[rows], pa.int32())
    merged = pa.table(
        {
            "id": flat(table["id"]).take(pa.array(rows)),
            "day": days.cast(pa.date32()) if has_dates(table) else days,
            "reports": np.diff(np.append(rows, len(day))).astype(np.int32),
            "definition": pa.repeat(pa.scalar(rule.definition, pa.string()), len(rows)),
        }
    )
    return attach(merged, rule, counts)


def _beginnings(day: np.ndarray, heads: np.ndarray, apart: float) -> np.ndarray:
    """Which reports begin a relapse.

    A report far from the one before always does; only runs of near ones need to be walked.
    """
    least = max(apart, 1)
    gap = np.diff(day.astype(float), prepend=-np.inf)
    gap[heads] = np.inf
    begins = gap >= least
    last = before = -1
    for row in np.flatnonzero(~begins).tolist():
        if before != row - 1:
            last = row - 1
        if day[row] - day[last] >= least:
            begins[row] = True
            last = row
        before = row
    return np.asarray(begins)
