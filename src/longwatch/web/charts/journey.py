"""Where a person stands in the years of the watch: courses, months done and to come, today."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.utils.translation import gettext as _

from longwatch.endpoints.picture import Sheet
from longwatch.web.charts import NARROW, for_both
from longwatch.web.dates import in_order

_LEFT, _BAND, _THICK = 22, 74, 22


@dataclass(frozen=True, slots=True)
class Month:
    """One monthly item: its due day and whether it was done; None: it is still to come."""

    due: date
    done: bool | None


def journey(
    key: str,
    courses: Sequence[tuple[date, date]],
    months: Sequence[Month],
    today: date,
    end: date,
    words: str,
) -> str:
    """The way from the first course to the end of the watch.

    Inputs:
        courses: first and last day of each, oldest first.
        months: the items of the monthly blood test.
        end: last day of the watch.
        words: the same in a sentence, for those who hear.
    """
    return for_both(
        key, lambda name, width: _drawn(name, width, courses, months, today, end, words)
    )


def _drawn(
    key: str,
    width: int,
    courses: Sequence[tuple[date, date]],
    months: Sequence[Month],
    today: date,
    end: date,
    words: str,
) -> str:
    # On a phone the two ends would run into each other: one stands below the other.
    lower = 18 if width == NARROW else 0
    height = 144 + lower
    right = width - 22
    first = courses[0][0]
    days = max((end - first).days, 1)

    def x(day: date) -> float:
        passed = min(max((day - first).days, 0), days)
        return _LEFT + (right - _LEFT) * passed / days

    sheet = Sheet(key, width, height, _("Where you are in the watch"), words)
    sheet.box(_LEFT, _BAND, right - _LEFT, _THICK, "grid")
    sheet.box(_LEFT, _BAND, x(today) - _LEFT, _THICK, "own")
    # Sixty months stand side by side on a phone, too.
    small = 0.6 if width == NARROW else 1.0
    for month in months:
        at = x(month.due)
        if month.done is None:
            sheet.dot(at, _BAND + _THICK / 2, "muted", "circle", 2.4 * small)
        elif month.done:
            sheet.dot(at, _BAND + _THICK / 2, "paper", "square", 2.6 * small)
        else:
            arm = 4 * small
            sheet.line(at - arm, _BAND + 7, at + arm, _BAND + 15, "paper", 2.4 * small)
            sheet.line(at - arm, _BAND + 15, at + arm, _BAND + 7, "paper", 2.4 * small)
    room = 66 if width == NARROW else 104
    reached = [-200.0, -200.0]
    for number, (start, _last) in enumerate(courses, start=1):
        at = x(start)
        sheet.line(at, _BAND - 10, at, _BAND + _THICK + 6, "ink", 3)
        level = 0 if at - reached[0] > room else 1
        sheet.text(at, _BAND - 38 + 18 * level, _("Course %s") % number, size=15, bold=True,
                   anchor="start" if at < width - 110 else "end")  # fmt: skip
        if level == 0 and width != NARROW:
            sheet.text(at, _BAND - 20, _month(start), "muted", size=13,
                       anchor="start" if at < width - 110 else "end")  # fmt: skip
        reached[level] = at
    now = x(today)
    sheet.line(now, _BAND - 6, now, _BAND + _THICK + 10, "miss", 4)
    side = "middle" if 60 < now < width - 60 else "start" if now <= 60 else "end"
    sheet.text(now, _BAND + _THICK + 26, _("You are here"), "miss", size=15, bold=True, anchor=side)
    sheet.text(
        right, _BAND + _THICK + 42 + lower, _("Watch ends %s") % _month(end), "muted", size=13,
        anchor="end",
    )  # fmt: skip
    sheet.text(_LEFT, _BAND + _THICK + 42, _month(first), "muted", size=13)
    return sheet.svg(alone=False)


def _month(day: date) -> str:
    return in_order(day, "F Y")
