"""What every estimator answers with: the figure, how sure it is, of whom, by what method."""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from importlib import import_module
from typing import Any, Protocol

import pyarrow as pa

_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()

SUMMARY = pa.schema(
    [
        ("name", _TEXT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("se_scale", _TEXT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
        ("level", _FLOAT),
        ("p", _FLOAT),
        ("statistic", _FLOAT),
        ("df", _INT),
        ("n", _INT),
        ("events", _INT),
        ("person_years", _FLOAT),
        ("method", _TEXT),
        ("rule", _TEXT),
        ("warnings", pa.list_(_TEXT)),
    ]
)
"""The columns of `Result.summary()`, the same for every estimator."""

ESTIMATES = pa.schema(
    [
        ("kind", _TEXT),
        ("term", _TEXT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
        ("p", _FLOAT),
        ("n", _INT),
        ("events", _INT),
        ("person_years", _FLOAT),
    ]
)
"""Rows of a regression: `kind` is `rate`, `rate ratio`, `hazard ratio` …, `term` what it is of."""

_DIGITS = 4
_LEAST_P = 0.0001
_ROWS = 20
"""How a result is printed: digits, the smallest p written out, the rows shown of a table."""


class Describes(Protocol):
    """A definition that can say itself in a sentence, as `endpoints.rule.Rule` does."""

    def describe(self) -> str:
        """The definition in words."""
        ...


@dataclass(frozen=True)
class Result:
    """One answer of an estimator. A number that cannot be known is None, and `warnings` says why.

    Inputs:
        name: of what, in words.
        estimate: the main figure; None when there are several (see `table`) or none.
        se: its standard error, on the scale `se_scale` (`natural` or `log`).
        lo, hi: limits of its confidence interval at `level`.
        level: of the interval, 0.95 = 95 %.
        p: two-sided p-value against no difference.
        n: people (or rows, where the method says so) that went in.
        events: counted events.
        person_years: followed, in years of 365.25 days.
        method: exact name, with ties, kind of standard error and interval.
        rule: the definition by which the events were found.
        warnings: what a reader must know; each a sentence.
        table: all figures as rows; its columns do not depend on the data.
        statistic, df: of the test that gave `p`.
        at_times: `table` holds the days asked for, not every day on which something happened.

    >>> print(Result("annualized relapse rate", 0.5, lo=0.4, hi=0.625, n=90, events=88))
    annualized relapse rate: 0.5 (95 % 0.4 to 0.625); n 90, events 88
    """

    name: str
    estimate: float | None = None
    se: float | None = None
    lo: float | None = None
    hi: float | None = None
    level: float = 0.95
    p: float | None = None
    n: int = 0
    events: int = 0
    person_years: float | None = None
    method: str = ""
    rule: Describes | None = None
    warnings: tuple[str, ...] = ()
    table: pa.Table | None = None
    statistic: float | None = None
    df: int | None = None
    se_scale: str = "natural"
    at_times: bool = False

    def __post_init__(self) -> None:
        # A NaN that slips through would print as a figure and compare as false.
        for name in ("estimate", "se", "lo", "hi", "p", "person_years", "statistic"):
            object.__setattr__(self, name, known(getattr(self, name)))
        object.__setattr__(self, "warnings", tuple(self.warnings))

    def summary(self) -> pa.Table:
        """The main figures as one row of schema `SUMMARY`."""
        row = {field: getattr(self, field) for field in SUMMARY.names if hasattr(self, field)}
        row["rule"] = self.rule.describe() if self.rule is not None else None
        row["warnings"] = list(self.warnings)
        return pa.Table.from_pylist([row], SUMMARY)

    def to_frame(self) -> pa.Table:
        """All figures as rows: `table`, or `summary()` where the answer is one figure.

        Method, rule, level and warnings travel as metadata of the schema.
        """
        frame = self.table if self.table is not None else self.summary()
        notes = {
            "name": self.name,
            "method": self.method,
            "rule": self.rule.describe() if self.rule is not None else "",
            "level": repr(self.level),
            "warnings": "\n".join(self.warnings),
        }
        return frame.replace_schema_metadata({**(frame.schema.metadata or {}), **notes})

    def plot(self, **options: Any) -> str:
        """A picture as SVG text: curves where `table` holds whole ones, else a forest of its rows.

        Inputs:
            options: handed on to the picture (`title` …).

        Raises:
            UsageError: there is nothing to draw, as for a test or without people.
        """
        names = self.table.column_names if self.table is not None and not self.at_times else []
        home, name = "picture_forest", "forest"
        if "n_censor" in names:
            home, name = "picture_km", "km_plot"
        elif "time" in names:
            home, name = "picture_mean", "mean_plot"
        # Pictures stand on results, so they are looked up when asked for.
        draw = getattr(import_module(f"longwatch.endpoints.{home}"), name)
        return str(draw(self, **options))

    def __str__(self) -> str:
        return "\n".join(_lines(self))


def known(value: float | None) -> float | None:
    """A plain number, or None for what is missing or not a number; infinity stays.

    >>> known(float("nan")), known(2)
    (None, 2.0)
    """
    if value is None or math.isnan(value):
        return None
    return float(value)


def column(values: Iterable[float | None]) -> pa.Array:
    """Numbers as an Arrow column, those that are not numbers as missing.

    >>> column([1, float("nan"), None]).to_pylist()
    [1.0, None, None]
    """
    return pa.array(values, _FLOAT, from_pandas=True)


def _lines(result: Result) -> list[str]:
    lines = [_headline(result)]
    if result.table is not None and result.table.num_rows:
        lines += _rows(result.table)
    if result.method:
        lines.append(f"method: {result.method}")
    if result.rule is not None:
        lines.append(f"rule: {result.rule.describe()}")
    return lines + [f"warning: {warning}" for warning in result.warnings]


def _headline(result: Result) -> str:
    parts = [result.name]
    if result.estimate is not None:
        parts[0] += f": {_number(result.estimate)}"
    if result.lo is not None or result.hi is not None:
        level = f"{100 * result.level:g} %"
        parts[0] += f" ({level} {_number(result.lo)} to {_number(result.hi)})"
    if result.p is not None:
        shown = f"< {_LEAST_P:g}" if result.p < _LEAST_P else f"{result.p:.{_DIGITS}f}"
        parts.append(f"p {shown}")
    counts = f"n {result.n}, events {result.events}"
    if result.person_years is not None:
        counts += f", person-years {result.person_years:.1f}"
    return "; ".join([*parts, counts])


def _number(value: object) -> str:
    if value is None:
        return "unknown"
    return f"{value:.{_DIGITS}g}" if isinstance(value, float) else str(value)


def _cell(value: object) -> str:
    return "–" if value is None else _number(value)


def _rows(table: pa.Table) -> list[str]:
    names = table.column_names
    cells = [[_cell(row[name]) for name in names] for row in table.slice(0, _ROWS).to_pylist()]
    width = [max(map(len, part)) for part in zip(names, *cells, strict=True)]
    lines = [
        "  " + "  ".join(text.rjust(wide) for text, wide in zip(line, width, strict=True))
        for line in [names, *cells]
    ]
    left_out = table.num_rows - _ROWS
    return [*lines, f"  … and {left_out} more rows"] if left_out > 0 else lines
