"""One patient taken out of an outcome: the chart, the rows as sent, the items of a series."""

from __future__ import annotations

from datetime import date
from functools import cached_property
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.daynumbers import months_later
from longwatch.watch.engine import new_answers
from longwatch.watch.facts import NONE, Facts
from longwatch.watch.items import walk_items
from longwatch.watch.kernel import anchor_of
from longwatch.watch.view import View, date_of

if TYPE_CHECKING:
    from longwatch.watch.api import Outcome

Row = dict[str, Any]


class Item(NamedTuple):
    """One item of a series: day numbers; `answer` NONE while unanswered; tests still missing."""

    number: int
    due: int
    opens: int
    closes: int
    answer: int
    missing: tuple[str, ...]


class Dossier:
    """What is known of one patient, charted by the kernel's own functions.

    Rows of results, `events` and `infusions` have the positions that the chart's rows point to.
    """

    def __init__(self, outcome: Outcome, name: str) -> None:
        self.outcome = outcome
        self.name = name
        self.pack = outcome.pack
        self.compiled = outcome._compiled
        self.index = outcome.patients.index(name)
        facts = outcome._facts
        self._results: dict[int, Row] = {}
        self._begin = int(facts.rows.at[self.index])
        self.view = View(self.compiled, one_patient(facts, self.index))
        self.view.open(0)
        self.first, self.last, self.end = anchors(self.view)

    @property
    def as_of(self) -> date:
        """The day everything is judged on."""
        return self.outcome.as_of

    def result(self, row: int) -> Row:
        """A result as it was sent; rows count as the chart's do."""
        # One at a time: a few of some hundred are told of, and turning all into objects is slow.
        if row not in self._results:
            sent = self.outcome.sent.results.slice(self._begin + row, 1)
            self._results[row] = sent.to_pylist()[0]
        return self._results[row]

    @cached_property
    def events(self) -> list[Row]:
        """The events as they were sent, in the order of the chart."""
        return self._own(self.outcome.sent.events)

    @cached_property
    def infusions(self) -> list[Row]:
        """The infusions as they were sent, in the order of the chart."""
        return self._own(self.outcome.sent.infusions)

    @cached_property
    def person(self) -> Row:
        """The patient's row."""
        return self._own(self.outcome.sent.patients)[0]

    @cached_property
    def status(self) -> dict[str, Row]:
        """The outcome's status rows by activity."""
        count = len(self.pack.recurring)
        table = self.outcome.status.slice(self.index * count, count)
        return {row["activity"]: row for row in table.to_pylist()}

    @cached_property
    def adherence(self) -> dict[str, Row]:
        """The outcome's adherence rows by activity."""
        count = len(self.pack.recurring)
        table = self.outcome.adherence.slice(self.index * count, count)
        return {row["activity"]: row for row in table.to_pylist()}

    @cached_property
    def findings(self) -> list[tuple[int, Row]]:
        """The outcome's findings, each with its position in the outcome, newest first."""
        spots = np.flatnonzero(self.outcome._batch.found.findings.patient == self.index)
        rows = self.outcome.findings.take(pa.array(spots)).to_pylist()
        return sorted(
            zip(spots.tolist(), rows, strict=True), key=lambda found: found[1]["date"], reverse=True
        )

    def raised_place(self, row: int) -> int:
        """The place in the chart of a row of the outcome's arrays (-1: no result)."""
        values = self.view.chart.values
        charted = range(values.at[self.view.program.test_count])
        return next((at for at in charted if values.row[at] == row - self._begin), -1)

    def anchor(self, activity: int) -> int:
        """Where an activity's series starts (NONE: it has none, and its status says why)."""
        view = self.view
        statuses = new_answers(1, len(self.pack.recurring)).statuses
        return int(
            anchor_of(
                view.program, view.facts, view.chart, statuses, 0, activity, view.wrong,
                view.course_count, self.first,
            )
        )  # fmt: skip

    def _own(self, table: pa.Table) -> list[Row]:
        rows: list[Row] = table.filter(pc.equal(table["patient"], self.name)).to_pylist()
        return rows


def one_patient(facts: Facts, patient: int) -> Facts:
    """The facts of one patient alone; events and results keep their order."""
    rows, infusions, events = facts.rows, facts.infusions, facts.events
    begin, end = int(rows.at[patient]), int(rows.at[patient + 1])
    alone = slice(patient, patient + 1)

    def span(part: Any) -> tuple[slice, dict[str, np.ndarray]]:
        first, last = int(part.begin[patient]), int(part.end[patient])
        return slice(first, last), {"begin": np.array([0]), "end": np.array([last - first])}

    given, given_at = span(infusions)
    reported, reported_at = span(events)
    return facts._replace(
        rows=type(rows)(np.array([0, end - begin]), *(column[begin:end] for column in rows[1:])),
        infusions=infusions._replace(
            day=infusions.day[given],
            course=infusions.course[given],
            status=infusions.status[given],
            **given_at,
        ),
        events=events._replace(
            day=events.day[reported],
            ends=events.ends[reported],
            pair=events.pair[reported],
            **reported_at,
        ),
        persons=type(facts.persons)(*(column[alone] for column in facts.persons)),
    )


def anchors(view: View) -> tuple[int, int, int]:
    """First and last infusion and the end of the watch, of the view's patient (NONE: none)."""
    course, count = view.chart.course, view.course_count
    first = int(course[0, 1]) if count and course[0, 0] == 1 else NONE
    last = max((int(course[number, 2]) for number in range(count)), default=NONE)
    end = NONE if view.wrong or last == NONE else months_later(last, view.program.months)
    return first, last, end


def items_of(
    view: View, activity: int, anchor: int, end: int, as_of: int
) -> tuple[list[Item], int]:
    """The items of a series that have opened by `as_of`, and the next due day (NONE: none)."""
    program, chart = view.program, view.chart
    opened, next_due = walk_items(
        program.activities, chart.values, view.facts.events, chart.series, view.patient, activity,
        anchor, end, as_of, -1,
    )  # fmt: skip
    part = view.compiled.pack.recurring[activity]
    series, tests = chart.series, part.answered_by.tests
    missing = {
        bits: tuple(test for bit, test in enumerate(tests) if bits >> bit & 1)
        for bits in set(series.missing[:opened])
    }
    return [
        Item(
            part.first_item + spot,
            series.due[spot],
            series.due[spot] - part.early,
            series.due[spot] + part.grace,
            series.answer[spot],
            missing[series.missing[spot]],
        )
        for spot in range(opened)
    ], next_due


def shown(day: int | None) -> str:
    """A day number as a date in words.

    >>> shown(0)
    '1970-01-01'
    """
    found = None if day is None else date_of(day)
    return "no date" if found is None else found.isoformat()
