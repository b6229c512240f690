"""Window edges of every recurring activity of every pack: open-1, open, close, close+1.

For items 1, 2, a middle one and the last: all earlier items are answered on their due day; the item
itself not at all, or on one of the edges. The expected words come from design section 6.
"""

from datetime import date, timedelta

import pytest
from tests.oracle import oracle
from tests.oracle.months import months_later
from tests.watch.compare import record_of, rows_of
from tests.watch.interests import has_words

from longwatch.core.catalogue import catalogue
from longwatch.protocols.folders import packs
from longwatch.protocols.load import load_protocol
from longwatch.watch import watch

FIRST = date(2024, 1, 31)
ACTIVITIES = [(pack, activity.id) for pack in packs() for activity in load_protocol(pack).recurring]
DAY = timedelta(days=1)


class Series:
    """One activity of one pack for a patient with one infusion on FIRST."""

    def __init__(self, pack_id, activity_id):
        self.pack = load_protocol(pack_id)
        (self.activity,) = [a for a in self.pack.recurring if a.id == activity_id]
        self.end = months_later(FIRST, self.pack.watch.months_after_last_infusion)
        every = self.activity.every_months
        self.dues = []
        k = self.activity.first_item
        while months_later(FIRST, k * every) <= self.end:
            self.dues.append(months_later(FIRST, k * every))
            k += 1

    def window(self, k):
        early, grace = self.activity.early, self.activity.grace
        return self.dues[k] - early * DAY, self.dues[k] + grace * DAY

    def picks(self):
        last = len(self.dues) - 1
        return sorted({k for k in (0, 1, last // 2, last) if 0 <= k <= last})

    def record(self, answered):
        """One infusion on FIRST and the activity's answer on each of the days."""
        sex = self.activity.applies_if.sex[0] if self.activity.applies_if else "female"
        rows = {
            "patients": [{"patient": "p", "sex": sex}],
            "infusions": [{"patient": "p", "date": FIRST, "course": 1, "day": 1}],
            "results": [],
            "events": [],
        }
        for day in answered:
            by = self.activity.answered_by
            for test in by.tests:
                rows["results"].append(self.result(test, day))
            if not by.tests:
                pattern = by.events[0]
                kind = pattern.kind or "note"
                rows["events"].append(
                    {"patient": "p", "date": day, "kind": kind, "code": pattern.codes[0]}
                )
        return record_of(rows)

    def result(self, test, day):
        known = catalogue().tests[test]
        value = 0.0 if has_words(test) else known.plausible[0] or 1.0
        return {"patient": "p", "date": day, "test": test, "value": value, "unit": known.unit}

    def rows(self, answered, as_of):
        """Status and adherence of engine and oracle for this activity."""
        record = self.record(answered)
        outcome = watch(self.pack, record, as_of)
        slow = oracle(self.pack, rows_of(record), as_of)
        for tables in (
            {name: getattr(outcome, name).to_pylist() for name in ("status", "adherence")},
            slow,
        ):
            yield tuple(
                next(row for row in tables[name] if row["activity"] == self.activity.id)
                for name in ("status", "adherence")
            )


def facts(row, names):
    return {name: row[name] for name in names}


@pytest.mark.parametrize(("pack_id", "activity_id"), ACTIVITIES)
def test_unanswered_item_at_its_edges(pack_id, activity_id):
    series = Series(pack_id, activity_id)
    for k in series.picks():
        opens, closes = series.window(k)
        before = series.dues[:k]
        over = closes + DAY
        for as_of, status, since, days in (
            (opens - DAY, "ended" if opens - DAY > series.end else "not-yet", None, 0),
            (opens, "due", None, 0),
            (closes, "due", None, 0),
            (over, "overdue", over, 1),
            (over + 40 * 365 * DAY if k == len(series.dues) - 1 else over, "overdue", over, None),
        ):
            due = series.dues[k] if as_of >= opens else (series.dues[k - 1] if k else None)
            for row, _ in series.rows(before, as_of):
                assert row["status"] == status, (k, as_of)
                assert row["overdue_since"] == since, (k, as_of)
                assert days is None or row["days_overdue"] == days, (k, as_of)
                assert row["due"] == due, (k, as_of)


@pytest.mark.parametrize(("pack_id", "activity_id"), ACTIVITIES)
def test_item_answered_at_its_edges(pack_id, activity_id):
    series = Series(pack_id, activity_id)
    for k in series.picks():
        opens, closes = series.window(k)
        before = series.dues[:k]
        as_of = closes + DAY
        done = "ended" if as_of > series.end else "not-yet"
        for answer, status, on_time, late in (
            (opens - DAY, "overdue", k, 0),
            (opens, done, k + 1, 0),
            (closes, done, k + 1, 0),
            (closes + DAY, done, k, 1),
        ):
            for row, adherence in series.rows([*before, answer], as_of):
                where = (k, answer)
                assert row["status"] == status, where
                assert adherence["items"] == k + 1, where
                assert (adherence["on_time"], adherence["late"]) == (on_time, late), where
                assert adherence["missed"] == 0, where


def test_no_activity_is_left_out():
    assert len(ACTIVITIES) >= len(packs())
