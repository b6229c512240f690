"""Pictures of the drug: its concentration in MS, and beside the regimen of B-CLL."""

from __future__ import annotations

from collections.abc import Mapping

import jax.numpy as jnp
import numpy as np
from numpy.typing import NDArray

from longwatch.mechanism.cells import simulate_cells
from longwatch.mechanism.clock import DAYS_A_YEAR
from longwatch.mechanism.exposure import bcll_exposure, ms_exposure
from longwatch.mechanism.schedule import HOURS_A_DAY, Schedule
from longwatch.trials.levels import levels
from longwatch.trials.plot import Axis, Ink, Panel, page, text
from longwatch.trials.targets import targets

Values = Mapping[str, float]
Table = NDArray[np.float64]

PEOPLE, SEED = 2000, 2026
BAND = (5, 50, 95)
"""Per cent: the band that holds 90 % of people, and its median."""
_NEAR, _FAR = 8, 60
_HOURS = (0, 1, 2, 3, 4, 6, 8, 12, 16, 20)

_HOURS_SHOWN = (0, 1, 2, 4, 8, 16)
"""Of each day, in the picture of two regimens: infusions take two or four hours."""


def concentration(values: Values) -> str:
    """Both courses, near in mg/L and far on a logarithmic scale."""
    near = np.array([day + hour / HOURS_A_DAY for day in range(_NEAR) for hour in _HOURS])
    days = np.concatenate([near, np.arange(_NEAR, _FAR + 1)])
    found = _simulated(values, days)
    height, width, left, right = 190, 395, 62, 540
    parts: list[str] = []
    shown = {target.id: target.value for target in targets()}
    given = (values["pk.dose.infusions_first"], values["pk.dose.infusions_later"])
    means = []
    for number, place in enumerate((left, right)):
        curves, mean = found[number]
        title = f"Course {number + 1}: {given[number]:g} × {values['pk.dose.mg']:g} mg"
        top = Panel(
            (place, 118, width, height),
            Axis(0, _NEAR, range(_NEAR + 1), "days since the first infusion of the course"),
            Axis(0, 5, range(6), "mg/L"),
            title,
        )
        rows = days <= _NEAR
        _band(top, days[rows], curves[:, rows])
        end = given[number] - 1 + values["pk.dose.hours"] / HOURS_A_DAY
        published = shown[f"peak-course-{number + 1}"]
        top.dot(end, published, Ink.RUST, open_=True, size=5)
        top.words(
            end, published, f"mean peak in the US label, {published:g} (recalled)", Ink.RUST,
            right=9, down=-6,
        )  # fmt: skip
        means.append(float(mean[np.argmin(np.abs(days - end))]))
        below = Panel(
            (place, 400, width, height),
            Axis(0, _FAR, range(0, _FAR + 1, 10), "days since the first infusion of the course"),
            Axis(0.01, 10, (0.01, 0.1, 1, 10), "mg/L, logarithmic", log=True),
        )
        _band(below, days, curves)
        below.level(values["cells.ec50"], "half of the highest rate of killing")
        for day in range(int(given[number])):
            top.arrow(day)
            below.arrow(day)
        parts += top.parts + below.parts
    described = (
        f"Median and 90 % band of {PEOPLE} virtual patients, both courses. Each infusion lifts the "
        f"concentration at once; between infusions it falls by half within a day or two, "
        f"later within 4 to 5 days. Mean at the end of the last infusion: {means[0]:.2f} mg/L in "
        f"course 1 and {means[1]:.2f} in course 2; the label's means are {shown['peak-course-1']:g}"
        f" and {shown['peak-course-2']:g}. After 30 days the median is "
        f"{float(np.interp(30, days, found[0][0][1])):.2f} mg/L."
    )
    return page(
        "concentration",
        "Alemtuzumab in the blood",
        f"Median and 90 % band of {PEOPLE} virtual patients; triangles are infusions",
        described,
        645,
        parts,
        [
            "Fitted to two mean peaks and “mostly below quantification by day 30”; how people "
            "differ is assumed (no such figure could be read for MS)."
        ],
    )


def _simulated(values: Values, days: Table) -> list[tuple[Table, Table]]:
    """For each course: quantiles `(3, days)` and means `(days,)`."""
    schedule = Schedule.label(dict(values), [0.0, DAYS_A_YEAR])
    # A year ends on an infusion: a hair earlier is before it, on it is its first moment.
    asked = np.concatenate([days, days + DAYS_A_YEAR])
    got = simulate_cells(values, SEED, jnp.arange(PEOPLE), schedule, 15, asked.tolist())
    both = np.split(np.asarray(got.early_concentration, np.float64), 2)
    return [(np.percentile(one, BAND, axis=1), one.mean(axis=1)) for one in both]


