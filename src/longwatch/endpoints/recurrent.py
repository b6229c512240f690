"""Relapses that repeat: how many each person had, and the rows of Andersen and Gill."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.endpoints.follow_up import Followed, first_of_each, happened
from longwatch.endpoints.timetable import Flags, Floats, Warned

Ints = NDArray[np.int64]
_BEFORE_THE_START = -1.0
"""Rows begin before day 0, so that all are at risk of a relapse on the first day."""


class Relapses(NamedTuple):
    """Days since each one's start, by person and day; `person` is the place in `Followed`."""

    person: Ints
    day: Floats

    def counts(self, people: int) -> Floats:
        """How many each person had."""
        return np.bincount(self.person, minlength=people).astype(np.float64)


class Rows(NamedTuple):
    """One row for each stretch between events: at risk at (entry, time]."""

    person: Ints
    entry: Floats
    time: Floats
    event: Flags


def relapses_of(relapses: object, people: Followed, warned: Warned) -> Relapses:
    """The relapses that count: in follow-up, not called unconfirmed, one a day.

    Inputs:
        relapses: table with `id`, `day` or `date`, `confirmed`*.
        people: whose follow-up counts.
    """
    found = happened(relapses, "relapses", people, warned)
    keep = np.ones(len(found.person), bool)
    if "confirmed" in found.table.column_names:
        said = pc.fill_null(found.table["confirmed"], True)
        keep = said.to_numpy().astype(bool)
        if not keep.all():
            warned.say(f"{int((~keep).sum())} relapses that were not confirmed are not counted")
    person, day = found.person[keep], found.day[keep]
    again = ~first_of_each(person) & (np.diff(day, prepend=np.nan) == 0.0)
    if again.any():
        warned.say(f"{int(again.sum())} relapses on the day of another are counted with it")
    person, day = person[~again], day[~again]
    return Relapses(person, day - people.start[person])


def rows_of(relapses: Relapses, days: Floats) -> Rows:
    """Andersen and Gill's rows; a person whose last day is a relapse has no row after it.

    Inputs:
        relapses: of people numbered from 0. days: each one's follow-up.

    >>> rows = rows_of(Relapses(np.array([0]), np.array([4.0])), np.array([9.0]))
    >>> rows.entry.tolist(), rows.time.tolist(), rows.event.tolist()
    ([-1.0, 4.0], [4.0, 9.0], [True, False])
    """
    person = np.concatenate([relapses.person, np.arange(len(days))])
    time = np.concatenate([relapses.day, days])
    event = np.arange(len(person)) < len(relapses.person)
    order = np.lexsort((~event, time, person))
    person, time, event = person[order], time[order], event[order]
    before = np.append(_BEFORE_THE_START, time)[:-1]
    entry = np.where(first_of_each(person), _BEFORE_THE_START, before)
    real = time > entry
    return Rows(person[real], entry[real], time[real], event[real])
