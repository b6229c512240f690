"""Who was at risk, had the event or left, at each different time and in each group."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from longwatch.endpoints.timetable import Floats, Times, distinct

Ints = NDArray[np.int64]


class Counts(NamedTuple):
    """People by time and group; times are those of all groups, sorted.

    at: times, [times]. risk: at risk just before, [groups, times]; a row counts at `time >= at`, as
    in R, and after its entry. event: [kinds, groups, times]. left: censored, [groups, times].
    """

    at: Floats
    risk: Ints
    event: Ints
    left: Ints


def count(times: Times) -> Counts:
    """Counts at every time that occurs.

    >>> from longwatch.endpoints.timetable import Warned, read_times
    >>> tte = {"time": [1, 2, 2, 3], "event": [1, 1, 0, 0]}
    >>> count(read_times(tte, Warned())).risk.tolist()
    [[4, 3, 1]]
    """
    at, place = distinct(times.time)
    groups, many = len(times.group.labels), len(at)
    kinds = max(len(times.kinds), 1)
    cell = times.group.code * many + place
    ended = np.bincount(cell, minlength=groups * many).reshape(groups, many)
    event = np.zeros((kinds, groups, many), np.int64)
    for kind in range(kinds):
        chosen = cell[times.event == kind + 1]
        event[kind] = np.bincount(chosen, minlength=groups * many).reshape(groups, many)
    risk = _from_here_on(ended)
    if times.entry is not None:
        # At risk only at times after entry: take off those who enter at this time or later.
        first = np.searchsorted(at, times.entry, side="right")
        late = np.bincount(times.group.code * (many + 1) + first, minlength=groups * (many + 1))
        risk = risk - _from_here_on(late.reshape(groups, many + 1))[:, 1:]
    return Counts(at, risk, event, ended - event.sum(axis=0))


def _from_here_on(counts: Ints) -> Ints:
    sums: Ints = np.cumsum(counts[:, ::-1], axis=1)[:, ::-1]
    return sums
