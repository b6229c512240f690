"""How well the watch was kept: each test asked for, done on time, late or missed, by month.

The meaning of an item is that of the watch: item k of a series is due so many months after the
first infusion, opens `early` days before, closes `grace` days after, and is answered by the first
day from its opening to the day before the next one opens on which all its tests are there.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from functools import cached_property

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.core.dates import calendar_day
from longwatch.core.daycolumns import months_after
from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import binomial_limits
from longwatch.endpoints.frames import flat, frame, numbers, same_ids

Days = NDArray[np.int64]
Flags = NDArray[np.bool_]

_EPOCH = date(1970, 1, 1)
_NEVER = np.int64(2**40)
"""Later than every day; small enough to be added to."""
_BEYOND = np.int64(2**62)
"""Behind the last test of the last person."""
_SHORTEST_MONTH = 28
_LEVEL = 0.95

PEOPLE = pa.schema(
    [
        ("activity", pa.string()),
        ("expected", pa.int64()),
        ("on_time", pa.int64()),
        ("late", pa.int64()),
        ("missed", pa.int64()),
        ("covered_days", pa.int64()),
        ("watched_days", pa.int64()),
        ("covered_share", pa.float64()),
        ("longest_gap_days", pa.int64()),
    ]
)
"""Columns after `id` of `Adherence.people`; days and gap are null for people without infusion."""
MONTHS = pa.schema(
    [
        ("activity", pa.string()),
        ("month", pa.int64()),
        ("expected", pa.int64()),
        ("on_time", pa.int64()),
        ("late", pa.int64()),
        ("missed", pa.int64()),
        ("open", pa.int64()),
        ("share", pa.float64()),
        ("lo", pa.float64()),
        ("hi", pa.float64()),
        ("covered_share", pa.float64()),
        ("watched", pa.int64()),
    ]
)
"""Columns of `Adherence.months`: `share` of the expected on time, with exact limits."""


@dataclass(frozen=True)
class Series:
    """A recurring activity, as a protocol asks for it.

    Inputs:
        id, title: of the activity.
        tests: all of them together answer an item; events: each one alone does, as (kind or None
            for any, code).
        every: months between items.
        early, grace: days before and after the due day.
        first_item: number of the first one.
        sexes: whom it is for; empty = everybody. Somebody whose sex is in none is not counted.
    """

    id: str
    title: str
    tests: tuple[str, ...]
    every: int
    early: int
    grace: int
    first_item: int = 1
    events: tuple[tuple[str | None, str], ...] = ()
    sexes: tuple[str, ...] = ()


@dataclass(frozen=True)
class Adherence:
    """How well the watch was kept.

    Inputs:
        people: one row for each person and activity: `id` and `PEOPLE`.
        months: one row for each activity and month since the first infusion: `MONTHS`.
        method: in a sentence.
    """

    people: pa.Table
    months: pa.Table
    method: str


def adherence(
    tests: object,
    infusions: object,
    schedule: Sequence[Series],
    as_of: date,
    *,
    watch_months: int,
    subjects: object | None = None,
) -> Adherence:
    """Expected, done, late and missed tests; the share of days covered; gaps.

    An item is expected once it has closed before `as_of`. `open` is one of them that is not done
    and can still be: it is overdue. A day is covered from the first infusion, or from a day on
    which the tests were done, until the next ones have closed, had they been due from that day.

    Inputs:
        tests: frame `tests` with dates: `id`, `date`, `test`; an event stands there as
            `kind:code`.
        infusions: frame `infusions` with dates, those given; `course` (empty: the first day
            counts as course 1). People without course 1 have no items.
        schedule: the series.
        as_of: the day; nothing after it counts.
        watch_months: the watch ends so many months after the last infusion.
        subjects: frame `subjects` with `sex`; needed where a series is for one sex.

    Raises:
        UsageError: tables that are not what they must be, or a series that makes no sense.

    >>> cbc = Series("cbc", "Blood count", ("platelets",), every=1, early=7, grace=7)
    >>> given = {"id": ["a"], "date": [date(2025, 1, 10)], "course": [1]}
    >>> done = {"id": ["a"], "date": [date(2025, 2, 12)], "test": ["platelets"]}
    >>> kept = adherence(done, given, [cbc], date(2025, 4, 1), watch_months=48)
    >>> kept.people.select(["expected", "on_time", "missed"]).to_pylist()
    [{'expected': 2, 'on_time': 1, 'missed': 0}]
    """
    as_of = calendar_day(as_of)
    for one in schedule:
        if not (one.tests or one.events) or one.every < 1 or one.early < 0 or one.grace < 0:
            raise UsageError(
                Problem(f"series {one.id!r} makes no sense", how="give tests, months from 1, days")
            )
        if one.sexes and subjects is None:
            raise UsageError(
                Problem(f"series {one.id!r} is for some people only", how="give subjects with sex")
            )
    table, given = frame(tests, "tests"), frame(infusions, "infusions")
    same_ids(table, given)
    today = (as_of - _EPOCH).days
    watched = _watched(given, today, watch_months)
    people, months = [], []
    for one in schedule:
        concerned = _concerned(watched, one, subjects)
        walked = _Walk(one, concerned, *_done(table, one, concerned), today)
        people.append(walked.people())
        months.append(walked.months())
    shape = pa.schema([given.schema.field("id"), *PEOPLE])
    return Adherence(
        pa.concat_tables([shape.empty_table(), *people]),
        pa.concat_tables([MONTHS.empty_table(), *months]),
        "Items counted as the watch counts them, once they have closed; exact (Clopper–Pearson) "
        "intervals of the share on time.",
    )


@dataclass(frozen=True)
class _Watched:
    """People on the watch: first infusion and end of the watch, as day numbers."""

    ids: pa.Array
    first: Days
    end: Days


def _watched(given: pa.Table, today: int, months: int) -> _Watched:
    given = given.filter(pc.less_equal(given["day"], today))
    began = given
    if "course" in given.column_names:
        began = given.filter(pc.equal(given["course"], 1))
    first = began.group_by("id").aggregate([("day", "min")])
    last = given.group_by("id").aggregate([("day", "max")])
    place = pc.index_in(flat(first["id"]), value_set=flat(last["id"]))
    end = flat(last["day_max"]).take(place).to_numpy().astype(np.int64)
    return _Watched(
        flat(first["id"]),
        flat(first["day_min"]).to_numpy().astype(np.int64),
        months_after(end, months),
    )


def _concerned(watched: _Watched, one: Series, subjects: object | None) -> _Watched:
    """Those whom a series is for."""
    if not one.sexes:
        return watched
    people = frame(subjects, "subjects")
    same_ids(people, pa.table({"id": watched.ids}))
    meant = people.filter(pc.is_in(people["sex"], value_set=pa.array(one.sexes, pa.string())))
    keep = pc.is_in(watched.ids, value_set=flat(meant["id"]))
    rows = keep.to_numpy(zero_copy_only=False)
    return _Watched(watched.ids.filter(keep), watched.first[rows], watched.end[rows])


def _done(
    table: pa.Table, one: Series, watched: _Watched
) -> tuple[list[tuple[Days, Days]], list[tuple[Days, Days]]]:
    """Of each test and each event the people and days on which it was done, in order."""
    wanted = [pc.equal(table["test"], test) for test in one.tests]
    wanted += [
        pc.ends_with(table["test"], f":{code}")
        if kind is None
        else pc.equal(table["test"], f"{kind}:{code}")
        for kind, code in one.events
    ]
    found = []
    for mine in wanted:
        own = table.filter(mine)
        place = pc.fill_null(pc.index_in(flat(own["id"]), value_set=watched.ids), -1)
        person = place.to_numpy(zero_copy_only=False).astype(np.int64)
        day = numbers(own["day"]).astype(np.int64)
        known = person >= 0
        order = np.lexsort((day[known], person[known]))
        found.append((person[known][order], day[known][order]))
    return found[: len(one.tests)], found[len(one.tests) :]


class _Walk:
    """The items of one series for everybody: arrays of [person, item]."""

    def __init__(
        self,
        one: Series,
        watched: _Watched,
        tests: list[tuple[Days, Days]],
        events: list[tuple[Days, Days]],
        today: int,
    ) -> None:
        self.one, self.watched, self.today = one, watched, today
        first, end = watched.first, watched.end
        until = np.minimum(end, today)
        days = int((until - first).max(initial=0)) + one.early
        # A month has at least 28 days, so no item that has opened is left out.
        many = max(days // (_SHORTEST_MONTH * one.every) + 2 - one.first_item, 1)
        self.number = np.arange(one.first_item, one.first_item + many)
        due = months_after(first[:, None], self.number[None, :] * one.every)
        following = months_after(first[:, None], (self.number[None, :] + 1) * one.every)
        self.opens = due - one.early
        self.there = (due <= end[:, None]) & (self.opens <= today)
        last = np.where(following <= end[:, None], following - one.early - 1, today)
        self.until = np.minimum(last, today)
        self.answer = self._answers(tests, events)
        closes = due + one.grace
        self.closed = self.there & (closes < today)
        answered = self.answer < _NEVER
        self.on_time = self.closed & (self.answer <= closes)
        self.late = self.closed & answered & ~self.on_time
        next_opened = (following <= end[:, None]) & (following - one.early <= today)
        self.missed = self.closed & ~answered & next_opened

    def _answers(self, tests: list[tuple[Days, Days]], events: list[tuple[Days, Days]]) -> Days:
        """The day on which all tests were there, or one of the events, whichever came first."""
        shape = self.opens.shape
        done = [*tests, *events]
        person = np.arange(shape[0])[:, None]
        begin = min(int(self.opens.min(initial=0)), *(int(d.min(initial=0)) for _, d in done))
        highest = max(self.today, *(int(d.max(initial=0)) for _, d in done))
        span = max(highest, int(self.opens.max(initial=0))) - begin + 2

        def first(owner: Days, day: Days) -> Days:
            keys = owner * span + (day - begin)
            found = np.searchsorted(keys, person * span + (self.opens - begin))
            mine = np.append(keys, _BEYOND)[found] - person * span + begin
            return np.where((mine <= self.until) & self.there, mine, _NEVER)

        # A test that is missing is done never, and so are all of them.
        answer = np.full(shape, -_NEVER if tests else _NEVER)
        for one in tests:
            answer = np.maximum(answer, first(*one))
        for one in events:
            answer = np.minimum(answer, first(*one))
        return answer

    @cached_property
    def _points(self) -> tuple[Days, Days, Days]:
        """Answers in order of item, people in rows: the day, how long it covers, days it does."""
        first = self.watched.first
        stop = np.maximum(np.minimum(self.watched.end, self.today), first)
        answers = np.where(self.answer < _NEVER, np.minimum(self.answer, stop[:, None]), -1)
        day = np.concatenate([first[:, None], answers], axis=1)
        day = np.maximum.accumulate(day, axis=1)
        following = np.concatenate([day[:, 1:], stop[:, None]], axis=1)
        covers = months_after(day, self.one.every) + self.one.grace
        length = np.clip(np.minimum(covers, following) - day, 0, None)
        return day, following, length

    def people(self) -> pa.Table:
        day, following, length = self._points
        covered = length.sum(axis=1)
        watched = following[:, -1] - self.watched.first
        # Steps between items without answer have length 0, so the longest is one between answers.
        gap = (following - day).max(axis=1, initial=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = np.where(watched > 0, covered / np.maximum(watched, 1), np.nan)
        columns = [
            self.watched.ids,
            pa.repeat(pa.scalar(self.one.id), len(covered)),
            *(
                pa.array(part.sum(axis=1), pa.int64())
                for part in (self.closed, self.on_time, self.late, self.missed)
            ),
            pa.array(covered, pa.int64()),
            pa.array(watched, pa.int64()),
            pa.array(share, pa.float64(), from_pandas=True),
            pa.array(gap, pa.int64()),
        ]
        return pa.table(columns, names=["id", *PEOPLE.names])

    def months(self) -> pa.Table:
        expected, on_time, late, missed = (
            part.sum(axis=0) for part in (self.closed, self.on_time, self.late, self.missed)
        )
        keep = np.flatnonzero(expected)
        month = self.number[keep] * self.one.every
        covered, days, watched = self._covered(month)
        lo, hi = binomial_limits(on_time[keep], expected[keep], _LEVEL)
        with np.errstate(invalid="ignore", divide="ignore"):
            share = on_time[keep] / expected[keep]
            of_days = np.where(days > 0, covered / np.maximum(days, 1), np.nan)
        columns = [
            pa.repeat(pa.scalar(self.one.id), len(keep)),
            month,
            *(part[keep] for part in (expected, on_time, late, missed)),
            (expected - on_time - late - missed)[keep],
            *(pa.array(part, pa.float64(), from_pandas=True) for part in (share, lo, hi, of_days)),
            watched,
        ]
        return pa.table([pa.array(part) for part in columns], names=MONTHS.names).cast(MONTHS)

    def _covered(self, month: Days) -> tuple[Days, Days, Days]:
        """Days covered and watched between the item before and each month, and people watched."""
        if not len(month):
            return month, month, month
        day, following, length = self._points
        first, stop = self.watched.first, following[:, -1]
        edges = np.concatenate([month[:1] - self.one.every, month])
        at = np.minimum(months_after(first[:, None], edges[None, :]), stop[:, None])
        # The point before each edge, of everybody in one search: a person's days follow each other.
        begin, span = int(first.min(initial=0)), int(at.max(initial=0)) + 2
        shift = np.arange(len(first))[:, None] * (span - begin) - begin
        last = np.searchsorted((day + shift).ravel(), (at + shift).ravel(), side="right") - 1
        until = (day + length).ravel()[last].reshape(at.shape)
        total = np.cumsum(length).reshape(-1)[last].reshape(at.shape) - np.maximum(until - at, 0)
        watched = np.diff(at, axis=1)
        return np.diff(total, axis=1).sum(axis=0), watched.sum(axis=0), (watched > 0).sum(axis=0)
