"""Who is left at each step from everybody to those analyzed, and why the others are not."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.endpoints.frames import frame
from longwatch.endpoints.timetable import get

FLOW = pa.schema(
    [("stage", pa.string()), ("n", pa.int64()), ("left", pa.int64()), ("why", pa.string())]
)
"""Rows of `flow`: people at the stage, how many of the stage before are not, and why."""


class Stage(NamedTuple):
    """A step: who goes on is true in `column`; missing counts as false.

    Inputs:
        label: the people who went on.
        column: of `subjects`, true or false.
        why: why the others did not.
    """

    label: str
    column: str
    why: str


def flow(subjects: object, stages: Sequence[Stage], *, everybody: str = "everybody") -> pa.Table:
    """The flow of a cohort as counts, one stage after the other.

    Inputs:
        subjects: frame `subjects` with the columns of the stages.
        stages: in order; a person who left does not come back.
        everybody: name of the stage before the first.

    Returns:
        Rows `FLOW`; the first one is everybody.

    Raises:
        UsageError: a column is missing, or ids stand there twice.

    >>> people = {"id": [1, 2, 3], "treated": [True, True, False]}
    >>> flow(people, [Stage("treated", "treated", "no infusion")])["n"].to_pylist()
    [3, 2]
    """
    table = frame(subjects, "subjects")
    still = np.ones(table.num_rows, bool)
    rows = [{"stage": everybody, "n": table.num_rows, "left": 0, "why": None}]
    for stage in stages:
        on = get(table, stage.column, "subjects")
        before = int(still.sum())
        still &= pc.fill_null(on.cast(pa.bool_()), False).to_numpy(zero_copy_only=False)
        count = int(still.sum())
        left = before - count
        rows.append(
            {"stage": stage.label, "n": count, "left": left, "why": stage.why if left else None}
        )
    return pa.Table.from_pylist(rows, FLOW)
