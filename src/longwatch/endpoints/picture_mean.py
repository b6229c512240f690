"""The mean number of events of a person over time, with bands, and how many are at risk."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.picture import WIDE, Sheet, legend, ticks
from longwatch.endpoints.result import Result

_ROLES = ("own", "other", "third")
_RIGHT, _LEFT, _HIGH, _ROW = 20, 70, 260, 20
_MANY = 560


def mean_plot(
    result: Result,
    *,
    title: str = "",
    ylabel: str = "events of a person",
    width: float = WIDE,
    key: str = "mean",
    alone: bool = True,
) -> str:
    """A picture of `mean_count`: a rising step for each group, with its band.

    Inputs:
        result: of `mean_count` without `times`.
        title, ylabel: words above. width, key, alone: as of `km_plot`.

    Raises:
        UsageError: there is nothing to draw.

    >>> from longwatch.endpoints.counts import mean_count
    >>> people = {"id": [1, 2], "start": [0, 0], "end": [100, 50]}
    >>> mean_plot(mean_count({"id": [1], "day": [10]}, people))[:4]
    '<svg'
    """
    rows = result.table.to_pylist() if result.table is not None and not result.at_times else []
    if not rows or "n_risk" not in rows[0]:
        how = "give the result of mean_count, without times, of people with events"
        raise UsageError(Problem(f"{result.name} holds nothing to draw", how=how))
    groups = [(str(name), list(part)) for name, part in groupby(rows, lambda row: row["group"])]
    name = title or result.name
    sheet = Sheet(key, width, _HIGH + 150 + _ROW * len(groups), name, _described(groups))
    top = 16 + legend(
        sheet, _LEFT, 18,
        [(label, _ROLES[at % len(_ROLES)], "dash" if at else "line")
         for at, (label, _) in enumerate(groups)],
    )  # fmt: skip
    years = max(row["time"] for row in rows) / DAYS_A_YEAR
    most = max(row["hi"] or row["estimate"] or 0.0 for row in rows) or 1.0
    right = width - _RIGHT

    def x(year: float) -> float:
        return float(_LEFT + (right - _LEFT) * year / years)

    def y(value: float) -> float:
        return top + _HIGH * (1 - min(value / most, 1.0))

    for value in ticks(0.0, most, 5):
        sheet.line(_LEFT, y(value), right, y(value), "grid")
        sheet.text(_LEFT - 8, y(value) + 5, f"{value:g}", "muted", anchor="end")
    sheet.text(_LEFT - 8, top - 8, ylabel, "muted")
    sheet.line(_LEFT, y(0), right, y(0), "muted", 1.5)
    marks = ticks(0.0, years, 4 if width < _MANY else 8)
    for year in marks:
        sheet.text(x(year), y(0) + 21, f"{year:g}", "muted", anchor="middle")
    sheet.text((_LEFT + right) / 2, y(0) + 40, "years since the start", "muted", anchor="middle")
    below = y(0) + 66
    sheet.text(4, below, "At risk", "muted", size=13)
    for at, (label, part) in enumerate(groups):
        role = _ROLES[at % len(_ROLES)]
        for column, thick, dash in (("lo", 1.0, "1 3"), ("hi", 1.0, "1 3"),
                                    ("estimate", 2.6, "7 4" if at else "")):  # fmt: skip
            steps = [(x(0), y(0))]
            for row in part:
                value = row["estimate"] if row[column] is None else row[column]
                place = x(row["time"] / DAYS_A_YEAR)
                steps += [(place, steps[-1][1]), (place, y(value or 0.0))]
            sheet.path(steps, role, thick, dash)
        below += _ROW
        sheet.text(4, below, label, size=13)
        for year in marks[1:]:
            left = [row["n_risk"] for row in part if row["time"] >= year * DAYS_A_YEAR]
            if left:
                sheet.text(x(year), below, f"{left[0]:g}", size=13, anchor="middle")
    return sheet.svg(alone=alone)


def _described(groups: Sequence[tuple[str, list[dict[str, Any]]]]) -> str:
    parts = []
    for label, rows in groups:
        last = rows[-1]
        band = f" ({last['lo']:.2f} to {last['hi']:.2f})" if last["lo"] is not None else ""
        parts.append(f"{label}: {last['estimate']:.2f}{band} by day {last['time']:g}")
    return "; ".join(parts) + "."
