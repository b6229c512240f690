"""Random patients, weird by design: edges, contradictions, gaps, copies, corrections.

`generate(pack, seed, patients)` gives a Record as lists of rows and a day to judge it on.
Most patients have one series and few years, so that thousands of them stay cheap.
"""

import random
from datetime import date, timedelta
from typing import Any

from tests.oracle.findings import legs_of
from tests.oracle.months import months_later
from tests.watch.interests import interests_of
from tests.watch.rows import Rows

from longwatch.protocols.model import (
    EventCondition,
    InfusionCondition,
    Pack,
    TestCondition,
)

Row = dict[str, Any]

DAYS_OF_TRAPS = [(1, 31), (2, 28), (2, 29), (3, 31), (8, 31), (12, 31), (1, 1)]


def generate(
    pack: Pack, seed: int, patients: int, busy: bool = False
) -> tuple[dict[str, list[Row]], date]:
    """A Record and `as_of`; the same seed gives the same.

    `busy`: patients to whom what rules look for happens all the time.
    """
    rng = random.Random(f"{pack.id} {seed}")
    as_of = date(rng.randint(2024, 2032), rng.randint(1, 12), rng.randint(1, 28))
    wanted = interests_of(pack)
    tables: dict[str, list[Row]] = {
        "patients": [],
        "infusions": [],
        "results": [],
        "events": [],
    }
    for number in range(patients):
        one = OnePatient(pack, wanted, rng, as_of, f"p{number:04d}{rng.choice(['', 'é', '-B'])}")
        one.live(busy)
        for name in tables:
            tables[name] += getattr(one, name)
    for rows in tables.values():
        rng.shuffle(rows)
    return tables, as_of


