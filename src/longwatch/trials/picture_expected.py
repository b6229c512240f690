"""The counts to expect of one person, as a picture; needs no JAX."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import numpy as np

from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.expected_curve import ExpectedCurve
from longwatch.trials.panels_of_cells import SHOWN, panels
from longwatch.trials.plot import Axis, page

_ROOM = 6
"""Years whose marks have room beside each other."""


def expected_picture(curve: ExpectedCurve, courses: Sequence[date]) -> str:
    """Six panels of median and 90 % band.

    Inputs:
        curve: of `expected_curve`, on rising days, the first of them that of the first course.
        courses: first day of each course.

    >>> from longwatch.mechanism.expected_curve import expected_curve
    >>> first = date(2025, 3, 3)
    >>> days = [first, date(2025, 9, 3), date(2026, 3, 2)]
    >>> expected_picture(expected_curve([first], days), [first]).startswith("<svg")
    True
    """
    first = curve.days[0]
    years = np.array([(day - first).days / DAYS_A_YEAR for day in curve.days])
    bands = {
        name: np.stack([band.low, band.median, band.high]).astype(np.float64)
        for name, band in curve.subsets.items()
    }
    last = curve.days[-1]
    step = -(-(last.year - first.year + 1) // _ROOM)
    marks = [date(year, 1, 1) for year in range(first.year + 1, last.year + 1, step)]
    axis = Axis(
        0, float(years[-1]), [(day - first).days / DAYS_A_YEAR for day in marks], "year",
        words=[str(day.year) for day in marks],
    )  # fmt: skip
    given = [(course - first).days / DAYS_A_YEAR for course in courses]
    drawn = panels(years, bands, given, axis)
    dates = " and ".join(course.isoformat() for course in courses)
    said = "; ".join(
        f"{name} {bands[name][1][0]:.0f} before, {bands[name][1][-1]:.0f} on {last}"
        for name in SHOWN
    )
    return page(
        "expected",
        f"Lymphocytes to expect after courses on {dates}",
        "Median and the band that holds 90 of 100 virtual patients, cells per µL",
        f"Medians per microliter: {said}.",
        560,
        [part for panel in drawn.values() for part in panel.parts],
        ["From a mechanism fitted to published means, not from counts of this person. It says "
         " nothing about a person's risk.",
         "Gray dashes: lower limits of normal used in the literature. Triangles: courses."],
    )  # fmt: skip
