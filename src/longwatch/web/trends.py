"""Earlier results beside a new one: own baseline, change, and the small picture; one query."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import NamedTuple

from django.utils.translation import gettext as _

from longwatch.core.catalogue import catalogue
from longwatch.core.status import Sex
from longwatch.store.models import Patient, Result
from longwatch.watch.words import rounded
from longwatch.web.charts.trend import small_trend

_SHOWN = timedelta(days=400)
"""How far back the small picture looks."""
_PER_CENT = 100

Point = tuple[date, float]


@dataclass(frozen=True, slots=True)
class Trend:
    """One test of one person over time.

    Inputs:
        test: catalogue id.
        points: day and value, oldest first; at least one.
        baseline: newest value on or before the first infusion; None where there is none.
        low, high: limits, the laboratory's own where it sent some.
        sign: what the newest value was sent with: `<` for less than it; most have none.
    """

    test: str
    points: Sequence[Point]
    baseline: Point | None
    low: float | None
    high: float | None
    sign: str = ""

    @property
    def words(self) -> str:
        """Usual range, own baseline and change, in one line."""
        parts = []
        if self.low is not None and self.high is not None:
            shown = (rounded(self.test, self.low), rounded(self.test, self.high))
            parts.append(_("usual %s to %s") % shown)
        elif self.low is not None:
            parts.append(_("usual %s or more") % rounded(self.test, self.low))
        elif self.high is not None:
            parts.append(_("usual up to %s") % rounded(self.test, self.high))
        if self.baseline is not None:
            value = rounded(self.test, self.baseline[1])
            change = self._change(self.baseline)
            parts.append(_("own baseline %s") % value + (f", {change}" if change else ""))
        if len(self.points) > 1 and self.points[-2] != self.baseline:
            before = self.points[-2]
            change = self._change(before)
            days = (self.points[-1][0] - before[0]).days
            if change:
                parts.append(_("%(change)s in %(days)s days") % {"change": change, "days": days})
        return " · ".join(parts)

    def _change(self, against: Point) -> str:
        day, value = self.points[-1]
        if not against[1] or day == against[0]:
            return ""
        share = round(_PER_CENT * (value - against[1]) / against[1])
        if not share:
            return _("unchanged")
        return (_("up %s%%") if share > 0 else _("down %s%%")) % abs(share)

    def picture(self, key: str) -> str:
        """The small picture; empty for a single value."""
        since = self.points[-1][0] - _SHOWN
        shown = [point for point in self.points if point[0] >= since]
        newest = self.sign + rounded(self.test, shown[-1][1])
        name = catalogue().tests[self.test].name
        words = f"{name}: {len(shown)} results, newest {newest}. {self.words}"
        return small_trend(key, shown, self.low, self.high, words, newest)


def trends_of(wanted: Sequence[tuple[Patient, str]]) -> dict[tuple[int, str], Trend]:
    """The trends of these people and tests.

    Inputs:
        wanted: a person, with `standing` selected, and a catalogue id.

    Returns:
        By key of the person and test; only tests with numbers and at least one value.
    """
    pairs = {(person.pk, test): person for person, test in wanted}
    rows = Result.objects.filter(
        patient_id__in={key for key, _ in pairs},
        test__in={test for _, test in pairs},
        gone=False,
        superseded_by=None,
        value__isnull=False,
    )
    found: dict[tuple[int, str], list[_Cells]] = {}
    cells = ("patient_id", "test", "date", "value", "low", "high", "comparator")
    for key, test, *cells_of in rows.order_by("date", "id").values_list(*cells):
        found.setdefault((key, test), []).append(_Cells(*cells_of))
    return {
        pair: _trend(pairs[pair], pair[1], cells)
        for pair, cells in found.items()
        if pair in pairs and catalogue().tests[pair[1]].kind == "number"
    }


class _Cells(NamedTuple):
    day: date
    value: float
    low: float | None
    high: float | None
    comparator: str | None


def _trend(person: Patient, test: str, rows: Sequence[_Cells]) -> Trend:
    usual = catalogue().tests[test].limits.get(Sex(person.sex or "unknown"))
    newest = rows[-1]
    low, high = newest.low, newest.high
    if low is None and usual is not None and usual.low is not None:
        low = usual.low[0]
    if high is None and usual is not None and usual.high is not None:
        high = usual.high[1]
    standing = getattr(person, "standing", None)
    first = standing.first if standing is not None else None
    points = [(row.day, row.value) for row in rows]
    before = [point for point in points if first is not None and point[0] <= first]
    baseline = before[-1] if before else None
    return Trend(test, points, baseline, low, high, newest.comparator or "")
