"""Calendar months added to a whole column of day numbers, by the rule of `core.daynumbers`."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

Days = NDArray[np.int64]


def months_after(days: NDArray[Any], months: NDArray[Any] | int) -> Days:
    """The same day of the month, so many months later, clipped to the month's end.

    Inputs:
        days: day numbers since 1970-01-01, any shape.
        months: whole months; shapes broadcast.

    >>> months_after(np.array([30]), np.array([1, 2])).tolist()
    [58, 89]
    """
    day = np.asarray(days, np.int64).astype("M8[D]")
    month = day.astype("M8[M]")
    place = (day - month.astype("M8[D]")).astype(np.int64)
    later = month + np.asarray(months, np.int64).astype("m8[M]")
    begin = _number(later)
    longest = _number(later + np.timedelta64(1, "M")) - begin - 1
    found: Days = begin + np.minimum(place, longest)
    return found


def _number(month: NDArray[Any]) -> Days:
    return month.astype("M8[D]").astype(np.int64)
