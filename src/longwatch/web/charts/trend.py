"""Results of one test over time: small beside a line of the worklist, large on a record."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

from django.utils.translation import gettext as _

from longwatch.endpoints.picture import Sheet, ticks
from longwatch.web.dates import day_words, in_order

Point = tuple[date, float]


def small_trend(
    key: str, points: Sequence[Point], low: float | None, high: float | None, words: str, shown: str
) -> str:
    """The newest results without axes, the usual range behind them, the newest named.

    Inputs:
        points: oldest first, at least one.
        words: what a screen reader says.
        shown: the newest value as it is written.
    """
    width, height, right = 230, 68, 158
    values = [value for _, value in points]
    bottom, top = _span(values, low, high)
    first, last = points[0][0], points[-1][0]
    days = max((last - first).days, 1)

    def place(point: Point) -> tuple[float, float]:
        return (
            8 + (right - 8) * ((point[0] - first).days / days if len(points) > 1 else 1),
            8 + (height - 16) * (1 - (point[1] - bottom) / (top - bottom)),
        )

    sheet = Sheet(key, width, height, words, "")
    lower = place((last, max(low, bottom) if low is not None else bottom))[1]
    upper = place((last, min(high, top) if high is not None else top))[1]
    if low is not None or high is not None:
        sheet.box(0, upper, right, lower - upper, "usual")
    if len(points) > 1:
        sheet.path([place(point) for point in points], "muted", 2)
    for point in points[:-1]:
        sheet.dot(*place(point), "muted", "square", 2.4)
    x, y = place(points[-1])
    sheet.dot(x, y, "miss", "diamond", 5)
    sheet.text(x + 11, min(max(y + 6, 18), height - 4), shown, "miss", size=19, bold=True)
    return sheet.svg(alone=False)


def trend(
    key: str,
    name: str,
    unit: str,
    points: Sequence[Point],
    low: float | None,
    high: float | None,
    courses: Sequence[date] = (),
) -> str:
    """All results with axes, the usual range and the courses."""
    width, height, left, right, top_y, base = 760, 240, 52, 748, 22, 206
    values = [value for _, value in points]
    bottom, top = _span(values, low, high)
    first = min([points[0][0], *courses])
    last = points[-1][0]
    days = max((last - first).days, 1)

    def x(day: date) -> float:
        return left + (right - left) * (day - first).days / days

    def y(value: float) -> float:
        return base - (base - top_y) * (value - bottom) / (top - bottom)

    heard = _("%(count)s results from %(first)s to %(last)s; newest %(value)s %(unit)s.") % {
        "count": len(points),
        "first": day_words(points[0][0]),
        "last": day_words(last),
        "value": f"{values[-1]:g}",
        "unit": unit,
    }
    sheet = Sheet(key, width, height, _("%s over time") % name, heard)
    if low is not None or high is not None:
        upper = y(min(high, top)) if high is not None else top_y
        lower = y(max(low, bottom)) if low is not None else base
        sheet.box(left, upper, right - left, lower - upper, "usual")
    for value in ticks(bottom, top, 5):
        sheet.line(left, y(value), right, y(value), "grid")
        sheet.text(left - 8, y(value) + 4, f"{value:g}", "muted", size=13, anchor="end")
    for year in range(first.year, last.year + 2):
        for month in (1, 7):
            mark = date(year, month, 1)
            if first <= mark <= last:
                sheet.text(
                    x(mark),
                    height - 12,
                    in_order(mark, "M Y"),
                    "muted",
                    size=13,
                    anchor="middle",
                )
    for number, course in enumerate(courses, start=1):
        sheet.line(x(course), top_y - 4, x(course), base, "own", 1.5, "4 3")
        sheet.text(x(course) + 4, top_y - 6, _("course %s") % number, "own", size=12)
    if len(points) > 1:
        sheet.path([(x(day), y(value)) for day, value in points], "own", 2)
    for day, value in points:
        sheet.dot(x(day), y(value), "own", "square", 2.6)
    return sheet.svg(alone=False)


def _span(values: Sequence[float], low: float | None, high: float | None) -> tuple[float, float]:
    marks = [*values, *(edge for edge in (low, high) if edge is not None)]
    # A limit far away from all values would press them into one line.
    most = max(values) * 1.8
    marks = [mark for mark in marks if mark <= most or mark in values]
    bottom, top = min(marks), max(marks)
    room = (top - bottom) * 0.08 or abs(top) * 0.1 or 1.0
    return (max(0.0, bottom - room) if bottom >= 0 else bottom - room), top + room
