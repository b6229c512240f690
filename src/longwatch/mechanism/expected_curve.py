"""The lymphocyte counts to expect of one person, from the dates of that person's infusions.

Needs no JAX: a table of virtual patients is shipped (`tools/make_lymphocyte_curves` makes it from
the mechanism). A course brings each subset down to the same floor whatever was there before, so
the months after it look alike after any course; from a year on the way back is a closed form.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any

import numpy as np
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError

SUBSETS = ("cd4", "cd8", "b", "nk", "other")
TOTAL = "lymphocytes"
_BAND = (0.05, 0.5, 0.95)
_SETTLING = 5.0
"""Days in which a count still falls: until then it is not above what it would have been."""

Table = NDArray[np.float32]


@dataclass(frozen=True)
class Band:
    """Counts per µL on each day asked for: median, and the band that holds 90 % of people."""

    low: Table
    median: Table
    high: Table


@dataclass(frozen=True)
class ExpectedCurve:
    """Expected counts on `days`; `subsets` has `cd4`, `cd8`, `b`, `nk`, `other`, `lymphocytes`."""

    days: tuple[date, ...]
    subsets: Mapping[str, Band]


def expected_curve(
    infusions: Sequence[date],
    days: Sequence[date],
    baseline: Mapping[str, float] | None = None,
) -> ExpectedCurve:
    """Median and 90 % band of each subset on the days asked for.

    Inputs:
        infusions: dates of all infusions given, in any order; several days make a course.
        days: dates asked for; before the first infusion the band is that of untreated people.
        baseline: this person's counts per µL before treatment, by subset, where known; the others
            are drawn.

    Raises:
        UsageError: no infusion, an unknown subset, or a count that is not above 0.

    >>> got = expected_curve([date(2025, 3, 3)], [date(2025, 3, 3), date(2025, 9, 3)])
    >>> bool(got.subsets["cd4"].median[1] < got.subsets["cd4"].median[0])
    True
    """
    if not infusions:
        what = "no infusion is given"
        raise UsageError(Problem(what, "an expected curve", how="give the dates of infusions"))
    shares, start = _shares_and_baseline(baseline or {})
    courses = _courses(infusions, shares.gap)
    since = np.array([(day - courses[0]).days for day in days], np.float32)
    starts = [float((course - courses[0]).days) for course in courses]
    counts = shares.path(since, starts) * start
    rows = dict(zip(SUBSETS, counts, strict=True)) | {TOTAL: counts.sum(axis=0)}
    return ExpectedCurve(tuple(days), {name: _band(row) for name, row in rows.items()})


@dataclass(frozen=True)
class _Shares:
    """Virtual patients, all counts as shares of their own baseline.

    `after` is `(2, knots, 5, n)`: after a first and after a later course, on days `knots`.
    """

    knots: Table
    after: Table
    target: Table
    rate: Table
    baseline: Table
    gap: float

    def path(self, since: Table, starts: list[float]) -> Table:
        """Shares `(5, days, n)` on days `since` the first course."""
        people = self.target.shape[-1]
        found = np.ones((len(SUBSETS), len(since), people), np.float32)
        for number, start in enumerate(starts):
            here = since > start
            passed = since[here] - start
            new = self._after_course(min(number, 1), passed)
            falling = passed <= _SETTLING
            # Before a course's own days have passed, nothing is gained by it.
            new[:, falling] = np.minimum(new[:, falling], found[:, here][:, falling])
            found[:, here] = new
        return found

    def _after_course(self, kind: int, passed: Table) -> Table:
        last = float(self.knots[-1])
        inside = np.minimum(passed, last)
        right = np.clip(np.searchsorted(self.knots, inside), 1, len(self.knots) - 1)
        width = self.knots[right] - self.knots[right - 1]
        part = ((inside - self.knots[right - 1]) / width)[:, None, None]
        table = self.after[kind]
        near = table[right - 1] * (1 - part) + table[right] * part
        beyond = np.maximum(passed - last, 0.0)[:, None, None]
        fades = np.exp(-self.rate * beyond)
        return np.moveaxis(self.target - (self.target - near) * fades, 0, 1)


@cache
def _shipped() -> _Shares:
    place = files("longwatch.mechanism").joinpath("tables", "lymphocyte_curves.npz")
    with place.open("rb") as file, np.load(file) as table:
        parts: dict[str, Any] = {
            name: table[name].astype(np.float32)
            for name in ("knots", "after", "target", "rate", "baseline")
        }
        return _Shares(**parts, gap=float(table["gap"]))


def _shares_and_baseline(known: Mapping[str, float]) -> tuple[_Shares, Table]:
    """The shipped people, and their baselines `(5, 1, n)` with what is known of this person."""
    shares = _shipped()
    start = shares.baseline[:, None, :].copy()
    for name, count in known.items():
        if name not in SUBSETS:
            what = f"there is no subset {name!r}"
            raise UsageError(Problem(what, "baseline", how=f"one of {', '.join(SUBSETS)}"))
        if not count > 0:
            what = f"a count of {count:g}/µL before treatment cannot be followed"
            raise UsageError(Problem(what, f"baseline {name}", how="give a count above 0"))
        start[SUBSETS.index(name)] = count
    return shares, start


def _courses(infusions: Sequence[date], gap: float) -> list[date]:
    """First day of each course."""
    dates = sorted(set(infusions))
    return [
        day
        for before, day in zip([None, *dates], dates, strict=False)
        if before is None or (day - before).days > gap
    ]


def _band(counts: Table) -> Band:
    low, median, high = np.quantile(counts, _BAND, axis=-1).astype(np.float32)
    return Band(low, median, high)
