"""Published and predicted figures of a trial side by side, as rows and as text."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from longwatch.trials.design import Design, Figure
from longwatch.trials.trial import TrialResult

LOW, MIDDLE, HIGH = 2.5, 50.0, 97.5
"""Percentiles of an interval of 95 % and its median."""

NAMES = {
    "relapsing": "people with a relapse",
    "events": "relapses",
    "annual_rate": "relapses a year",
    "rate_ratio": "ratio of the annual rates",
    "rate_lower": "annual rate lower by",
    "relapse_free": "free of relapses",
    "worsening": "confirmed worsening",
    "worsening_ratio": "hazard ratio of worsening",
    "edss_change": "mean change of EDSS",
    "new_t2": "new or larger T2 lesions",
    "gadolinium": "enhancing lesions at the end",
    "dispersion": "shape of the negative binomial",
}
_SHOWN = {"{people}": "people", "{events}": "events", "/a": "per year", "{score}": "EDSS", "1": ""}


@dataclass(frozen=True)
class Row:
    """One figure: published value and interval, predicted median and 95 % interval.

    `account`: one of the ten figures of the account. `from_counts`: the published interval is
    Wilson's, because none was published. `inside`: is the published value inside the predicted
    interval?
    """

    id: str
    endpoint: str
    name: str
    arm: str
    unit: str
    published: float
    published_interval: tuple[float, float] | None
    predicted: float
    low: float
    high: float
    account: bool
    from_counts: bool
    inside: bool
    source: str
    verified: str
    target: int


def compare(result: TrialResult) -> list[Row]:
    """Every published figure beside what the replicates gave, in the order of the design."""
    return [_row(result.design, figure, result) for figure in result.design.figures]


def _row(design: Design, figure: Figure, result: TrialResult) -> Row:
    predicted = result.figures[figure.id]
    low, middle, high = (float(part) for part in np.nanpercentile(predicted, [LOW, MIDDLE, HIGH]))
    arms = {arm.id: arm.name for arm in design.arms}
    return Row(
        id=figure.id,
        endpoint=figure.endpoint,
        name=NAMES[figure.endpoint],
        arm=arms.get(figure.arm, "both arms compared"),
        unit=_SHOWN.get(figure.unit, figure.unit),
        published=figure.value,
        published_interval=figure.shown_interval(),
        predicted=middle,
        low=low,
        high=high,
        account=figure.account,
        from_counts=figure.interval is None and figure.count is not None,
        inside=low <= figure.exact <= high,
        source=figure.source,
        verified=figure.verified,
        target=figure.row,
    )


def as_table(rows: list[Row]) -> pa.Table:
    """The rows as an Arrow table; the published interval as two columns, empty if none."""
    return pa.table(
        {
            "figure": [row.id for row in rows],
            "target": [row.target for row in rows],
            "name": [row.name for row in rows],
            "arm": [row.arm for row in rows],
            "unit": [row.unit for row in rows],
            "published": [row.published for row in rows],
            "published_low": [_end(row, 0) for row in rows],
            "published_high": [_end(row, 1) for row in rows],
            "predicted": [row.predicted for row in rows],
            "predicted_low": [row.low for row in rows],
            "predicted_high": [row.high for row in rows],
            "account": [row.account for row in rows],
            "from_counts": [row.from_counts for row in rows],
            "inside": [row.inside for row in rows],
            "source": [row.source for row in rows],
            "verified": [row.verified for row in rows],
        }
    )


def number(value: float, unit: str) -> str:
    """A value with the decimals that its unit is published with.

    >>> number(58.68, "%"), number(0.514, "per year"), number(117.6, "events")
    ('58.7', '0.51', '118')
    """
    if unit in ("people", "events"):
        return f"{value:.0f}"
    return f"{value:.1f}" if unit == "%" else f"{value:.2f}"


def interval(low: float, high: float, unit: str) -> str:
    """An interval in words.

    >>> interval(-0.29, 0.01, "EDSS")
    '-0.29 to 0.01'
    """
    return f"{number(low, unit)} to {number(high, unit)}"


def as_text(result: TrialResult) -> str:
    """The table for a terminal: `*` marks the account's figures, `!` a published value outside."""
    rows = compare(result)
    head = ("", "figure", "arm", "unit", "published", "95 %", "predicted", "95 %", "")
    lines = [head] + [
        (
            "*" if row.account else "",
            row.name,
            row.arm,
            row.unit,
            number(row.published, row.unit),
            interval(*row.published_interval, row.unit) + ("~" if row.from_counts else "")
            if row.published_interval
            else "",
            number(row.predicted, row.unit),
            interval(row.low, row.high, row.unit),
            "" if row.inside else "!",
        )
        for row in rows
    ]
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    body = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    return f"{body}\n\n{told(result, rows)}\n"


def told(result: TrialResult, rows: list[Row]) -> str:
    """What stands below the table: how it was made, and what the marks mean."""
    inside = sum(row.inside for row in rows)
    spread = (
        f"The interval holds chance and how uncertain {len(result.uncertain)} fitted parameters are"
        if result.uncertain
        else "The interval holds chance alone"
    )
    lost = ""
    if result.not_finite:
        lost = (
            f"{result.not_finite} virtual people had numbers that are not finite; they count as "
            "having left on the first day.\n"
        )
    return (
        f"{result.design.title}, {result.replicates} replicates, seed {result.seed}: "
        f"{inside} of {len(rows)} published figures inside the predicted 95 % interval.\n"
        f"{spread}.\n{lost}"
        "* one of the ten figures of the account. ~ Wilson's interval from the counts, as none was "
        "published. ! outside."
    )


def _end(row: Row, which: int) -> float | None:
    return None if row.published_interval is None else row.published_interval[which]
