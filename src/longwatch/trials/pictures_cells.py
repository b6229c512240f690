"""Pictures of lymphocytes: what the mechanism says of many people over five years."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_MONTH, DAYS_A_YEAR
from longwatch.mechanism.schedule import Schedule
from longwatch.trials.panels_of_cells import SHOWN, panels
from longwatch.trials.plot import Ink, page
from longwatch.trials.targets import targets

PEOPLE, SEED = 2000, 2026
YEARS = 5
_BAND = (5, 50, 95)
_AFTER_COURSE = (0.25, 0.5, 1, 2, 3, 5, 8, 14, 21)
"""Days of a course at which counts are shown besides the months: they fall within days."""


def lymphocytes(values: Mapping[str, float]) -> str:
    """All subsets and their sum over five years with both courses."""
    months = YEARS * 12
    courses = (0.0, DAYS_A_YEAR)
    near = [course + day for course in courses for day in _AFTER_COURSE]
    schedule = Schedule.label(dict(values), list(courses))
    got = simulate_cells(values, SEED, jnp.arange(PEOPLE), schedule, months, near)
    days = np.concatenate([np.arange(months + 1) * DAYS_A_MONTH, near])
    order = np.argsort(days, kind="stable")
    counts = np.concatenate([np.asarray(got.counts), np.asarray(got.early)])[order]
    rows = dict(zip(SHOWN[1:], np.moveaxis(counts, 1, 0), strict=True))
    rows = {SHOWN[0]: counts.sum(axis=1), **rows}
    years = days[order] / DAYS_A_YEAR
    bands = {name: np.percentile(row, _BAND, axis=1) for name, row in rows.items()}
    drawn = panels(years, bands, [course / DAYS_A_YEAR for course in courses])
    shown = {target.id: target.value for target in targets()}
    for name, published in (
        ("cd4", {1: shown["cd4-month-1"], 12: shown["cd4-month-12"]}),
        ("b", {3: shown["b-month-3"], 12: shown["b-month-12"]}),
    ):
        mean = rows[name].mean(axis=1)
        drawn[name].curve(zip(years, mean, strict=True), Ink.PLUM, width=1.2, dash="2 3")
        for month, value in published.items():
            count = value if name == "cd4" else value / 100 * mean[0]
            drawn[name].dot(month / 12, count, Ink.PLUM, open_=True, size=4.5)
    said = "; ".join(
        f"{name} {band[1][0]:.0f} before, {np.interp(1 / 12, years, band[1]):.0f} after a month, "
        f"{np.interp(0.99, years, band[1]):.0f} before course 2, {band[1][-1]:.0f} after 5 years"
        for name, band in bands.items()
    )
    return page(
        "lymphocytes",
        "Lymphocytes over five years and two courses",
        f"Median and 90 % band of {PEOPLE} virtual patients, cells per µL; triangles are courses",
        f"Six panels. Medians per microliter: {said}. B cells overshoot; T cells stay low for "
        "years, and the second course takes them down again.",
        560,
        [part for panel in drawn.values() for part in panel.parts],
        ["Violet: the model's mean (dotted) and published means (rings): CD4 at months 1 and 12 "
         "(US label), B cells at months 3 and 12 (as % of baseline).",
         "Gray dashes: lower limits of normal used in the literature. Monthly medians of CD8, B "
         "and NK cells in the trials could not be read."],
    )  # fmt: skip
