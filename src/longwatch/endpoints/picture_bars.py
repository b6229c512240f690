"""Bars: parts of a whole by month (adherence), and how many went to each value (EDSS change)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from longwatch.endpoints.picture import WIDE, Sheet, legend, ticks

_LEFT, _RIGHT, _HIGH = 50, 16, 200
_MANY = 560
_PERCENT = 100
_HATCH = 7


class Part(NamedTuple):
    """One part of each bar: `role` is its color, `mark` its pattern (`plain`, `stripes`, `gap`)."""

    label: str
    role: str
    values: Sequence[float]
    mark: str = "plain"


def bars(
    labels: Sequence[str],
    parts: Sequence[Part],
    *,
    title: str,
    xlabel: str,
    ylabel: str = "%",
    whole: bool = True,
    every: int = 1,
    width: float = WIDE,
    key: str = "bars",
    alone: bool = True,
) -> str:
    """Bars of parts, one bar for each label.

    Inputs:
        labels: below the bars; each `every`-th is written.
        parts: from the bottom to the top; values as shares of 1 when `whole`, else counts.
        title: read aloud; xlabel, ylabel: at the axes.
        width, key, alone: as of `km_plot`.

    >>> bars(["1", "2"], [Part("done", "own", [0.9, 0.8])], title="kept", xlabel="month")[:4]
    '<svg'
    """
    totals = [sum(part.values[at] for part in parts) for at in range(len(labels))]
    top_value = 1.0 if whole else max([*totals, 1.0])
    sheet = Sheet(key, width, 1, title, _described(labels, parts, whole))
    entries = [(part.label, part.role, "box") for part in parts] if len(parts) > 1 else []
    top = (legend(sheet, _LEFT, 18, entries) if entries else 6) + 16
    right = width - _RIGHT

    def y(value: float) -> float:
        return top + _HIGH * (1 - value / top_value)

    sheet.text(_LEFT - 8, top - 8, ylabel, "muted")
    for tick in ticks(0.0, top_value, 5):
        words = f"{tick * _PERCENT:.0f}" if whole else f"{tick:g}"
        sheet.line(_LEFT, y(tick), right, y(tick), "grid")
        sheet.text(_LEFT - 8, y(tick) + 5, words, "muted", anchor="end")
    step = (right - _LEFT) / max(len(labels), 1)
    bar = step * (0.82 if step > 10 else 0.92)
    least = every * (2 if width < _MANY else 1)
    for at, label in enumerate(labels):
        x, below = _LEFT + at * step + (step - bar) / 2, 0.0
        for part in parts:
            above = below + part.values[at]
            if part.values[at] > 0:
                sheet.box(x, y(above), bar, y(below) - y(above), part.role)
                if part.mark == "stripes":
                    _stripes(sheet, x, bar, y(above), y(below))
            below = above
        if (at + 1) % least == 0 or least == 1:
            sheet.text(x + bar / 2, y(0) + 20, label, "muted", anchor="middle")
    sheet.line(_LEFT, y(0), right, y(0), "muted", 1.5)
    sheet.text((_LEFT + right) / 2, y(0) + 40, xlabel, "muted", anchor="middle")
    sheet.height = y(0) + 50
    return sheet.svg(alone=alone)


def _stripes(sheet: Sheet, x: float, wide: float, above: float, below: float) -> None:
    """Lines across a part: it is told apart without color, too."""
    many = int((below - 1 - above) / _HATCH + 0.5)
    sheet.rules(x, x + wide, [above + (at + 0.5) * _HATCH for at in range(many)], "paper")


def _described(labels: Sequence[str], parts: Sequence[Part], whole: bool) -> str:
    said = []
    for part in parts:
        if not labels:
            continue
        shown = [f"{v * _PERCENT:.0f} %" if whole else f"{v:g}" for v in part.values]
        said.append(
            f"{part.label}: "
            + ", ".join(f"{label}: {words}" for label, words in zip(labels, shown, strict=True))
        )
    return "; ".join(said) + "." if said else "No bars."