def _band(panel: Panel, across: Table, curves: Table) -> None:
    low, middle, high = curves
    panel.band(zip(across, low, strict=True), zip(across, high, strict=True), Ink.BLUE)
    # A line along the lower axis would look like a value.
    shown = middle >= panel.up.low
    panel.curve(zip(across[shown], middle[shown], strict=True), Ink.BLUE)


def regimens(values: Values) -> str:
    """A course in MS beside twelve weeks in B-CLL, for a typical person of each model."""
    ms, bcll = ms_exposure(values), bcll_exposure(values)
    panel = Panel(
        (62, 118, 540, 300),
        Axis(0, 100, range(0, 101, 10), "days since the first infusion"),
        Axis(0, 3.5, (0, 1, 2, 3), "mg/L"),
        "Concentration of a typical person",
    )
    for exposure, ink in ((bcll, Ink.RUST), (ms, Ink.BLUE)):
        hour = np.round(exposure.days * HOURS_A_DAY) % HOURS_A_DAY
        rows = np.flatnonzero(np.isin(hour, _HOURS_SHOWN) & (exposure.days <= panel.across.high))
        points = zip(exposure.days[rows], exposure.concentration[rows], strict=True)
        panel.curve(points, ink, width=2.6 if ink is Ink.BLUE else 1.1)
    panel.words(9, 3.1, f"MS, course 1: {ms.dose:g} mg on five days", Ink.BLUE, bold=True)
    weeks = values["pk.bcll.dose.weeks"]
    words = f"B-CLL: {bcll.dose:,.0f} mg in {weeks:g} weeks, three times a week"
    panel.words(14, 2.65, words, Ink.RUST, bold=True)
    shares = {
        "dose": (ms.dose / bcll.dose, f"{ms.dose:g} of {bcll.dose:,.0f} mg"),
        "highest": (ms.peak / bcll.peak, f"{ms.peak:.2f} of {bcll.peak:.2f} mg/L"),
        "area": (ms.area / bcll.area, f"{ms.area:.0f} of {bcll.area:.0f} mg·d/L"),
    }
    parts = [*panel.parts, *_glasses(shares)]
    said = "; ".join(f"{name} {share:.0%} ({words})" for name, (share, words) in shares.items())
    short = ", ".join(f"{name} {share:.0%}" for name, (share, _) in shares.items())
    return page(
        "regimens",
        "A full glass and a quarter of a glass?",
        "One antibody, two regimens, one first course of each",
        f"The first course in MS beside the full {weeks:g} weeks in B-CLL. MS over B-CLL: {said}. "
        "None of them is a quarter.",
        484,
        parts,
        ["Two models, never mixed: in B-CLL the tumor takes up drug, elimination saturates (Mould "
         f"2007) and people differ widely (Km: CV {values['pk.bcll.km_cv']:.0%}).",
         f"“A quarter” is none of the ratios: {short}. For comparison only, never for dosing."],
    )  # fmt: skip


def _glasses(shares: Mapping[str, tuple[float, str]]) -> list[str]:
    """Three glasses, each filled to what MS is of B-CLL."""
    panel = Panel(
        (690, 118, 230, 300),
        Axis(0, 3, (0.5, 1.5, 2.5), words=tuple(shares)),
        Axis(0, 125, (0, 25, 50, 75, 100), "% of B-CLL"),
        "The glass of B-CLL, filled by MS",
    )
    for number, (share, words) in enumerate(shares.values()):
        panel.band(
            [(number + 0.18, 0), (number + 0.82, 0)], [(number + 0.18, 100), (number + 0.82, 100)],
            Ink.RUST,
        )  # fmt: skip
        panel.bar(number + 0.18, number + 0.82, 100 * share, Ink.BLUE)
        panel.words(
            number + 0.5, 100 * share, f"{share:.0%}", Ink.BLUE,
            down=-6, anchor="middle", size=14, bold=True,
        )  # fmt: skip
        panel.parts.append(
            text(panel.x(number + 0.5), panel.bottom + 33, words.split(" of ")[0] + " of", "gray",
                 size=10.5, anchor="middle")
        )  # fmt: skip
        panel.parts.append(
            text(panel.x(number + 0.5), panel.bottom + 46, words.split(" of ")[1], "gray",
                 size=10.5, anchor="middle")
        )  # fmt: skip
    panel.level(levels()["glass.quarter"], "a quarter", left=True)
    return panel.parts
