"""What `longwatch expected` does: the days asked for, and the curve as rows."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import TYPE_CHECKING, Any

from longwatch.core.dates import add_days, add_months
from longwatch.core.errors import Problem, UsageError

if TYPE_CHECKING:
    from longwatch.mechanism.expected_curve import ExpectedCurve

_MOST_MONTHS = 600
_AFTER_COURSE = (1, 2, 3, 5, 8, 14, 21)
"""Days of a course at which counts are asked for besides the months: they fall within days."""
_SHOWN_MONTHS = (0, 1, 2, 3, 6, 9)
_TITLES = {"lymphocytes": "all", "cd4": "CD4", "cd8": "CD8", "b": "B", "nk": "NK", "other": "other"}


def wanted_curve(courses: Sequence[date], before: Sequence[str], months: int) -> ExpectedCurve:
    """The curve from the first course on, by month and around each course.

    Inputs:
        courses: first days, sorted.
        before: counts before treatment, as `cd4=820`.

    Raises:
        UsageError: no months, or a count that cannot be read.
    """
    from longwatch.mechanism.expected_curve import expected_curve

    if not 1 <= months <= _MOST_MONTHS:
        what = f"{months} months cannot be shown"
        raise UsageError(Problem(what, how=f"give 1 to {_MOST_MONTHS}"))
    end = add_months(courses[0], months)
    days = {add_months(courses[0], month) for month in range(months + 1)}
    days |= {add_days(course, day) for course in courses for day in (0, *_AFTER_COURSE)}
    return expected_curve(courses, sorted(day for day in days if day <= end), _counts(before))


def _counts(before: Sequence[str]) -> dict[str, float]:
    found = {}
    for given in before:
        name, _, count = given.partition("=")
        try:
            found[name.strip().lower()] = float(count)
        except ValueError:
            problem = Problem(
                f"{given!r} is no count", "--before", how="write it as --before cd4=820"
            )
            raise UsageError(problem) from None
    return found


def expected_rows(curve: ExpectedCurve) -> list[dict[str, Any]]:
    """One row for each day and subset."""
    return [
        {
            "date": day,
            "subset": name,
            "median": round(float(band.median[row]), 1),
            "low": round(float(band.low[row]), 1),
            "high": round(float(band.high[row]), 1),
            "unit": "/uL",
        }
        for row, day in enumerate(curve.days)
        for name, band in curve.subsets.items()
    ]


def print_expected(curve: ExpectedCurve, courses: Sequence[date]) -> None:
    """Medians and bands for a person to read: the first year closely, then half years."""
    from longwatch.cli.output import print_grid, print_line

    shown = _days_shown(curve.days, courses)
    names = list(_TITLES)

    def cells(row: int) -> list[str]:
        bands = [curve.subsets[name] for name in names]
        return [f"{b.median[row]:.0f} ({b.low[row]:.0f}–{b.high[row]:.0f})" for b in bands]

    marks = {course: f"course {number}" for number, course in enumerate(courses, 1)}
    print_grid(
        ["date", "", *_TITLES.values()],
        (
            [day.isoformat(), marks.get(day, ""), *cells(row)]
            for row, day in enumerate(curve.days)
            if day in shown
        ),
    )
    print_line("Cells per µL: median (90 of 100 virtual patients); on a course's day, before it.")


def _days_shown(days: Sequence[date], courses: Sequence[date]) -> set[date]:
    first = courses[0]
    after = {add_months(course, month) for course in courses for month in _SHOWN_MONTHS}
    halves = {add_months(first, month) for month in range(0, _MOST_MONTHS + 1, 6)}
    return (after | halves | set(courses)) & set(days)
