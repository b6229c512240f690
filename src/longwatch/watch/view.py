"""One patient's chart for the parts that are asked rarely: readiness, periods, explanations."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date

import numpy as np

from longwatch.protocols.model import AppliesIf, EventPattern
from longwatch.watch.charting import chart_baselines, chart_courses, chart_results, contradiction
from longwatch.watch.columns import as_lists
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import GIVEN, NONE, PLANNED, Chart, Facts, new_chart
from longwatch.watch.logic import ANSWERS
from longwatch.watch.program import SEXES

_EPOCH = date(1970, 1, 1).toordinal()


def date_of(number: int) -> date | None:
    """The date of a day number; None for "no such day"."""
    return None if number == NONE else date.fromordinal(_EPOCH + int(number))


@dataclass(frozen=True)
class CourseDates:
    """A course of one patient: its first and last day, counting planned and given days.

    `given_until`: its last given day up to `as_of` (None: nothing given yet).
    """

    number: int
    first: int
    last: int
    given_from: int | None
    given_until: int | None


class View:
    """Reads a batch's facts patient by patient, with the kernel's own functions."""

    def __init__(self, compiled: Compiled, facts: Facts) -> None:
        self.compiled = compiled
        self.program = as_lists(compiled.program)
        self.facts = as_lists(facts)
        events = int(np.max(facts.events.end - facts.events.begin, initial=0))
        rows = int(np.diff(facts.rows.at).max(initial=0))
        most = rows + events + len(facts.infusions.day) + 2
        legs = int(np.diff(compiled.program.book.rules.legs_at).max(initial=1))
        days = facts.infusions.day
        span = (int(max(days)) - int(min(days))) // 28 if len(days) else 0
        months = compiled.program.months + span + 16
        patterns = facts.events.meets.shape[1]
        self.chart: Chart = as_lists(
            new_chart(compiled.program.test_count, most, months, legs, patterns)
        )
        self.as_of: int = facts.as_of
        self._columns = {pattern: at for at, pattern in enumerate(compiled.patterns)}
        self.patient = -1
        self.course_count = 0
        self.wrong = 0
        self.first = NONE

    def open(self, patient: int) -> None:
        """Charts one patient; everything below then speaks of that one. Again: nothing to do."""
        if patient == self.patient:
            return
        self.patient = patient
        chart_results(self.program, self.facts, self.chart, patient)
        self.course_count = chart_courses(
            self.facts.infusions, self.chart.course, patient, self.as_of
        )
        self.wrong = contradiction(
            self.facts.persons,
            self.facts.infusions,
            self.chart.course,
            patient,
            self.course_count,
        )
        course_1 = self.course_count > 0 and self.chart.course[0, 0] == 1
        self.first = int(self.chart.course[0, 1]) if course_1 else NONE
        chart_baselines(self.chart.values, self.program.test_count, self.first)

    def courses(self) -> list[CourseDates]:
        """Every course with a given or planned day, by number."""
        days: dict[int, list[tuple[int, bool]]] = {}
        infusions = self.facts.infusions
        for row in range(infusions.begin[self.patient], infusions.end[self.patient]):
            status, day = infusions.status[row], infusions.day[row]
            if status == PLANNED or (status == GIVEN and day <= self.as_of):
                number = infusions.course[row]
                days.setdefault(number, []).append((day, status == GIVEN))
        found = []
        for number, listed in sorted(days.items()):
            given = [day for day, done in listed if done]
            found.append(
                CourseDates(
                    number,
                    min(day for day, _ in listed),
                    max(day for day, _ in listed),
                    min(given) if given else None,
                    max(given) if given else None,
                )
            )
        return found

    def applies(self, condition: AppliesIf | None) -> bool | None:
        """Is the activity for this patient? None: nobody can tell without asking."""
        if condition is None:
            return True
        sex = SEXES[self.facts.persons.sex[self.patient]]
        return True if sex in condition.sex else None if sex in condition.unclear else False

    def values(self, test: str, since: int, until: int) -> Iterator[int]:
        """Places in the chart of final or corrected values of a test dated in `[since, until]`."""
        spot = self.compiled.test_index[test]
        for place in range(self.chart.values.at[spot], self.chart.values.at[spot + 1]):
            if (
                self.chart.values.flags[place] & ANSWERS
                and since <= self.chart.values.day[place] <= until
            ):
                yield place

    def events(self, pattern: EventPattern, since: int, until: int) -> Iterator[int]:
        """Rows of events that match a pattern and are dated in `[since, until]`, up to `as_of`."""
        events = self.facts.events
        column = self._columns[pattern]
        for row in range(events.begin[self.patient], events.end[self.patient]):
            day = events.day[row]
            if since <= day <= min(until, self.as_of) and events.meets[events.pair[row], column]:
                yield row
