"""Who was followed from when to when, and which of their events lie in that time."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.frames import flat, frame, same_days, same_ids, set_aside
from longwatch.endpoints.timetable import (
    ALL,
    Flags,
    Floats,
    Levels,
    Warned,
    get,
    levels,
    lost_rows,
    with_rows,
)

Ints = NDArray[np.int64]


class Followed(NamedTuple):
    """People with a time of follow-up. `table` holds their rows of `subjects`, in this order."""

    table: pa.Table
    start: Floats
    end: Floats
    group: Levels

    @property
    def years(self) -> Floats:
        """Followed, in years."""
        return (self.end - self.start) / DAYS_A_YEAR


class Happened(NamedTuple):
    """Events in follow-up, by person and day: `person` is the place in `Followed`, `table` rows."""

    person: Ints
    day: Floats
    table: pa.Table


def followed(
    subjects: object, warned: Warned, *, by: str | None = None, needed: Sequence[str] = ()
) -> Followed:
    """The people that count: with start, end after it, group and covariates.

    Inputs:
        subjects: table with `id`, `start`, `end` (days or dates), and the columns named.
        by: column of the groups; None = one group.
        needed: further columns in which nothing may be missing.

    Raises:
        UsageError: a column is missing or is not what it must be.
    """
    table = frame(subjects, "subjects")
    _say_set_aside(table, "subjects", warned)
    start, end = (_days(get(table, name, "subjects")) for name in ("start", "end"))
    group = (
        levels(get(table, by, "subjects"), by, "subjects")
        if by is not None
        else Levels([ALL], np.zeros(table.num_rows, np.int64))
    )
    reasons: list[tuple[str, Flags]] = [
        ("without start or end of follow-up", np.isnan(start) | np.isnan(end)),
        ("whose follow-up ends before it starts", end < start),
        ("followed for no time", end == start),
        *([(f"without {by}", group.code < 0)] if by is not None else []),
    ]
    keep = lost_rows(table, reasons, needed, "subjects", "people", warned)
    rows = np.flatnonzero(keep)
    group = with_rows(Levels(group.labels, group.code[rows]), by, warned)
    return Followed(table.take(pa.array(rows)), start[rows], end[rows], group)


def happened(events: object, kind: str, people: Followed, warned: Warned) -> Happened:
    """Events of these people from start to end of their follow-up, both days included.

    Inputs:
        events: table with `id` and `day` or `date`.
        kind: what it is, a kind of `frames.frame`.
        people: whose follow-up counts.

    What is left out is counted in the warnings.

    Raises:
        UsageError: ids or days of other kinds than those of the people.
    """
    found = of_people(events, kind, people, warned)
    before, after = found.day < people.start[found.person], found.day > people.end[found.person]
    for what, bad in (("before the start", before), ("after the end", after)):
        if bad.any():
            warned.say(f"{int(bad.sum())} {kind} {what} of follow-up are not counted")
    return chosen(found, ~before & ~after)


def of_people(events: object, kind: str, people: Followed, warned: Warned) -> Happened:
    """Events of these people on any day; inputs as of `happened`."""
    table = frame(events, kind)
    same_ids(table, people.table)
    same_days(table, people.table)
    _say_set_aside(table, kind, warned)
    if not table.num_rows or not people.table.num_rows:
        places = pa.nulls(table.num_rows, pa.int32())
    else:
        places = pc.index_in(flat(table["id"]), value_set=flat(people.table["id"]))
    known = np.flatnonzero(places.is_valid().to_numpy(zero_copy_only=False))
    if len(known) < table.num_rows:
        warned.say(f"{table.num_rows - len(known)} {kind} of people who are not counted")
    person = places.take(pa.array(known)).to_numpy(zero_copy_only=False).astype(np.int64)
    day = _days(flat(table["day"]))[known]
    order = np.lexsort((day, person))
    return Happened(person[order], day[order], table.take(pa.array(known[order])))


def chosen(events: Happened, keep: Flags) -> Happened:
    """Some of the events."""
    if keep.all():
        return events
    return Happened(
        events.person[keep], events.day[keep], events.table.take(pa.array(np.flatnonzero(keep)))
    )


def first_of_each(person: Ints) -> Flags:
    """The first row of each person, where rows are in order.

    >>> first_of_each(np.array([0, 0, 2])).tolist()
    [True, False, True]
    """
    return np.append(True, person[1:] != person[:-1])[: len(person)]


def _days(column: pa.Array) -> Floats:
    values = pc.fill_null(column.cast(pa.float64()), float("nan"))
    return np.asarray(values.to_numpy(zero_copy_only=False), np.float64)


def _say_set_aside(table: pa.Table, kind: str, warned: Warned) -> None:
    for why, many in set_aside(table).items():
        warned.say(f"{many} rows of {kind} with {why} are left out")
