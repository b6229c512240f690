"""One person from the first vaccination to the end of the watch: lanes over one axis of years."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from longwatch.core.dates import add_months
from longwatch.endpoints.picture import Sheet

_LEFT, _RIGHT, _TOP, _LANE = 150, 980, 30, 34
_WIDTH = 1000


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
    """The lanes from the first vaccination or course to the end of the watch.

    Inputs:
        key: unique on the page.
        lanes: the first two say where the picture begins; marks before that are left out. Those
            without anything are drawn too: empty says that nothing is known.
        end: last day of the watch; None: not known.
        title, words: the same for those who hear.
    """
    begins = [mark.day for lane in lanes[:2] for mark in lane.marks]
    begins += [span.start for lane in lanes[:2] for span in lane.spans]
    ends = [today, *([end] if end else []), *begins]
    ends += [mark.day for lane in lanes for mark in lane.marks]
    first, last = add_months(min([today, *begins]), -1), add_months(max(ends), 1)
    span = max((last - first).days, 1)

    def x(day: date) -> float:
        return _LEFT + (_RIGHT - _LEFT) * (day - first).days / span

    height = _TOP + _LANE * len(lanes) + 44
    base = _TOP + _LANE * len(lanes)
    sheet = Sheet(key, _WIDTH, height, title, words)
    for year in range(first.year, last.year + 1):
        begin = date(year, 1, 1)
        if begin >= first:
            sheet.line(x(begin), _TOP, x(begin), base, "grid")
            sheet.text(x(begin) + 3, base + 18, str(year), "muted", size=14)
    for number, lane in enumerate(lanes):
        y = _TOP + _LANE * number + _LANE / 2
        sheet.line(_LEFT, y, _RIGHT, y, "grid")
        sheet.text(_LEFT - 10, y + 5, lane.name, "muted", size=14, anchor="end")
        for part in (part for part in lane.spans if part.start >= first):
            until = part.end or today
            left = x(part.start)
            long = max(x(max(until, part.start)) - left, 4)
            sheet.box(left, y - 6, long, 12, "own")
            if part.end is None:
                sheet.line(left + long, y - 9, left + long, y + 9, "own", 2, "3 2")
        for mark in (mark for mark in lane.marks if mark.day >= first):
            sheet.dot(x(mark.day), y, mark.role, mark.shape, 4)
    now = x(today)
    sheet.line(now, _TOP - 8, now, base + 4, "miss", 2.5)
    side = "middle" if _LEFT + 60 < now < _RIGHT - 60 else "end" if now > _LEFT + 60 else "start"
    sheet.text(now, _TOP - 12, "today", "miss", size=14, bold=True, anchor=side)
    if end is not None:
        sheet.line(x(end), _TOP, x(end), base + 4, "ink", 2)
        sheet.text(x(end), base + 36, "watch ends", "ink", size=14, anchor="end")
    return sheet.svg(alone=False)
