"""Estimates with their intervals, one below the other, published ones beside the cohort's."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import groupby
from math import log

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.picture import WIDE, Sheet, ticks
from longwatch.endpoints.result import Result
from longwatch.endpoints.timetable import ALL

Place = Callable[[float], float]

_ROW, _TOP, _FOOT = 30, 14, 40
_MANY = 560
_RATIOS = (0.1, 0.2, 0.5, 1.0, 2.0, 5.0, 10.0)


@dataclass(frozen=True)
class Line:
    """One line of a forest.

    Inputs:
        label: of whom.
        estimate, lo, hi: None where not known.
        shown: the words at the right; made from the numbers when empty.
        published: from a source, not from this cohort.
        heading: lines of one heading stand together.
    """

    label: str
    estimate: float | None
    lo: float | None = None
    hi: float | None = None
    shown: str = ""
    published: bool = False
    heading: str = ""


def forest(
    lines: Sequence[Line] | Result,
    *,
    title: str = "",
    unit: str = "",
    ratio: bool | None = None,
    width: float = WIDE,
    key: str = "forest",
    alone: bool = True,
) -> str:
    """A forest: a mark and a line for each estimate and interval.

    Inputs:
        lines: what to show, or a result: a row for each of its ratios (or its figure alone).
        title: read aloud; unit: below the axis.
        ratio: logarithmic axis with a line at 1; None = when a result holds ratios.
        width, key, alone: as of `km_plot`.

    Raises:
        UsageError: there is nothing to show.

    >>> forest([Line("cohort", 0.2, 0.1, 0.4)], title="rate")[:4]
    '<svg'
    """
    if isinstance(lines, Result):
        title = title or lines.name
        rows, ratios = _of_result(lines)
        ratio = ratios if ratio is None else ratio
    else:
        rows = list(lines)
    drawn = [one for one in rows if one.estimate is not None and (not ratio or one.estimate > 0)]
    if not drawn:
        raise UsageError(Problem("there is no estimate to draw", title))
    narrow = width < _MANY
    left = 14 if narrow else 250
    right = width - 16 if narrow else width - 190
    row = _ROW + (22 if narrow else 0)
    groups = [(name, list(part)) for name, part in groupby(rows, key=lambda one: one.heading)]
    height = _TOP + sum(len(part) * row + (26 if name else 0) for name, part in groups) + _FOOT
    sheet = Sheet(key, width, height, title, _described(rows, unit))
    place, marks = _axis(drawn, bool(ratio), left, right, 3 if narrow else 6)
    bottom = height - _FOOT
    for value, words in marks:
        unity = ratio and value == 1.0
        sheet.line(place(value), _TOP, place(value), bottom, "muted" if unity else "grid")
        sheet.text(place(value), bottom + 18, words, "muted", anchor="middle")
    sheet.line(left, bottom, right, bottom, "muted", 1.5)
    sheet.text((left + right) / 2, bottom + 36, unit, "muted", anchor="middle")
    y = float(_TOP)
    for name, part in groups:
        if name:
            sheet.text(4, y + 18, name, bold=True)
            y += 26
        for one in part:
            shown = one.shown or _words(one)
            role = "other" if one.published else "own"
            middle = y + row - 14
            if narrow:
                sheet.text(4, y + 16, one.label, size=13.5, bold=not one.published)
                sheet.text(width - 4, y + 16, shown, role, size=13.5, anchor="end")
            else:
                sheet.text(left - 14, middle + 5, one.label, anchor="end", bold=not one.published)
                sheet.text(right + 14, middle + 5, shown, role)
            if one.estimate is not None and (not ratio or one.estimate > 0):
                _mark(sheet, one, middle, place, role, (left, right))
            y += row
    return sheet.svg(alone=alone)


def _mark(
    sheet: Sheet, one: Line, y: float, place: Place, role: str, ends: tuple[float, float]
) -> None:
    assert one.estimate is not None
    if one.lo is not None and one.hi is not None:
        low, high = max(place(one.lo), ends[0]), min(place(one.hi), ends[1])
        sheet.line(low, y, high, y, role, 1.8 if one.published else 4)
        if one.published:
            for x in (low, high):
                sheet.line(x, y - 5, x, y + 5, role, 1.8)
    sheet.dot(place(one.estimate), y, role, "circle" if one.published else "square", 5.5)


def _axis(
    lines: Sequence[Line], ratio: bool, left: float, right: float, most: int
) -> tuple[Place, list[tuple[float, str]]]:
    """Where a value stands, and the ticks with their words."""
    values = [v for one in lines for v in (one.estimate, one.lo, one.hi) if v is not None]
    if ratio:
        values = [value for value in values if value > 0]
        low, high = min(*values, 0.5), max(*values, 2.0)
        low, high = max(low, _RATIOS[0]), min(high, _RATIOS[-1])

        def place(value: float) -> float:
            part = (log(max(value, low)) - log(low)) / (log(high) - log(low))
            return left + (right - left) * min(part, 1.0)

        return place, [(v, f"{v:g}") for v in _RATIOS if low <= v <= high]
    low, high = min([*values, 0.0]), max(values)
    marks = ticks(low, high, most)
    if len(marks) < 2:
        # A span around one round number: finer steps, or the ends would be no round ones.
        marks = ticks(low, high, 2 * most)
    step = marks[1] - marks[0] if len(marks) > 1 else (high - low) or 1.0
    while marks[-1] < high:
        marks.append(round(marks[-1] + step, 10))
    while marks[0] > low:
        marks.insert(0, round(marks[0] - step, 10))
    low, high = marks[0], marks[-1] if marks[-1] > marks[0] else marks[0] + 1.0

    def straight(value: float) -> float:
        return left + (right - left) * (value - low) / (high - low)

    return straight, [(value, f"{value:g}".replace("-", "−")) for value in marks]


def _of_result(result: Result) -> tuple[list[Line], bool]:
    if result.table is None:
        return [Line(result.name, result.estimate, result.lo, result.hi)], False
    names = result.table.column_names
    if "term" not in names or "kind" not in names:
        return _by_row(result), False
    rows = result.table.to_pylist()
    ratios = [row for row in rows if row["kind"].endswith("ratio")]
    chosen = ratios or [row for row in rows if row["estimate"] is not None]
    lines = [
        Line(str(row["term"]), row["estimate"], row["lo"], row["hi"], heading=row["kind"])
        for row in chosen
    ]
    return lines, bool(ratios)


def _by_row(result: Result) -> list[Line]:
    """A line for each row of a table without terms of a regression, named by what it is of."""
    assert result.table is not None
    first = "first_rate" if "first_rate" in result.table.column_names else ""
    value, low, high = (first, f"{first}_lo", f"{first}_hi") if first else ("estimate", "lo", "hi")
    lines = []
    for row in result.table.to_pylist():
        group = row.get("group")
        parts = [] if group in (None, ALL) else [str(group)]
        parts += [str(row[name]) for name in ("kind", "term") if row.get(name) is not None]
        parts += [f"year {row['to_year']:g}"] if "to_year" in row else []
        parts += [f"day {row['time']:g}"] if "time" in row else []
        label = ", ".join(parts) or result.name
        lines.append(Line(label, row.get(value), row.get(low), row.get(high)))
    return lines or [Line(result.name, result.estimate, result.lo, result.hi)]


def _words(one: Line) -> str:
    if one.estimate is None:
        return "not known"
    if one.lo is None or one.hi is None:
        return f"{one.estimate:.3g}"
    return f"{one.estimate:.3g} ({one.lo:.3g} to {one.hi:.3g})"


def _described(lines: Sequence[Line], unit: str) -> str:
    parts = [
        f"{one.heading + ', ' if one.heading else ''}{one.label}"
        f"{', published' if one.published else ''}: {one.shown or _words(one)}"
        for one in lines
    ]
    return f"{'; '.join(parts)}. Unit: {unit}." if unit else f"{'; '.join(parts)}."