class OnePatient(Rows):
    """Draws one patient's life, fact by fact."""

    def live(self, busy: bool) -> None:
        quiet = self.chance(12)
        first = self.draw_aimed_first() if quiet or self.chance(20) else self.draw_first()
        self.draw_person(first)
        self.draw_courses(first)
        anchors = self.anchors(first)
        if quiet:
            # Nothing but a late or missing draw, so that the worklist shows just that.
            return
        if self.chance(95):
            self.draw_baseline(anchors, ready=self.chance(25))
            recurring = self.pack.recurring
            if self.chance(85):
                # Small patients are cheap, and just as odd.
                recurring = self.rng.sample(recurring, 1)
            for activity in recurring:
                self.draw_series(activity, anchors)
            for part in (*self.pack.contraindications, *self.pack.withhold):
                self.draw_forbidden(part, anchors)
        for _ in range(12 if busy else self.rng.choice([0, 0, 1, 2, 4])):
            self.draw_combination(anchors)
        for _ in range(self.rng.choice([0, 0, 1, 3])):
            self.draw_stray(anchors)

    # Who and when ---------------------------------------------------------------------------

    def draw_first(self) -> date:
        """Day 1 of course 1: mostly months before `as_of`, often on a trap of the calendar."""
        back = self.rng.choice(
            [-40, 0, 5, 20, 40, 60, 80, 100, 130, 160, 200, 260, 330, 400, 800]
        )
        if self.chance(2):
            back = 2600
        if self.chance(5):
            back = max((20, *self.wanted.infusion_spans))
        first = self.as_of - timedelta(days=back + self.rng.randint(-20, 35))
        if self.chance(25):
            month, day_ = self.rng.choice(DAYS_OF_TRAPS)
            year = first.year - first.year % 4 if (month, day_) == (2, 29) else first.year
            first = date(year, month, day_)
        return first

    def draw_aimed_first(self) -> date:
        """Day 1 such that `as_of` meets an edge of an item or of the escalation."""
        activity = self.rng.choice(self.pack.recurring)
        edges = [-activity.early - activity.grace, -activity.grace, 0]
        late = self.rng.choice([*edges, None, None])
        if late is None:
            late = self.rng.choice(self.pack.escalation.steps).days_overdue
        months = activity.every_months * (activity.first_item + self.rng.choice([0, 0, 0, 1, 5]))
        due = self.as_of - timedelta(days=activity.grace + late + self.rng.choice([-1, 0, 0, 1]))
        return months_later(due, -months)

    def draw_person(self, first: date) -> None:
        if self.chance(1):
            return
        born = self.rng.choice([None, first - timedelta(days=11000), first - timedelta(days=15000)])
        if self.chance(3):
            born = first + timedelta(days=self.rng.randint(-1, 3))
        sex = self.rng.choice(["female", "female", "male", "male", "other", "unknown", None])
        self.patients.append({"patient": self.id, "birth_date": born, "sex": sex})

    def draw_courses(self, first: date) -> None:
        if self.chance(4):
            return
        count = self.rng.choice([1, 1, 1, 1, 2, 2, 3, 4])
        planned_from = self.rng.choice([1, 2, 2, 3, 9, 9, 9, 9])
        start = first
        for course in range(1, count + 1):
            number = course
            if self.chance(2):
                number = self.rng.choice([None, 1, 2, 3])
            planned = course >= planned_from
            if planned and self.pack.course_ahead is not None and self.chance(50):
                # As near as a step of the worklist asks, or a day beside it.
                step = self.rng.choice(self.pack.course_ahead.steps).days_before
                start = self.as_of + timedelta(days=step + self.rng.choice([-1, 0, 0, 1]))
            self.draw_course(start, number, planned=planned)
            months = self.rng.choice([12, 12, 12, 11, 13, 24])
            start = months_later(start, months) + timedelta(days=self.rng.choice([0, 1, 4, 6, -2]))
            if self.chance(4):
                start = first + timedelta(days=self.rng.randint(-30, 2))
        if self.chance(5):
            # An old plan that nobody removed.
            self.draw_course(first + timedelta(days=self.rng.randint(-20, 20)), 1, planned=True)

    def draw_course(self, start: date, course: int | None, planned: bool) -> None:
        days = self.rng.choice([1, 3, 3, 5, 5])
        for k in range(days):
            status = "planned" if planned else self.rng.choice(["given", "given", None])
            if self.chance(3):
                status = "not-done"
            gap = self.rng.randint(1, 3) if self.chance(3) else 0
            self.infusions.append(
                {
                    "patient": self.id,
                    "date": start + timedelta(days=k + gap),
                    "course": course,
                    "day": k + 1,
                    "status": status,
                }
            )

    def anchors(self, first: date) -> list[date]:
        starts: dict[Any, date] = {}
        for row in self.infusions:
            known = starts.get(row["course"], row["date"])
            starts[row["course"]] = min(known, row["date"])
        return sorted(starts.values()) or [first]

    # Draws ----------------------------------------------------------------------------------

    def draw_baseline(self, anchors: list[date], ready: bool) -> None:
        """Before each course, at the edges of what is asked, tests and events."""
        asked = 65 if self.chance(20) else 8
        for anchor in anchors:
            for activity in self.pack.before_course:
                if ready:
                    back = activity.complete_days_before or 0
                    by = activity.answered_by
                    for test in by.tests:
                        self.results.append(self.plain_result(test, anchor - timedelta(days=back)))
                    if not by.tests:
                        self.add_pattern_event(by.events[0], anchor - timedelta(days=back))
                    continue
                if not self.chance(asked):
                    continue
                window = activity.days_before or activity.complete_days_before or 30
                back = self.rng.choice([window - 1, window, window + 1, 0, -1, window // 2])
                self.answer(activity.answered_by, anchor - timedelta(days=back))
                for pattern in activity.too_late:
                    if self.chance(15):
                        near = anchor - timedelta(days=self.rng.choice([window, window - 1, 0, -1]))
                        self.add_pattern_event(pattern, near)

    def draw_forbidden(self, part: Any, anchors: list[date]) -> None:
        """At times what forbids a course, at the edge of the days it counts."""
        if not self.chance(3):
            return
        today = min(self.as_of, self.rng.choice(anchors))
        back = self.rng.choice([0, 0, 1, -1]) + (part.within_days or 0)
        for leg in legs_of(part.when):
            day_ = today - timedelta(days=back)
            if isinstance(leg, EventCondition):
                self.add_pattern_event(leg.event, day_)
            elif isinstance(leg, TestCondition):
                self.add_result(leg.test, day_)

    def draw_series(self, activity: Any, anchors: list[date]) -> None:
        """Every item of the series in its own way; a long series has a habit."""
        end = months_later(anchors[-1], self.pack.watch.months_after_last_infusion)
        anchor = self.rng.choice(anchors) if activity.anchor == "course" else anchors[0]
        habit = self.rng.choice([97, 90, 90, 70, 40, 5])
        horizon = min(end, self.as_of) + timedelta(days=40)
        for k in range(activity.first_item, 600):
            due = months_later(anchor, k * activity.every_months)
            if due > horizon:
                return
            opens = due - timedelta(days=activity.early)
            closes = due + timedelta(days=activity.grace)
            next_due = months_later(anchor, (k + 1) * activity.every_months)
            next_opens = next_due - timedelta(days=activity.early)
            if not self.chance(habit):
                continue
            if self.chance(60):
                day_ = due + timedelta(days=self.rng.randint(-activity.early, activity.grace))
            else:
                edge = self.rng.choice([opens, closes, due, next_opens])
                day_ = edge + timedelta(days=self.rng.choice([-1, 0, 0, 1]))
            self.answer(activity.answered_by, day_)

    def answer(self, answered_by: Any, day_: date) -> None:
        """All tests of a draw, or some of them, or some of them later; or the event."""
        use_event = answered_by.events and (not answered_by.tests or self.chance(40))
        if use_event:
            self.add_pattern_event(self.rng.choice(answered_by.events), day_)
            return
        whole = self.chance(85)
        for test in answered_by.tests:
            if not whole and self.chance(40):
                continue
            moved = day_ if whole else day_ + timedelta(days=self.rng.choice([0, 0, 1, 5, 12]))
            self.add_result(test, moved)

    def draw_combination(self, anchors: list[date]) -> None:
        """The parts of one rule near each other, around the edges of its spans."""
        within, legs = self.rng.choice(self.wanted.combinations)
        centre = self.as_of - timedelta(days=self.rng.randint(0, 60))
        if self.chance(30):
            centre = self.rng.choice(anchors) - timedelta(days=self.rng.choice([0, 1, within]))
        after_infusion = [x.infusion_within_days for x in legs if isinstance(x, InfusionCondition)]
        if after_infusion and self.infusions and self.chance(85):
            late = self.rng.choice(after_infusion) + self.rng.choice([-1, 0, 0, 1])
            dates = [row["date"] for row in self.infusions if row["status"] != "planned"]
            dates = sorted(dates or [anchors[0]])
            centre = self.rng.choice([dates[0], dates[-1], dates[-1]]) + timedelta(days=late)
        likely = self.rng.choice([60, 95])
        for leg in legs:
            span = within + self.rng.choice([-1, 0, 0, 1])
            day_ = centre - timedelta(days=self.rng.choice([0, 0, span]))
            if isinstance(leg, TestCondition) and self.chance(likely):
                if self.chance(50) and (leg.fall or leg.rise):
                    self.results.append(self.plain_result(leg.test, day_ - timedelta(days=20)))
                for _ in range(self.rng.choice([1, 1, 2])):
                    row = self.plain_result(leg.test, day_)
                    row["value"] = self.meeting(leg) if self.chance(70) else row["value"]
                    odd = self.chance(40)
                    self.results.append(self.draw_result(leg.test, day_) if odd else row)
                    day_ += timedelta(days=self.rng.choice([0, 1, 7, 30]))
            elif isinstance(leg, EventCondition) and self.chance(likely):
                self.add_pattern_event(leg.event, day_)

    def draw_stray(self, anchors: list[date]) -> None:
        """Anything at any time, also before everything and after `as_of`."""
        day_ = self.rng.choice([self.as_of, anchors[0]]) + timedelta(days=self.rng.randint(-50, 50))
        if self.chance(50) or not self.wanted.events:
            self.add_result(self.rng.choice(self.wanted.tests), day_)
            return
        kind, code = self.rng.choice(self.wanted.events)
        if self.chance(10):
            kind = self.rng.choice(["note", "symptom", "procedure"])
        if self.chance(10):
            code = self.rng.choice([None, "never-heard-of"])
        self.add_event(kind, code, day_)
