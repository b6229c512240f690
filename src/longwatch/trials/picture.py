"""Published and predicted figures as a picture: SVG text, readable in print and by a screen reader.

Each kind of figure has its own axis. Published: open circle on a thin line. Predicted: filled
diamond on a thick bar. Shape and place tell them apart; color only helps.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import groupby
from math import ceil, floor, log10
from xml.sax.saxutils import escape

from longwatch.trials.table import Row, compare, interval, number
from longwatch.trials.trial import TrialResult

WIDTH, LEFT, RIGHT, NUMBERS = 960, 210, 560, 580
"""The page, the two ends of the axis, and where the numbers begin; in pixels."""
ROW, HEAD, FOOT, TOP = 34, 24, 30, 84
"""Heights of a row, of the heading and of the axis of a group, and of the page's heading."""
INK, QUIET, PUBLISHED, PREDICTED = "#1a1a1a", "#595959", "#8a3a00", "#00496b"
"""Each at least 5:1 against white."""
_TICKS = 4


def as_svg(result: TrialResult) -> str:
    """The picture of a trial: one group of rows and one axis for each kind of figure.

    Inputs:
        result: of `run_trial`.
    """
    rows = compare(result)
    groups = [(name, list(part)) for name, part in groupby(rows, key=lambda row: row.name)]
    height = TOP + sum(HEAD + len(part) * ROW + FOOT for _, part in groups) + HEAD
    inside = sum(row.inside for row in rows)
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" '
        f'width="{WIDTH}" height="{height}" role="img" aria-labelledby="title desc" '
        'font-family="system-ui, sans-serif" font-size="13">',
        f'<title id="title">{escape(result.design.title)}: published and predicted figures</title>',
        f'<desc id="desc">{escape(_described(result, rows))}</desc>',
        f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
        _text(16, 28, f"{result.design.title}: published and predicted", INK, size=18, bold=True),
        _text(
            16,
            50,
            f"{result.replicates} replicates of trial size, seed {result.seed}; {inside} of "
            f"{len(rows)} published values inside the predicted 95 % interval",
            QUIET,
        ),
        _circle(22, 68),
        _text(34, 72, "published, 95 % interval", INK),
        _diamond(222, 68),
        _text(234, 72, "predicted, median and 95 % interval", INK),
        _text(500, 72, "★ one of the ten figures of the account", INK),
    ]
    y = float(TOP)
    for name, part in groups:
        lines += _group(name, part, y)
        y += HEAD + len(part) * ROW + FOOT
    return "\n".join([*lines, "</svg>"]) + "\n"


def _group(name: str, rows: list[Row], y: float) -> list[str]:
    low, high, ticks = _axis(rows)

    def at(value: float) -> float:
        return LEFT + (RIGHT - LEFT) * (value - low) / (high - low)

    bottom = y + HEAD + len(rows) * ROW
    heading = f"{name}, %" if rows[0].unit == "%" else name
    lines = [_text(16, y + 16, heading, INK, bold=True)]
    for tick in ticks:
        lines += [
            _line(at(tick), y + HEAD, at(tick), bottom, "#d0d0d0", 1),
            _text(at(tick), bottom + 14, number(tick, rows[0].unit), QUIET, anchor="middle"),
        ]
    lines.append(_line(LEFT, bottom, RIGHT, bottom, QUIET, 1))
    for place, row in enumerate(rows):
        middle = y + HEAD + place * ROW + ROW / 2
        lines += _row(row, middle, at)
    return lines


def _row(row: Row, y: float, at: Callable[[float], float]) -> list[str]:
    star = "★ " if row.account else ""
    above, below = y - 7, y + 7
    lines = [_text(LEFT - 12, y + 4, star + row.arm, INK, anchor="end", bold=row.account)]
    if row.published_interval is not None:
        first, last = row.published_interval
        lines.append(_line(at(first), above, at(last), above, PUBLISHED, 1.5))
        lines += [
            _line(at(end), above - 4, at(end), above + 4, PUBLISHED, 1.5) for end in (first, last)
        ]
    lines += [
        _circle(at(row.published), above),
        _line(at(row.low), below, at(row.high), below, PREDICTED, 4),
        _diamond(at(row.predicted), below),
    ]
    known = row.published_interval
    worked_out = ", from counts" if row.from_counts else ""
    published = number(row.published, row.unit) + (
        f" ({interval(*known, row.unit)}{worked_out})" if known else " (no interval published)"
    )
    outside = "" if row.inside else " · published outside"
    predicted = f"{number(row.predicted, row.unit)} ({interval(row.low, row.high, row.unit)})"
    return [
        *lines,
        _text(NUMBERS, above + 5, published, PUBLISHED),
        _text(NUMBERS, below + 6, predicted + outside, PREDICTED),
    ]


def _axis(rows: list[Row]) -> tuple[float, float, list[float]]:
    """Both ends and the ticks: round numbers around everything that is shown."""
    shown = [value for row in rows for value in (row.low, row.high, row.published)]
    shown += [value for row in rows for value in row.published_interval or ()]
    width = (max(shown) - min(shown)) or 1.0
    step = 10.0 ** floor(log10(width / _TICKS))
    step *= next(times for times in (1, 2, 5, 10) if width / (times * step) <= _TICKS + 1)
    first, last = floor(min(shown) / step), ceil(max(shown) / step)
    return first * step, last * step, [k * step for k in range(first, last + 1)]


def _described(result: TrialResult, rows: list[Row]) -> str:
    parts = [
        f"{row.name}, {row.arm}: published {number(row.published, row.unit)} {row.unit}, predicted "
        f"{number(row.predicted, row.unit)} ({interval(row.low, row.high, row.unit)})"
        for row in rows
    ]
    return f"{result.replicates} replicates. " + "; ".join(parts) + "."


def _text(
    x: float,
    y: float,
    words: str,
    color: str,
    size: int = 13,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    weight = ' font-weight="600"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" fill="{color}" font-size="{size}" '
        f'text-anchor="{anchor}"{weight}>{escape(words)}</text>'
    )


def _line(x1: float, y1: float, x2: float, y2: float, color: str, width: float) -> str:
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" '
        f'stroke="{color}" stroke-width="{width:g}"/>'
    )


def _circle(x: float, y: float) -> str:
    return (
        f'<circle cx="{x:.1f}" cy="{y:.1f}" r="5" fill="#ffffff" '
        f'stroke="{PUBLISHED}" stroke-width="2"/>'
    )


def _diamond(x: float, y: float) -> str:
    points = " ".join(f"{x + dx:.1f},{y + dy:.1f}" for dx, dy in ((0, -6), (6, 0), (0, 6), (-6, 0)))
    return f'<polygon points="{points}" fill="{PREDICTED}" stroke="#ffffff" stroke-width="1"/>'
