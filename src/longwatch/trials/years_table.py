"""The predicted years as rows and as text, beside the few totals that were published."""

from __future__ import annotations

from datetime import date
from functools import cache
from importlib.resources import files
from typing import Any, Literal

import numpy as np
import pyarrow as pa
import yaml
from pydantic import BaseModel, ConfigDict

from longwatch.trials.table import HIGH, LOW, MIDDLE, interval, number
from longwatch.trials.years import NAMES, Years


class Later(BaseModel):
    """A published total of longer follow-up; `fitted`: does it stand among the targets?"""

    model_config = ConfigDict(frozen=True, extra="forbid")
    figure: str
    year: int
    value: float
    unit: str
    fitted: bool
    source: str
    verified: Literal["yes", "recalled", "proposal"]
    note: str


class _File(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")
    last_checked_on: date
    published: tuple[Later, ...]


@cache
def published_later() -> tuple[Later, ...]:
    """What was published of longer follow-up, as `later.yaml` holds it."""
    text = files("longwatch.trials").joinpath("later.yaml").read_text("utf-8")
    return _File.model_validate(yaml.safe_load(text)).published


def years_table(found: Years) -> pa.Table:
    """One row a figure and year: median and 95 % interval.

    `kind`: is it a year of the trial itself, or a prediction? `published`: a total that stands
    beside this year, with its source and whether it was fitted to; else empty.
    """
    known = {(one.figure, one.year): one for one in published_later()}
    rows: list[dict[str, Any]] = []
    for name, (words, unit) in NAMES.items():
        ends = np.nanpercentile(found.figures[name], [LOW, MIDDLE, HIGH], axis=1)
        for year in range(1, found.years + 1):
            low, middle, high = (float(part) for part in ends[:, year - 1])
            beside = known.get((name, year))
            rows.append(
                {
                    "trial": found.design.id,
                    "figure": name,
                    "name": words,
                    "arm": found.arm,
                    "unit": unit,
                    "year": year,
                    "predicted": middle,
                    "predicted_low": low,
                    "predicted_high": high,
                    "kind": "years of the trial" if year <= found.fitted_years else "prediction",
                    "published": beside.value if beside else None,
                    "published_source": beside.source if beside else None,
                    "published_fitted": beside.fitted if beside else None,
                }
            )
    schema = pa.schema(
        [(name, pa.string()) for name in ("trial", "figure", "name", "arm", "unit")]
        + [("year", pa.int32())]
        + [(name, pa.float64()) for name in ("predicted", "predicted_low", "predicted_high")]
        + [("kind", pa.string()), ("published", pa.float64())]
        + [("published_source", pa.string()), ("published_fitted", pa.bool_())]
    )
    return pa.Table.from_pylist(rows, schema=schema)


def years_text(found: Years) -> str:
    """The same for a terminal: a column a year, a predicted year marked with >."""
    head = ["year", ""] + [
        f"{'>' if year > found.fitted_years else ''}{year}" for year in range(1, found.years + 1)
    ]
    lines = [head]
    for name, (words, unit) in NAMES.items():
        ends = np.nanpercentile(found.figures[name], [LOW, MIDDLE, HIGH], axis=1)
        lines.append([words, unit, *(number(float(part), unit) for part in ends[1])])
        spans = (interval(float(low), float(high), unit) for low, high in ends[::2].T)
        lines.append(["", "95 %", *spans])
    widths = [max(len(line[column]) for line in lines) for column in range(len(head))]
    body = "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip()
        for line in lines
    )
    lost = f"{found.not_finite} people whose numbers are not finite are left out.\n"
    return (
        f"{body}\n\n"
        f"> PREDICTION, NOT FITTED: {found.design.title}, {found.arm}, {found.replicates} "
        f"replicates, seed {found.seed}. Years 1 to {found.fitted_years} are those of the trial.\n"
        "Nobody leaves; further courses by the rule of the extension, as often accepted as "
        "retreatment.accepted says (assumed).\n"
        f"{_beside(found)}{lost if found.not_finite else ''}"
    )


def _beside(found: Years) -> str:
    """A line for each published total that falls into the years asked for."""
    lines = []
    for one in published_later():
        if one.year > found.years:
            continue
        fitted = "fitted to" if one.fitted else "not fitted to"
        figure = f"{NAMES[one.figure][0]} {number(one.value, one.unit)} {one.unit}"
        said = f"{fitted}; {one.source}; {one.note}"
        lines.append(f"Published: {figure}, beside year {one.year} ({said}).\n")
    none = "Nothing else of these years is among the facts this model was made from.\n"
    return "".join(lines) + none
