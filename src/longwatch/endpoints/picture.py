"""A sheet to draw on: SVG text with title and description, colors by role, readable in print.

Roles are classes, so that a page can turn them dark; a picture of its own carries its style along.
Shape, dash and words tell things apart; color only helps (chosen to differ in the common kinds of
color blindness: blue-green, brown, violet).
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import ceil, floor, log10
from xml.sax.saxutils import escape

LIGHT = {
    "paper": "#ffffff",
    "ink": "#1b2a30",
    "muted": "#4c6068",
    "grid": "#dfe7e9",
    "own": "#0d6a78",
    "band": "#cfe5e8",
    "other": "#8a4b00",
    "third": "#6b3fa0",
    "late": "#d79a2b",
    "miss": "#a3190f",
}
"""Text colors are at least 4.5:1 on the paper (a test says so)."""
DARK = {
    "paper": "#17242a",
    "ink": "#eef4f5",
    "muted": "#b4c5cb",
    "grid": "#33454d",
    "own": "#6fd0dc",
    "band": "#1f4a52",
    "other": "#f0b262",
    "third": "#c8a8f5",
    "late": "#fbe3a6",
    "miss": "#ff8f85",
}
WIDE, NARROW = 860, 340
"""Widths of a picture for a page and for a phone."""
FONT = "'Source Sans 3','Segoe UI','Liberation Sans',Arial,sans-serif"
_STEPS = (1, 2, 2.5, 5, 10)
_LETTER = 0.54
"""Mean width of a letter, in its height."""


def style(scope: str = "", dark: bool = True) -> str:
    """The style of pictures: a rule for each role.

    Inputs:
        scope: selector before each rule, as `svg `.
        dark: also for readers who prefer dark pages.
    """

    def rules(colors: dict[str, str]) -> str:
        return "".join(
            f"{scope}.f-{name}{{fill:{color}}}{scope}.s-{name}{{stroke:{color};fill:none}}"
            for name, color in colors.items()
        )

    text = f"{scope}text{{font-family:{FONT};font-variant-numeric:tabular-nums}}{rules(LIGHT)}"
    return text + (
        f"@media screen and (prefers-color-scheme:dark){{{rules(DARK)}}}" if dark else ""
    )


class Sheet:
    """A picture that grows line by line.

    Inputs:
        key: unique on a page; ids of title and description begin with it.
        title, description: read aloud in place of the picture.
    """

    def __init__(self, key: str, width: float, height: float, title: str, description: str) -> None:
        self.key, self.width, self.height = key, width, height
        self.title, self.description = title, description
        self._lines: list[str] = []

    def text(
        self,
        x: float,
        y: float,
        words: object,
        role: str = "ink",
        *,
        size: float = 14,
        anchor: str = "start",
        bold: bool = False,
    ) -> None:
        """Words, whose base line begins (or ends, or is centered) at a point."""
        weight = ' font-weight="650"' if bold else ""
        place = "" if anchor == "start" else f' text-anchor="{anchor}"'
        self._lines.append(
            f'<text x="{x:.1f}" y="{y:.1f}" class="f-{role}" font-size="{size:g}"{place}{weight}>'
            f"{escape(str(words))}</text>"
        )

    def line(
        self,
        x1: float,
        y1: float,
        x2: float,
        y2: float,
        role: str,
        width: float = 1,
        dash: str = "",
    ) -> None:
        """A straight line."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._lines.append(
            f'<path d="M{x1:.1f} {y1:.1f}L{x2:.1f} {y2:.1f}" class="s-{role}" '
            f'stroke-width="{width:g}"{dashed}/>'
        )

    def rules(self, x1: float, x2: float, ys: Iterable[float], role: str) -> None:
        """Level lines from one x to the other, as one path."""
        path = "".join(f"M{x1:.1f} {y:.1f}H{x2:.1f}" for y in ys)
        if path:
            self._lines.append(f'<path d="{path}" class="s-{role}" stroke-width="1.4"/>')

    def path(
        self, points: Iterable[tuple[float, float]], role: str, width: float = 2, dash: str = ""
    ) -> None:
        """A line through points."""
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self._lines.append(
            f'<path d="{_through(points)}" class="s-{role}" stroke-width="{width:g}" '
            f'stroke-linejoin="round"{dashed}/>'
        )

    def area(self, points: Iterable[tuple[float, float]], role: str) -> None:
        """A filled area."""
        self._lines.append(f'<path d="{_through(points)}Z" class="f-{role}"/>')

    def box(self, x: float, y: float, width: float, height: float, role: str) -> None:
        """A filled rectangle."""
        self._lines.append(
            f'<rect x="{x:.1f}" y="{y:.1f}" width="{max(width, 0):.1f}" '
            f'height="{max(height, 0):.1f}" class="f-{role}"/>'
        )

    def dot(self, x: float, y: float, role: str, shape: str = "circle", size: float = 5) -> None:
        """A mark: `circle` (open), `diamond` or `square` (filled)."""
        if shape == "circle":
            self._lines.append(
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" class="f-paper"/>'
                f'<circle cx="{x:.1f}" cy="{y:.1f}" r="{size:g}" class="s-{role}" '
                'stroke-width="2"/>'
            )
        elif shape == "diamond":
            size *= 1.3
            self.area([(x, y - size), (x + size, y), (x, y + size), (x - size, y)], role)
        else:
            self.box(x - size, y - size, 2 * size, 2 * size, role)

    def svg(self, *, alone: bool = True) -> str:
        """The picture as SVG text.

        Inputs:
            alone: with its own style, for a file; a page has the style already.
        """
        own = f"<style>{style()}</style>" if alone else ""
        size = f' width="{self.width:g}" height="{self.height:g}"' if alone else ""
        return (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:g} {self.height:g}"'
            f'{size} role="img" aria-labelledby="{self.key}-t {self.key}-d">'
            f'<title id="{self.key}-t">{escape(self.title)}</title>'
            f'<desc id="{self.key}-d">{escape(self.description)}</desc>{own}'
            f'<rect width="{self.width:g}" height="{self.height:g}" class="f-paper"/>'
            + "".join(self._lines)
            + "</svg>"
        )


