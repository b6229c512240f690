"""Which results of one person and day count, by the rule of the kernel, for those who show them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

import numpy as np

from longwatch.watch.charting import counts
from longwatch.watch.columns import STATUS_CODE
from longwatch.watch.facts import NEVER_RECEIVED, Rows

_EPOCH = datetime(1970, 1, 1)  # noqa: DTZ001 (clinic time has no zone)
_ALWAYS = np.iinfo(np.int64).max


class Sent(NamedTuple):
    """What decides between results of one day: one of each column of the Record."""

    test: str
    laboratory: str | None
    status: str | None
    received: datetime | None


def which_count(results: Sequence[Sent]) -> list[bool]:
    """For each result of one person and day, whether no other took its place or took it back.

    A cancelled one never counts.

    >>> final = Sent("platelets", "LAB", "final", None)
    >>> which_count([final, final._replace(status="corrected")])
    [False, True]
    """
    many = len(results)
    zero, day = np.zeros(many), np.zeros(many, np.int32)
    status = np.array([STATUS_CODE.get(one.status, -1) for one in results], np.int8)
    received = [
        NEVER_RECEIVED
        if one.received is None
        else int((one.received - _EPOCH).total_seconds() * 1_000_000)
        for one in results
    ]
    rows = Rows(
        at=np.array([0, many]),
        day=day,
        test=_codes([one.test for one in results]),
        value=zero,
        value_high=zero,
        comparator=day,
        unit=day,
        low=zero,
        high=zero,
        status=np.arange(many),
        laboratory=_codes([one.laboratory for one in results]),
        received=np.array(received, np.int64),
    )
    return [bool(counts(rows, status, row, 0, many, 0, _ALWAYS)) for row in range(many)]


def _codes(words: Sequence[str | None]) -> np.ndarray:
    known = {word: place for place, word in enumerate(sorted({w for w in words if w}))}
    return np.array([known[word] if word else -1 for word in words], np.int32)
