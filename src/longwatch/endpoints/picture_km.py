"""Curves of shares with bands, and below them who is at risk, censored and had the event.

The table below the curve follows Morris 2019 (BMJ Open 9:e030215): the three add up to everybody.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import groupby
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.picture import WIDE, Sheet, legend, ticks
from longwatch.endpoints.result import Result
from longwatch.endpoints.timetable import ALL

_ROLES = ("own", "other", "third")
_MONTHS_A_YEAR = 12
_MONTH = DAYS_A_YEAR / _MONTHS_A_YEAR
_PERCENT = 100
_STEPS = (1, 3, 6, 12, 24, 36, 60, 120)
_RIGHT, _TOP, _HIGH, _ROW = 20, 40, 280, 20
_MANY = 560
"""Narrower pictures have fewer ticks, and the words of the rows below stand above them."""
_TOPS = (0.1, 0.2, 0.3, 0.4, 0.6, 0.8, 1.0)
"""Where the axis of a rising curve may end."""


class Point(NamedTuple):
    """A published share at a month, shown as a mark with its interval, in %."""

    label: str
    month: float
    value: float
    low: float | None
    high: float | None


def km_plot(
    result: Result,
    *,
    title: str = "",
    ylabel: str = "",
    falling: bool = True,
    points: Sequence[Point] = (),
    until: float | None = None,
    width: float = WIDE,
    key: str = "km",
    alone: bool = True,
) -> str:
    """A picture of `km` or `cumulative_incidence`: curves, bands, people at risk.

    Inputs:
        result: of one of them, without `times`. Shares with competing events rise; who had another
            event counts as censored below.
        title, ylabel: words above; what is missing is taken from the result.
        falling: the share without event; otherwise the share with it.
        points: published figures.
        until: last month shown; None = the last one in the data.
        width: in pixels; `picture.NARROW` for a phone.
        key: begins the ids, so that two pictures can stand on one page.
        alone: with its own style, for a file.

    Raises:
        UsageError: the result has no curves, or holds single times.

    >>> from longwatch.endpoints.survival import km
    >>> km_plot(km({"time": [100, 300, 730], "event": [1, 0, 0]}))[:4]
    '<svg'
    """
    if result.table is None or "n_censor" not in result.table.column_names or result.at_times:
        how = "give the result of km or cumulative_incidence, without times"
        raise UsageError(Problem(f"{result.name} holds no curves", how=how))
    falling = falling and "n_other" not in result.table.column_names
    curves = _curves(result.table)
    last = max((curve.day[-1] for _, curve in curves if len(curve.day)), default=0.0) / _MONTH
    end = max(until or last, *(point.month for point in points), 1.0)
    step = _step(end, 4 if width < _MANY else 8)
    end = max(end, step)
    months = [step * place for place in range(int(end / step + 0.001) + 1)]
    name = title or result.name
    below = 3 * _ROW + 22
    height = _TOP + _HIGH + 64 + len(curves) * below + 26 * (1 + len(points) // 2)
    sheet = Sheet(key, width, height, name, _described(curves, points, months, falling))
    entries = [
        (f"{label}, 95 % band" if len(curves) > 1 else "this cohort, 95 % band",
         _ROLES[at % len(_ROLES)], "dash" if at else "line")
        for at, (label, _) in enumerate(curves)
    ]  # fmt: skip
    marks = ("diamond", "circle", "square")
    entries += [(point.label, "other", marks[at % len(marks)]) for at, point in enumerate(points)]
    left = 54 if width < _MANY else 96
    top = legend(sheet, left, 18, entries) + 16
    axis = _Axis(sheet, end, top, left, 1.0 if falling else _top(curves, points))
    axis.draw(months, ylabel or result.name)
    for at, (_, curve) in enumerate(curves):
        axis.curve(curve, _ROLES[at % len(_ROLES)], at > 0, falling)
    for at, point in enumerate(points):
        shift = 7 * (at - (len(points) - 1) / 2)
        axis.point(point, marks[at % len(marks)], falling, shift)
    y = top + _HIGH + 62
    for label, curve in curves:
        y = _at_risk(sheet, axis, label if len(curves) > 1 else "", curve, months, y)
    sheet.height = y
    return sheet.svg(alone=alone)


class _Curve(NamedTuple):
    day: np.ndarray
    risk: np.ndarray
    event: np.ndarray
    censor: np.ndarray
    share: np.ndarray
    low: np.ndarray
    high: np.ndarray


def _curves(table: pa.Table) -> list[tuple[str, _Curve]]:
    names = ("time", "n_risk", "n_event", "n_censor", "estimate", "lo", "hi")
    columns = [table[name].to_numpy().astype(float) for name in names]
    labels = table["group"].to_pylist()
    if "n_other" in table.column_names:
        # Shares with the event: what is left, as Kaplan and Meier have it, is drawn from above.
        columns[3] = columns[3] + table["n_other"].to_numpy()
        columns[4:] = [1 - columns[4], 1 - columns[6], 1 - columns[5]]
        kinds = table["kind"].to_pylist()
        labels = [kind if group == ALL else f"{group}, {kind}"
                  for group, kind in zip(labels, kinds, strict=True)]  # fmt: skip
    found = []
    for label, rows in groupby(range(len(labels)), key=lambda row: labels[row]):
        span = list(rows)
        part = slice(span[0], span[-1] + 1)
        found.append((str(label), _Curve(*(column[part] for column in columns))))
    return found


def _step(end: float, most: int) -> int:
    return next((step for step in _STEPS if end / step <= most), _STEPS[-1])


def _top(curves: Sequence[tuple[str, _Curve]], points: Sequence[Point]) -> float:
    """Where the axis of a rising curve ends: at a round share above everything shown."""
    highest = [1 - np.nanmin(curve.low, initial=1.0) for _, curve in curves]
    highest += [1 - np.nanmin(curve.share, initial=1.0) for _, curve in curves]
    highest += [(point.high or point.value) / _PERCENT for point in points]
    return next((top for top in _TOPS if top >= max(highest, default=1.0)), 1.0)


class _Axis:
    """The field of the curves."""

    def __init__(self, sheet: Sheet, end: float, top: float, left: float, most: float) -> None:
        self.sheet, self.end, self.top, self.left, self.most = sheet, end, top, left, most
        self.right = sheet.width - _RIGHT

    def x(self, month: float) -> float:
        return self.left + (self.right - self.left) * min(month, self.end) / self.end

    def y(self, share: float) -> float:
        return self.top + _HIGH * (1 - min(share / self.most, 1.0))

    def draw(self, months: Sequence[float], ylabel: str) -> None:
        sheet, left = self.sheet, self.left
        for share in ticks(0.0, self.most, 6):
            sheet.line(left, self.y(share), self.right, self.y(share), "grid")
            sheet.text(
                left - 8, self.y(share) + 5, f"{share * _PERCENT:.0f}", "muted", anchor="end"
            )
        sheet.text(left - 8, self.top - 8, f"% {ylabel}", "muted")
        sheet.line(left, self.y(0), self.right, self.y(0), "muted", 1.5)
        for month in months:
            sheet.line(self.x(month), self.y(0), self.x(month), self.y(0) + 5, "muted", 1.5)
            sheet.text(self.x(month), self.y(0) + 21, f"{month:g}", "muted", anchor="middle")
        middle, words = (left + self.right) / 2, "months since the first infusion"
        sheet.text(middle, self.y(0) + 40, words, "muted", anchor="middle")

    def curve(self, curve: _Curve, role: str, dashed: bool, falling: bool) -> None:
        def level(share: float) -> float:
            return self.y(share if falling else 1 - share)

        def steps(values: np.ndarray) -> list[tuple[float, float]]:
            found = [(self.x(0), level(1.0))]
            for day, value in zip(curve.day, values, strict=True):
                x = self.x(day / _MONTH)
                if day / _MONTH > self.end:
                    found.append((x, found[-1][1]))
                    break
                y = found[-1][1] if np.isnan(value) else level(float(value))
                if y != found[-1][1]:
                    found += [(x, found[-1][1]), (x, y)]
            if len(curve.day) and curve.day[-1] / _MONTH <= self.end:
                found.append((self.x(curve.day[-1] / _MONTH), found[-1][1]))
            return found

        if role == _ROLES[0]:
            self.sheet.area([*steps(curve.low), *reversed(steps(curve.high))], "band")
        else:
            self.sheet.path(steps(curve.low), role, 1, "1 3")
            self.sheet.path(steps(curve.high), role, 1, "1 3")
        self.sheet.path(steps(curve.share), role, 2.6, "7 4" if dashed else "")

    def point(self, point: Point, mark: str, falling: bool, shift: float) -> None:
        x = self.x(point.month) + shift
        if point.low is not None and point.high is not None:
            low, high = self.y(point.low / _PERCENT), self.y(point.high / _PERCENT)
            self.sheet.line(x, low, x, high, "other", 2)
            for y in (low, high):
                self.sheet.line(x - 4, y, x + 4, y, "other", 2)
        self.sheet.dot(x, self.y(point.value / _PERCENT), "other", mark)


def _at_risk(
    sheet: Sheet, axis: _Axis, label: str, curve: _Curve, months: Sequence[float], y: float
) -> float:
    """The rows below: at risk, censored and with the event before each month."""
    days = np.array(months) * _MONTH
    before = np.searchsorted(curve.day, days, side="left")
    total = int(curve.event.sum() + curve.censor.sum())
    sums = [np.append(0, np.cumsum(part))[before] for part in (curve.censor, curve.event)]
    rows: list[tuple[str, Any]] = [
        ("At risk", total - sums[0] - sums[1]),
        ("Censored", sums[0]),
        ("Event", sums[1]),
    ]
    if label:
        sheet.text(4, y + 4, label, bold=True)
        y += _ROW
    for words, counts in rows:
        sheet.text(4, y + 4, words, "muted", size=13)
        y += 16 if sheet.width < _MANY else 0
        for month, count in zip(months, counts, strict=True):
            anchor = "end" if month == months[-1] and axis.x(month) > axis.right - 14 else "middle"
            x = axis.x(month) + (10 if anchor == "end" else 0)
            sheet.text(x, y + 4, f"{int(count)}", size=13, anchor=anchor)
        y += _ROW + 2
    return y


def _described(
    curves: Sequence[tuple[str, _Curve]],
    points: Sequence[Point],
    months: Sequence[float],
    falling: bool,
) -> str:
    parts = []
    for label, curve in curves:
        said = []
        for month in months[1:]:
            at = int(np.searchsorted(curve.day, month * _MONTH, side="right")) - 1
            if len(curve.day) == 0 or curve.day[-1] < month * _MONTH:
                continue
            share = 1.0 if at < 0 else curve.share[at]
            share = share if falling else 1 - share
            said.append(f"{share * _PERCENT:.1f} % at month {month:g}")
        parts.append((f"{label}: " if len(curves) > 1 else "") + (", ".join(said) or "no curve"))
    for point in points:
        known = f" ({point.low:g} to {point.high:g})" if point.low is not None else ""
        parts.append(f"published, {point.label}: {point.value:g} %{known} at month {point.month:g}")
    return "; ".join(parts) + "."
