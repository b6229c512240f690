"""Small plots as SVG text: panels with two axes, lines, bands, bars, points and words beside them.

A picture has a title and a description for those who hear it, colors that color-blind people can
tell apart and that are never alone (dashes and labels say the same), a dark and a printed dress.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import log10
from textwrap import wrap
from xml.sax.saxutils import escape

Points = Iterable[tuple[float, float]]

WIDTH = 960
"""Pixels of every page."""
MARGIN = 20
_LETTERS = 140
"""Small letters that stand in a line of the page."""
_SMALL, _USUAL, _HEADING, _TITLE = 11.5, 13, 14, 19


class Ink(StrEnum):
    """Colors by name; each has a light and a dark dress, both at least 4.5:1 on their ground."""

    BLUE = "blue"
    RUST = "rust"
    GREEN = "green"
    PLUM = "plum"
    GRAY = "gray"


_LIGHT = {"blue": "#00527a", "rust": "#9a3d00", "green": "#00604a", "plum": "#83305f",
          "gray": "#595959", "ink": "#1a1a1a", "rule": "#dedede", "ground": "#ffffff"}  # fmt: skip
_DARK = {"blue": "#7cc4ee", "rust": "#f4a87a", "green": "#6fd3b2", "plum": "#eba6cf",
         "gray": "#b4b4b4", "ink": "#f0f0f0", "rule": "#3c4043", "ground": "#16181a"}  # fmt: skip


def _dress(colors: dict[str, str], band: float) -> str:
    rules = [f".page{{fill:{colors['ground']}}}", f".rule{{stroke:{colors['rule']}}}"]
    for name in (*Ink, "ink"):
        rules.append(f".{name}{{stroke:{colors[name]}}}.f-{name}{{fill:{colors[name]}}}")
        rules.append(f".b-{name}{{fill:{colors[name]};fill-opacity:{band}}}")
    rules.append(f".open{{fill:{colors['ground']}}}")
    return "".join(rules)


STYLE = (
    "text{font-family:system-ui,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif}"
    ".line{fill:none;stroke-linejoin:round;stroke-linecap:round}"
    + _dress(_LIGHT, 0.16)
    + "@media (prefers-color-scheme:dark){"
    + _dress(_DARK, 0.26)
    + "}@media print{"
    + _dress(_LIGHT, 0.16)
    + "}"
)


@dataclass(frozen=True)
class Axis:
    """From `low` to `high`, with ticks; `words` instead of the numbers of ticks where given."""

    low: float
    high: float
    ticks: Sequence[float]
    label: str = ""
    log: bool = False
    words: Sequence[str] = ()

    def share(self, value: float) -> float:
        """Where a value stands, 0 at the low end and 1 at the high one; kept within them."""
        if self.log:
            value = max(value, self.low)
            found = log10(value / self.low) / log10(self.high / self.low)
        else:
            found = (value - self.low) / (self.high - self.low)
        return min(max(found, 0.0), 1.0)

    def named(self) -> list[tuple[float, str]]:
        """Ticks with their words."""
        words = self.words or [f"{tick:,.6g}".replace(",", "\u202f") for tick in self.ticks]
        return list(zip(self.ticks, words, strict=True))


def text(
    x: float,
    y: float,
    words: str,
    ink: str = "ink",
    *,
    size: float = _USUAL,
    anchor: str = "start",
    bold: bool = False,
) -> str:
    """Words at a place of the page."""
    weight = ' font-weight="600"' if bold else ""
    side = "" if anchor == "start" else f' text-anchor="{anchor}"'
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" class="f-{ink}" font-size="{size:g}"{side}{weight}>'
        f"{escape(words)}</text>"
    )


def line(x1: float, y1: float, x2: float, y2: float, ink: str, width: float = 1) -> str:
    """A straight line on the page."""
    return (
        f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" class="{ink}" '
        f'stroke-width="{width:g}"/>'
    )


class Panel:
    """One pair of axes on the page; what is drawn is collected in `parts`."""

    def __init__(
        self, place: tuple[float, float, float, float], across: Axis, up: Axis, title: str = ""
    ) -> None:
        """Draws the frame.

        Inputs:
            place: left, top, width and height of the room between the axes, in pixels.
        """
        self.left, self.top, self.width, self.height = place
        self.across, self.up = across, up
        self.parts: list[str] = []
        self._frame(title)

    @property
    def bottom(self) -> float:
        """Where the lower axis lies."""
        return self.top + self.height

    def x(self, value: float) -> float:
        """Place of a value across."""
        return self.left + self.width * self.across.share(value)

    def y(self, value: float) -> float:
        """Place of a value up."""
        return self.bottom - self.height * self.up.share(value)

    def _frame(self, title: str) -> None:
        right = self.left + self.width
        for tick, words in self.up.named():
            y = self.y(tick)
            self.parts += [
                line(self.left, y, right, y, "rule"),
                text(self.left - 7, y + 4, words, "gray", size=_SMALL, anchor="end"),
            ]
        self.parts.append(line(self.left, self.bottom, right, self.bottom, "gray"))
        for tick, words in self.across.named():
            x = self.x(tick)
            self.parts += [
                line(x, self.bottom, x, self.bottom + 4, "gray"),
                text(x, self.bottom + 17, words, "gray", size=_SMALL, anchor="middle"),
            ]
        if self.across.label:
            middle = self.left + self.width / 2
            label = text(
                middle, self.bottom + 34, self.across.label, "gray", anchor="middle", size=_SMALL
            )
            self.parts.append(label)
        if title:
            self.parts.append(text(self.left, self.top - 22, title, size=_HEADING, bold=True))
        if self.up.label:
            self.parts.append(text(self.left, self.top - 7, self.up.label, "gray", size=_SMALL))

    def curve(self, points: Points, ink: str, *, width: float = 2.2, dash: str = "") -> None:
        """A line through points; dashes as SVG has them."""
        path = " ".join(f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in points)
        dashed = f' stroke-dasharray="{dash}"' if dash else ""
        self.parts.append(
            f'<polyline points="{path}" class="line {ink}" stroke-width="{width:g}"{dashed}/>'
        )

    def band(self, low: Points, high: Points, ink: str) -> None:
        """The room between two lines."""
        there = [f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in low]
        back = [f"{self.x(x):.1f},{self.y(y):.1f}" for x, y in high][::-1]
        self.parts.append(f'<polygon points="{" ".join(there + back)}" class="b-{ink}"/>')

    def bar(self, low: float, high: float, value: float, ink: str) -> None:
        """A bar from the lower axis, `low` to `high` across."""
        left, top = self.x(low), self.y(value)
        self.parts.append(
            f'<rect x="{left:.1f}" y="{top:.1f}" width="{self.x(high) - left:.1f}" '
            f'height="{max(self.bottom - top, 0):.1f}" rx="2" class="f-{ink}"/>'
        )

    def level(self, value: float, words: str, ink: str = "rust", *, left: bool = False) -> None:
        """A dashed line across at a value, with its words on it."""
        y, right = self.y(value), self.left + self.width
        self.parts.append(
            f'<line x1="{self.left:.1f}" y1="{y:.1f}" x2="{right:.1f}" y2="{y:.1f}" class="{ink}" '
            'stroke-width="1.2" stroke-dasharray="5 4"/>'
        )
        side, anchor = (self.left + 5, "start") if left else (right - 3, "end")
        self.parts.append(text(side, y - 5, words, ink, size=_SMALL, anchor=anchor))

    def dot(self, x: float, y: float, ink: str, *, open_: bool = False, size: float = 4) -> None:
        """A point; open: a ring."""
        shape = f'<circle cx="{self.x(x):.1f}" cy="{self.y(y):.1f}" r="{size:g}"'
        dress = f'class="open {ink}" stroke-width="2"' if open_ else f'class="f-{ink}"'
        self.parts.append(f"{shape} {dress}/>")

    def whisker(self, x: float, low: float, high: float, ink: str) -> None:
        """An upright interval with short ends."""
        at, down, up = self.x(x), self.y(low), self.y(high)
        ends = [line(at - 4, y, at + 4, y, ink, 1.6) for y in (down, up)]
        self.parts += [line(at, down, at, up, ink, 1.6), *ends]

    def arrow(self, x: float, ink: str = "gray") -> None:
        """A small triangle on the lower axis, pointing up: something is given on this day."""
        at, y = self.x(x), self.bottom
        self.parts.append(f'<path d="M{at:.1f} {y - 8:.1f}l4 8h-8z" class="f-{ink}"/>')

    def words(
        self, x: float, y: float, words: str, ink: str = "ink", *,
        right: float = 0, down: float = 0, anchor: str = "start", size: float = _SMALL,
        bold: bool = False,
    ) -> None:  # fmt: skip
        """Words at a point, moved by some pixels."""
        place = self.x(x) + right, self.y(y) + down
        self.parts.append(text(*place, words, ink, anchor=anchor, size=size, bold=bold))


def page(
    name: str,
    title: str,
    subtitle: str,
    described: str,
    height: int,
    parts: Iterable[str],
    foot: Sequence[str] = (),
) -> str:
    """A whole picture.

    Inputs:
        name: letters and dashes, for the ids within.
        described: what is to be seen, in sentences.
        height: pixels without the lines of the foot.
        foot: paragraphs in small letters below: where the numbers are from.
    """
    lines_of_foot = [words for paragraph in foot for words in wrap(paragraph, _LETTERS)]
    total = height + 17 * len(lines_of_foot) + (12 if foot else 0)
    feet = [
        text(MARGIN, height + 8 + 17 * number, words, "gray", size=_SMALL)
        for number, words in enumerate(lines_of_foot)
    ]
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {total}" '
        f'width="{WIDTH}" height="{total}" role="img" aria-labelledby="{name}-title {name}-desc">',
        f'<title id="{name}-title">{escape(title)}</title>',
        f'<desc id="{name}-desc">{escape(described)}</desc>',
        f"<style>{STYLE}</style>",
        f'<rect width="{WIDTH}" height="{total}" rx="8" class="page"/>',
        text(MARGIN, 34, title, size=_TITLE, bold=True),
        text(MARGIN, 56, subtitle, "gray"),
        *parts,
        *feet,
        "</svg>",
    ]
    return "\n".join(lines) + "\n"
