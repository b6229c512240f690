"""One person from the first vaccination to the end of the watch: lanes over one axis of years."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from longwatch.core.dates import add_months
from longwatch.endpoints.picture import Sheet
from longwatch.web.charts import NARROW, WIDE, for_both


@dataclass(frozen=True, slots=True)
class _Shape:
    """Measures of the picture; `above`: the name of a lane stands over it and not beside it."""

    width: int
    left: int
    right: int
    lane: int
    above: int


_TOP = 30
_WIDE = _Shape(width=WIDE, left=140, right=WIDE - 16, lane=32, above=0)
_NARROW = _Shape(width=NARROW, left=8, right=NARROW - 8, lane=48, above=14)
"""For a page, and for a phone: letters of the same height on both."""


@dataclass(frozen=True, slots=True)
class Span:
    """Something that lasts; `end` None: it has no end yet."""

    start: date
    end: date | None
    words: str


@dataclass(frozen=True, slots=True)
class Mark:
    """Something of one day; `role` is a color of the pictures, `shape` tells it apart without."""

    day: date
    words: str
    role: str = "ink"
    shape: str = "square"


@dataclass(frozen=True, slots=True)
class Lane:
    """One row of the picture with its name."""

    name: str
    spans: Sequence[Span] = ()
    marks: Sequence[Mark] = ()


def timeline(
    key: str, lanes: Sequence[Lane], today: date, end: date | None, title: str, words: str
) -> str:
    """The lanes from the first vaccination or course to the end of the watch, wide and narrow.

    Inputs:
        key: unique on the page.
        lanes: the first two say where the picture begins; marks before that are left out. Those
            without anything are drawn too: empty says that nothing is known.
        end: last day of the watch; None: not known.
        title, words: the same for those who hear.
    """
    return for_both(
        key,
        lambda name, width: _drawn(
            _NARROW if width == NARROW else _WIDE, name, lanes, today, end, title, words
        ),
    )


def _drawn(
    shape: _Shape,
    key: str,
    lanes: Sequence[Lane],
    today: date,
    end: date | None,
    title: str,
    words: str,
) -> str:
    first, last = _reach(lanes, today, end)
    span = max((last - first).days, 1)
    left, right = shape.left, shape.right

    def x(day: date) -> float:
        return left + (right - left) * (day - first).days / span

    base = _TOP + shape.lane * len(lanes)
    sheet = Sheet(key, shape.width, base + 44, title, words)
    _years(sheet, first, last, base, x)
    for number, lane in enumerate(lanes):
        y = _TOP + shape.lane * number + (shape.lane + shape.above) / 2
        sheet.line(left, y, right, y, "grid")
        if shape.above:
            sheet.text(left, y - shape.above, lane.name, "muted", size=14)
        else:
            sheet.text(left - 10, y + 5, lane.name, "muted", size=14, anchor="end")
        for part in (part for part in lane.spans if part.start >= first):
            until = part.end or today
            begin = x(part.start)
            long = max(x(max(until, part.start)) - begin, 4)
            sheet.box(begin, y - 6, long, 12, "own")
            if part.end is None:
                sheet.line(begin + long, y - 9, begin + long, y + 9, "own", 2, "3 2")
        for mark in (mark for mark in lane.marks if mark.day >= first):
            sheet.dot(x(mark.day), y, mark.role, mark.shape, 4)
    now = x(today)
    sheet.line(now, _TOP - 8, now, base + 4, "miss", 2.5)
    side = "middle" if left + 60 < now < right - 60 else "end" if now > left + 60 else "start"
    sheet.text(now, _TOP - 12, _("today"), "miss", size=14, bold=True, anchor=side)
    if end is not None:
        sheet.line(x(end), _TOP, x(end), base + 4, "ink", 2)
        sheet.text(x(end), base + 36, _("watch ends"), "ink", size=14, anchor="end")
    return sheet.svg(alone=False)


def _reach(lanes: Sequence[Lane], today: date, end: date | None) -> tuple[date, date]:
    """First and last day of the picture, a month around what is shown."""
    begins = [mark.day for lane in lanes[:2] for mark in lane.marks]
    begins += [span.start for lane in lanes[:2] for span in lane.spans]
    ends = [today, *([end] if end else []), *begins]
    ends += [mark.day for lane in lanes for mark in lane.marks]
    return add_months(min([today, *begins]), -1), add_months(max(ends), 1)


def _years(sheet: Sheet, first: date, last: date, base: float, x: Callable[[date], float]) -> None:
    """A line at the beginning of each year, with its number where there is room."""
    written = float(-_YEAR_NEEDS)
    for year in range(first.year, last.year + 1):
        begin = date(year, 1, 1)
        if begin < first:
            continue
        at = x(begin)
        sheet.line(at, _TOP, at, base, "grid")
        if at - written >= _YEAR_NEEDS and at + _YEAR_NEEDS <= x(last) + 8:
            sheet.text(at + 3, base + 18, str(year), "muted", size=14)
            written = at


_YEAR_NEEDS = 42
"""Width of the number of a year with room around it."""