def ticks(low: float, high: float, most: int) -> list[float]:
    """Round numbers from `low` to `high`, at most so many steps.

    >>> ticks(0, 1, 5)
    [0.0, 0.2, 0.4, 0.6, 0.8, 1.0]
    """
    width = (high - low) or 1.0
    step = 10.0 ** floor(log10(width / most))
    step *= next(times for times in _STEPS if width / (times * step) <= most)
    first, last = ceil(low / step - 1e-9), floor(high / step + 1e-9)
    return [round(place * step, 10) for place in range(first, last + 1)]


def fold(words: str, width: float, size: float) -> list[str]:
    """Words in lines no wider than `width` pixels, by the mean width of a letter.

    >>> fold("two words", 40, 14)
    ['two', 'words']
    """
    most = max(int(width / (size * _LETTER)), 1)
    lines: list[str] = []
    for word in words.split():
        if lines and len(lines[-1]) + 1 + len(word) <= most:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines or [""]


def width_of(words: str, size: float) -> float:
    """About how wide words are, in pixels."""
    return len(words) * size * _LETTER


def legend(
    sheet: Sheet, x: float, y: float, entries: Sequence[tuple[str, str, str]], size: float = 14
) -> float:
    """A legend that folds at the right edge; returns the y below it.

    Inputs:
        entries: words, role, and `line`, `dash`, `box`, `circle`, `diamond` or `square`.
    """
    at = x
    for words, role, mark in entries:
        wide = 30 + width_of(words, size)
        if at > x and at + wide > sheet.width:
            at, y = x, y + 22
        if mark in ("line", "dash"):
            sheet.line(at, y - 5, at + 22, y - 5, role, 3, "5 4" if mark == "dash" else "")
        elif mark == "box":
            sheet.box(at, y - 12, 22, 14, role)
        else:
            sheet.dot(at + 11, y - 5, role, mark)
        sheet.text(at + 28, y, words, size=size)
        at += wide + 18
    return y + 12


def _through(points: Iterable[tuple[float, float]]) -> str:
    return "M" + "L".join(f"{x:.1f} {y:.1f}" for x, y in points)
