"""A person's lymphocytes beside what is expected after that person's infusions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
from django.utils.translation import gettext as _

from longwatch.core.dates import add_months
from longwatch.endpoints.picture import Sheet, ticks
from longwatch.mechanism.expected_curve import expected_curve
from longwatch.web.charts import WIDE, for_both

Row = npt.NDArray[np.floating[Any]]

_GIGA = 1000.0
"""Cells per microliter in 10⁹ per liter."""


class Cells(NamedTuple):
    """The picture, and what it shows in sentences."""

    picture: str
    newest: str
    expected: str
    place: str


def lymphocytes(
    key: str,
    infusions: Sequence[date],
    courses: Sequence[date],
    points: Sequence[tuple[date, float]],
    today: date,
) -> Cells:
    """The expected band and median, and the person's own counts in 10⁹/L.

    Inputs:
        infusions: dates of all infusions given, oldest first; at least one.
        courses: first day of each course.
        points: own counts, oldest first.
    """
    first = infusions[0]
    last = max(today, add_months(first, 12))
    span = (last - first).days
    days = [first + timedelta(days=step * span / 120) for step in range(121)]
    band = expected_curve(infusions, days).subsets["lymphocytes"]
    low, middle, high = (row / _GIGA for row in (band.low, band.median, band.high))
    shown = [point for point in points if point[0] >= first]

    newest = (
        _("Your newest count is %(count)s.") % {"count": f"{shown[-1][1]:.1f}"}
        if shown
        else _("You have no count yet.")
    )
    expected = _("Now 9 in 10 people have %(low)s to %(high)s, in 10⁹ per liter.") % {
        "low": f"{low[-1]:.1f}",
        "high": f"{high[-1]:.1f}",
    }

    def picture(name: str, width: int) -> str:
        words = f"{newest} {expected}"
        return _drawn(name, width, days, (low, middle, high), shown, courses, words)

    return Cells(for_both(key, picture), newest, expected, _place(shown, infusions))


def _place(shown: Sequence[tuple[date, float]], infusions: Sequence[date]) -> str:
    """Where the newest count stands in the band of its own day."""
    if not shown:
        return ""
    day, count = shown[-1]
    band = expected_curve(infusions, [day]).subsets["lymphocytes"]
    if count * _GIGA < float(band.low[0]):
        return _("It was below the band on its day. Ask your clinic what this means for you.")
    if count * _GIGA > float(band.high[0]):
        return _("It was above the band on its day: your cells came back faster than in most.")
    return _("It was in the band on its day, as we expect.")


def _drawn(
    key: str,
    width: int,
    days: Sequence[date],
    band: tuple[Row, Row, Row],
    shown: Sequence[tuple[date, float]],
    courses: Sequence[date],
    words: str,
) -> str:
    height, left, top_y, base = 300, 44 if width == WIDE else 28, 30, 256
    right = width - (130 if width == WIDE else 108)
    low, middle, high = band
    first, span = days[0], (days[-1] - days[0]).days
    top = max([float(high.max()), *(value for _, value in shown)]) * 1.05

    def x(day: date) -> float:
        return left + (right - left) * (day - first).days / span

    def y(value: float) -> float:
        return base - (base - top_y) * value / top

    sheet = Sheet(key, width, height, _("Your white cells and what is expected"), words)
    upper = [(x(day), y(value)) for day, value in zip(days, high, strict=True)]
    lower = [(x(day), y(value)) for day, value in zip(days, low, strict=True)]
    sheet.area([*upper, *reversed(lower)], "band")
    for value in ticks(0, top, 5):
        sheet.line(left, y(value), right, y(value), "grid")
        sheet.text(left - 8, y(value) + 5, f"{value:g}", "muted", size=13, anchor="end")
    sheet.path(
        list(zip((x(day) for day in days), (y(v) for v in middle), strict=True)), "own", 2, "6 4"
    )
    for number, start in enumerate(courses, start=1):
        sheet.line(x(start), top_y - 6, x(start), base, "ink", 1.6)
        sheet.text(x(start) + 5, top_y - 10, _("course %s") % number, size=13)
    if len(shown) > 1:
        sheet.path([(x(day), y(value)) for day, value in shown], "ink", 2)
    for day, value in shown:
        sheet.dot(x(day), y(value), "ink", "square", 3)
    months = max(span // 30, 1)
    step = 6 if months <= 36 and width == WIDE else 12
    for month in range(0, months + 1, step):
        sheet.text(
            x(add_months(first, month)), base + 20, str(month), "muted", size=13, anchor="middle"
        )
    sheet.text(
        (left + right) / 2,
        base + 38,
        _("months since your first infusion"),
        "muted",
        size=13,
        anchor="middle",
    )
    ends = [(float(high[-1]), _("9 in 10 people"), "own"), (float(middle[-1]), _("typical"), "own")]
    if shown:
        ends.append((shown[-1][1], _("you: %s") % f"{shown[-1][1]:.1f}", "ink"))
    at = -100.0
    for value, words, role in sorted(ends, key=lambda end: -end[0]):
        at = max(y(value) + 5, at + 18)
        sheet.text(right + 10, at, words, role, size=15, bold=role == "ink")
    return sheet.svg(alone=False)
