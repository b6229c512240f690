"""Baseline of a cohort as rows; groups are compared by standardized differences, never by p."""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.endpoints.frames import frame
from longwatch.endpoints.result import known
from longwatch.endpoints.timetable import ALL, get, levels

BASELINE = pa.schema(
    [
        ("trait", pa.string()),
        ("level", pa.string()),
        ("group", pa.string()),
        ("n", pa.int64()),
        ("missing", pa.int64()),
        ("mean", pa.float64()),
        ("sd", pa.float64()),
        ("median", pa.float64()),
        ("q1", pa.float64()),
        ("q3", pa.float64()),
        ("count", pa.int64()),
        ("share", pa.float64()),
        ("smd", pa.float64()),
    ]
)
"""Rows of `table1`. Of a number: mean, sd, quartiles; of a word: one row for each `level`. `n`:
people in whom it is known. `smd`: of the second of two groups against the first."""

Floats = NDArray[np.float64]
_QUARTILES = (25, 50, 75)


def table1(subjects: object, columns: Sequence[str], by: str | None = None) -> pa.Table:
    """The baseline of a cohort.

    A difference between groups is given in standard deviations (of shares: Austin 2009), because
    a p-value at baseline answers no question.

    Inputs:
        subjects: frame `subjects` with the columns.
        columns: numbers, words, or true and false, in the order wanted.
        by: column of the groups; None = one group.

    Returns:
        Rows `BASELINE`.

    Raises:
        UsageError: a column is missing.

    >>> people = {"id": [1, 2, 3], "age": [30, 40, None], "sex": ["female", "male", "female"]}
    >>> table1(people, ["age"]).select(["n", "missing", "mean"]).to_pylist()
    [{'n': 2, 'missing': 1, 'mean': 35.0}]
    """
    table = frame(subjects, "subjects")
    if by is None:
        labels: list[Any] = [ALL]
        code = np.zeros(table.num_rows, np.int64)
    else:
        labels, code = levels(get(table, by, "subjects"), by, "subjects")
    rows: list[dict[str, Any]] = []
    for name in columns:
        column = get(table, name, "subjects")
        kind = column.type
        if pa.types.is_integer(kind) or pa.types.is_floating(kind):
            rows += _numeric(name, column, labels, code)
        else:
            rows += _worded(name, column, labels, code)
    return pa.Table.from_pylist(rows, BASELINE)


def _numeric(
    name: str, column: pa.Array, labels: list[Any], code: NDArray[np.int64]
) -> list[dict[str, Any]]:
    values = pc.fill_null(column.cast(pa.float64()), math.nan).to_numpy(zero_copy_only=False)
    rows: list[dict[str, Any]] = []
    spread: list[tuple[float, float]] = []
    for place, label in enumerate(labels):
        own = values[code == place]
        there = own[~np.isnan(own)]
        mean = float(there.mean()) if len(there) else math.nan
        sd = float(there.std(ddof=1)) if len(there) > 1 else math.nan
        spread.append((mean, sd))
        q1, median, q3 = np.percentile(there, _QUARTILES) if len(there) else [math.nan] * 3
        rows.append(
            {
                "trait": name,
                "group": str(label),
                "n": len(there),
                "missing": len(own) - len(there),
                "mean": known(mean),
                "sd": known(sd),
                "median": known(median),
                "q1": known(q1),
                "q3": known(q3),
            }
        )
    if len(labels) == 2:
        (one, sd_one), (other, sd_other) = spread
        pooled = math.sqrt((sd_one**2 + sd_other**2) / 2)
        rows[1]["smd"] = known((other - one) / pooled) if pooled > 0 else None
    return rows


def _worded(
    name: str, column: pa.Array, labels: list[Any], code: NDArray[np.int64]
) -> list[dict[str, Any]]:
    if pa.types.is_boolean(column.type):
        column = pc.if_else(column, "yes", "no")
    words = column.cast(pa.string()).dictionary_encode()
    own_code = pc.fill_null(words.indices, -1).to_numpy(zero_copy_only=False)
    order = sorted(range(len(words.dictionary)), key=lambda at: words.dictionary[at].as_py())
    found = []
    for place, label in enumerate(labels):
        mine = own_code[code == place]
        known_rows = int((mine >= 0).sum())
        counts = [int((mine == at).sum()) for at in order]
        found.append((str(label), known_rows, len(mine) - known_rows, counts))
    rows = []
    for spot, at in enumerate(order):
        shares = []
        for label, size, missing, counts in found:
            share = counts[spot] / size if size else None
            shares.append(share)
            rows.append(
                {
                    "trait": name,
                    "level": words.dictionary[at].as_py(),
                    "group": label,
                    "n": size,
                    "missing": missing,
                    "count": counts[spot],
                    "share": share,
                }
            )
        if len(shares) == 2 and None not in shares:
            rows[-1]["smd"] = _of_shares(*shares)  # type: ignore[arg-type]
    return rows


def _of_shares(one: float, other: float) -> float | None:
    pooled = math.sqrt((one * (1 - one) + other * (1 - other)) / 2)
    return (other - one) / pooled if pooled > 0 else None
