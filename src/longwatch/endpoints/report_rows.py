"""Figures and pictures of the report made from results: rates, shares read off a curve."""

from __future__ import annotations

from collections.abc import Sequence

from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.picture_forest import Line, forest
from longwatch.endpoints.picture_km import Point, km_plot
from longwatch.endpoints.published import Figure, published
from longwatch.endpoints.report_model import (
    Picture,
    Row,
    persons,
    published_words,
    study_title,
    unit_words,
)
from longwatch.endpoints.report_people import People
from longwatch.endpoints.result import Result

_PERCENT = 100.0
_MONTHS_A_YEAR = 12


def months_in_days(months: int) -> float:
    """Months of a curve as days of its axis."""
    return months * DAYS_A_YEAR / _MONTHS_A_YEAR


def result_row(
    name: str,
    unit: str,
    result: Result,
    people: People,
    figures: Sequence[Figure],
    key: str = "",
) -> Row:
    """A row of the main figure of a result; without one, its warnings say why."""
    return Row(
        name,
        unit,
        result.estimate,
        result.lo,
        result.hi,
        n=result.n,
        events=result.events,
        person_years=result.person_years,
        published=tuple(figures),
        method=result.method,
        rule=people.rule.name,
        why_not="" if result.estimate is not None else "; ".join(result.warnings),
        key=key,
    )


def share_at(
    name: str,
    result: Result,
    people: People,
    figures: Sequence[Figure],
    months: int,
    *,
    falling: bool = True,
    key: str = "",
) -> Row:
    """A share read off a curve, in %; at or below it when it counts events."""
    values = (result.estimate, result.lo, result.hi)
    estimate, low, high = (None if value is None else value * _PERCENT for value in values)
    if not falling:
        estimate, high, low = (
            None if one is None else _PERCENT - one for one in (estimate, low, high)
        )
    rows = result.table.to_pylist() if result.table is not None else []
    events = sum(one["n_event"] for one in rows)
    still = rows[-1]["n_risk"] if rows else 0
    why = ""
    if estimate is None:
        why = f"Nobody was followed for {months} months."
    return Row(
        name,
        "%",
        estimate,
        low,
        high,
        n=result.n,
        events=events,
        published=tuple(figures),
        method=result.method,
        rule=people.rule.name,
        why_not=why,
        of_whom=f"{persons(result.n)}, {events:,} with the event, {still:,} still followed",
        key=key,
    )


def beside_picture(name: str, title: str, row: Row, endpoint: str) -> Picture:
    """The figure of a row above all published ones, with their intervals."""
    lines = [
        Line("This cohort", row.estimate, row.lo, row.hi, f"{row.shown} ({row.interval})"
             if row.interval else row.shown)
    ]  # fmt: skip
    for arm in ("alemtuzumab", "interferon"):
        for one in published().of(endpoint, arm):
            low, high = one.interval or (None, None)
            lines.append(
                Line(study_title(one), one.value, low, high, published_words(one), published=True)
            )

    def draw(width: float, key: str, alone: bool) -> str:
        unit = unit_words(row.unit)
        return forest(lines, title=title, unit=unit, width=width, key=key, alone=alone)

    return Picture(name, title, draw)


def curve_picture(
    name: str, title: str, result: Result, people: People, endpoint: str, *, falling: bool = True
) -> Picture:
    """A curve with the published figures at the month they are of."""
    points = [
        Point(study_title(one), people.horizon, one.value, *(one.interval or (None, None)))
        for one in published().of(endpoint)
    ]

    def draw(width: float, key: str, alone: bool) -> str:
        return km_plot(
            result, title=title, ylabel=title.lower(), falling=falling, points=points,
            width=width, key=key, alone=alone,
        )  # fmt: skip

    return Picture(name, f"{title} over time", draw)


def warnings_of(*results: Result) -> list[str]:
    """What the estimators say of these results, as sentences, each once."""
    said = [
        one[:1].upper() + one[1:].rstrip(".") + "." for part in results for one in part.warnings
    ]
    return list(dict.fromkeys(said))
