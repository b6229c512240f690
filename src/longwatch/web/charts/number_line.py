"""One result on its scale: usual range, where somebody acts, and where the value stands."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.translation import gettext as _

from longwatch.endpoints.picture import Sheet, width_of
from longwatch.watch.action_lines import ActionLine

_WIDTH, _HEIGHT = 320, 64
_LEFT, _RIGHT, _BAR, _THICK = 10, 310, 30, 10
_MARGIN = 0.12
"""Free part of the scale on each side of whatever is shown."""


@dataclass(frozen=True, slots=True)
class Scale:
    """What is drawn; values in one unit, None where it is not known.

    Inputs:
        low, high: the usual range.
        lines: where the protocol asks for action.
    """

    name: str
    value: float
    shown: str
    unit: str
    low: float | None
    high: float | None
    lines: Sequence[ActionLine] = ()
    act: bool = False


def number_line(key: str, scale: Scale) -> str:
    """The picture as SVG text; `key` is unique on the page."""
    marks = [scale.value, *(line.value for line in scale.lines)]
    marks += [edge for edge in (scale.low, scale.high) if edge is not None]
    low, high = min(marks), max(marks)
    # A scale of counts begins at zero when that is near: a fall then looks like what it is.
    low = 0.0 if low < high / 2 else low
    room = (high - low) * _MARGIN or 1.0
    start, end = (low - room if low > 0 else 0.0), high + room

    def x(value: float) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (value - start) / (end - start)

    sheet = Sheet(key, _WIDTH, _HEIGHT, f"{scale.name}: {scale.shown} {scale.unit}", _heard(scale))
    sheet.box(_LEFT, _BAR, _RIGHT - _LEFT, _THICK, "grid")
    if scale.low is not None or scale.high is not None:
        left = x(scale.low) if scale.low is not None else _LEFT
        right = x(scale.high) if scale.high is not None else _RIGHT
        sheet.box(left, _BAR, right - left, _THICK, "usual")
    taken: list[tuple[float, float]] = []
    for line in scale.lines:
        at = x(line.value)
        sheet.line(at, _BAR - 6, at, _BAR + _THICK + 6, "miss", 2.5, "3 2")
        _label(sheet, at, _("act %s") % _round(line.value), "miss", taken)
    for edge in (scale.low, scale.high):
        if edge is not None:
            _label(sheet, x(edge), _round(edge), "muted", taken)
    role = "miss" if scale.act else "ink"
    at = x(scale.value)
    sheet.area([(at - 8, _BAR - 11), (at + 8, _BAR - 11), (at, _BAR + 2)], role)
    sheet.text(min(max(at, 18), _WIDTH - 18), _BAR - 15, scale.shown, role, size=16,
               anchor="middle", bold=True)  # fmt: skip
    return sheet.svg(alone=False)


def _label(
    sheet: Sheet, at: float, words: str, role: str, taken: list[tuple[float, float]]
) -> None:
    """A number below the scale, unless another stands there."""
    half = width_of(words, 14) / 2
    middle = min(max(at, half), _WIDTH - half)
    if all(middle + half < left or middle - half > right for left, right in taken):
        sheet.text(middle, _HEIGHT - 4, words, role, size=14, anchor="middle")
        # Larger letters need more room than these.
        taken.append((middle - half - 8, middle + half + 8))


def _round(value: float) -> str:
    return f"{value:.0f}" if value >= 20 else f"{value:.1f}".rstrip("0").rstrip(".")


def _heard(scale: Scale) -> str:
    words = []
    if scale.low is not None and scale.high is not None:
        words.append(
            _("Usual range %(low)s to %(high)s.")
            % {"low": _round(scale.low), "high": _round(scale.high)}
        )
    elif scale.high is not None:
        words.append(_("Usually up to %s.") % _round(scale.high))
    elif scale.low is not None:
        words.append(_("Usually %s or more.") % _round(scale.low))
    for line in scale.lines:
        side = _("Your team acts below %s.") if line.below else _("Your team acts above %s.")
        words.append(side % _round(line.value))
    return " ".join(words)
