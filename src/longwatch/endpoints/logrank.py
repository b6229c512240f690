"""The log-rank test, and the chi-square of a vector of differences."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from longwatch.endpoints.at_risk import count
from longwatch.endpoints.chances import chi_square_tail, z_of
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.timetable import Floats, Warned, read_times, rule_behind, sizes, table_of

LOGRANK = pa.schema(
    [
        ("group", pa.string()),
        ("n", pa.int64()),
        ("observed", pa.int64()),
        ("expected", pa.float64()),
    ]
)


def logrank(
    tte: object,
    by: str,
    *,
    entry: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Do the groups' curves differ? The log-rank test, exact under ties.

    Inputs:
        tte, by, entry, level, rule: as of `km`.

    Returns:
        `statistic`, `df`, `p`; rows `LOGRANK`. Without events, or with one group, `p` is None.

    >>> tte = {"time": [1, 2, 3, 4], "event": [1, 1, 1, 1], "arm": ["a", "a", "b", "b"]}
    >>> round(logrank(tte, "arm").p, 4)
    0.0896
    """
    z_of(level)
    warned = Warned()
    rows = read_times(tte, warned, by=by, entry=entry)
    counts = count(rows)
    risk, events = counts.risk.astype(float), counts.event[0].astype(float)
    all_risk, all_events = risk.sum(axis=0), events.sum(axis=0)
    share = risk / np.maximum(all_risk, 1.0)
    expected = (share * all_events).sum(axis=1)
    spread = all_events * (all_risk - all_events) / np.maximum(all_risk - 1.0, 1.0)
    variance = np.diag((share * spread).sum(axis=1)) - (share * spread) @ share.T
    difference = events.sum(axis=1) - expected
    statistic, df = quadratic_form(difference, variance)
    if df == 0:
        warned.say("nothing to compare: no event while people of two groups were at risk")
    size = (counts.left + counts.event[0]).sum(axis=1)
    table = table_of(
        LOGRANK,
        [
            [str(label), int(size[place]), int(events[place].sum()), float(expected[place])]
            for place, label in enumerate(rows.group.labels)
        ],
    )
    return Result(
        "log-rank test",
        p=chi_square_tail(statistic, df) if df else None,
        statistic=statistic if df else None,
        df=df or None,
        level=level,
        **sizes(rows, warned),
        method="log-rank, hypergeometric variance",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table,
    )


def quadratic_form(difference: Floats, variance: Floats) -> tuple[float, int]:
    """Chi-square of a vector that sums to 0, with its degrees of freedom; groups alike drop out.

    >>> quadratic_form(np.array([1.0, -1.0]), np.array([[2.0, -2.0], [-2.0, 2.0]]))
    (0.5, 1)
    """
    real = np.flatnonzero(np.diag(variance) > 0.0)
    if len(real) < 2:
        return 0.0, 0
    used = real[:-1]
    part = np.linalg.pinv(variance[np.ix_(used, used)], hermitian=True)
    df = int(np.linalg.matrix_rank(variance[np.ix_(used, used)], hermitian=True))
    return float(difference[used] @ part @ difference[used]), df
