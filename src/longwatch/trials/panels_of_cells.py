"""Six panels, one for each kind of lymphocyte and one for all: bands over time. Needs no JAX."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from longwatch.trials.levels import levels
from longwatch.trials.plot import Axis, Ink, Panel

Table = NDArray[np.float64]

SHOWN = ("lymphocytes", "cd4", "cd8", "b", "nk", "other")
"""Rows of panels, from left to right."""
_TITLES = ("All lymphocytes", "CD4 T cells", "CD8 T cells", "B cells", "NK cells", "Others")
_COLUMNS = 3
_LEFT, _TOP, _ACROSS, _DOWN, _WIDTH, _HEIGHT = 58, 108, 310, 232, 244, 160


def panels(
    across: Table, bands: Mapping[str, Table], courses: Sequence[float], words: Axis | None = None
) -> dict[str, Panel]:
    """The panels by kind.

    Inputs:
        across: years since the first infusion, rising, `(days,)`.
        bands: of each of `SHOWN`, low, median and high, `(3, days)`.
        courses: where triangles stand, in years.
        words: the axis across, where it is not years.
    """
    last = float(across[-1])
    axis = words or Axis(0, last, range(round(last) + 1), "years since the first infusion")
    bare = replace(axis, label="")
    drawn = {}
    for number, (name, title) in enumerate(zip(SHOWN, _TITLES, strict=True)):
        row, column = divmod(number, _COLUMNS)
        low, middle, high = bands[name]
        place = (_LEFT + column * _ACROSS, _TOP + row * _DOWN, _WIDTH, _HEIGHT)
        panel = Panel(place, axis if row else bare, _counts(float(high.max())), title)
        panel.band(zip(across, low, strict=True), zip(across, high, strict=True), Ink.BLUE)
        panel.curve(zip(across, middle, strict=True), Ink.BLUE)
        limit = levels().get(f"low.{name}")
        if limit is not None:
            panel.level(limit, "", Ink.GRAY)
        for course in courses:
            panel.arrow(course)
        drawn[name] = panel
    return drawn


def _counts(highest: float) -> Axis:
    """From 0 to a round number above the highest, in four to six steps."""
    step = 10.0 ** np.floor(np.log10(highest / 4))
    step *= next(times for times in (1, 2, 2.5, 5, 10) if highest / (times * step) <= 5)
    count = int(np.ceil(highest / step))
    return Axis(0, count * step, [step * number for number in range(count + 1)])
