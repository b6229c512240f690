"""What a report is made of: sections with figures, tables and pictures, or why there are none."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import pyarrow as pa

from longwatch.endpoints.published import Figure, published

Draw = Callable[[float, str, bool], str]
"""A picture for a width, with a key for its ids, alone or for a page."""

FIGURES = pa.schema(
    [
        ("section", pa.string()),
        ("name", pa.string()),
        ("unit", pa.string()),
        ("estimate", pa.float64()),
        ("lo", pa.float64()),
        ("hi", pa.float64()),
        ("n", pa.int64()),
        ("events", pa.int64()),
        ("person_years", pa.float64()),
        ("why_not", pa.string()),
        ("study", pa.string()),
        ("published", pa.float64()),
        ("published_lo", pa.float64()),
        ("published_hi", pa.float64()),
        ("source", pa.string()),
        ("verified", pa.string()),
        ("method", pa.string()),
        ("rule", pa.string()),
    ]
)
"""The report as one tidy table: a row for each figure and each published one beside it."""

_UNITS = {"/a": "per year", "%": "%", "{score}": "EDSS points", "d": "days"}
_SIGNS = {"%": 1, "/a": 2, "{score}": 2, "d": 0}


@dataclass(frozen=True)
class Row:
    """One figure of the cohort, and what was published.

    Inputs:
        name: in words; unit: `/a`, `%`, `{score}`, `d`.
        estimate, lo, hi: None where nothing is computed; `why_not` then says why.
        n, events, person_years: of whom.
        published: figures of trials and cohorts.
        method, rule: how.
        of_whom: in words, where `n` and `events` need other words than people and events.
        key: one of the figures at the top of the page, under this short name.
    """

    name: str
    unit: str
    estimate: float | None = None
    lo: float | None = None
    hi: float | None = None
    n: int = 0
    events: int | None = None
    person_years: float | None = None
    published: tuple[Figure, ...] = ()
    method: str = ""
    rule: str = ""
    why_not: str = ""
    of_whom: str = ""
    key: str = ""

    @property
    def shown(self) -> str:
        """The estimate with its unit; a dash where there is none."""
        return number(self.estimate, self.unit) if self.estimate is not None else "–"

    @property
    def interval(self) -> str:
        """The interval in words; nothing where there is none."""
        if self.lo is None or self.hi is None:
            return ""
        return f"{number(self.lo, self.unit)} to {number(self.hi, self.unit)}"


@dataclass(frozen=True)
class Shown:
    """A table for people: head, rows of words, and what it is of.

    A second line in a cell is shown smaller.
    """

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    folded: bool = False


@dataclass(frozen=True)
class Picture:
    """A picture: file name, title, how to draw it. `folded`: behind a click."""

    name: str
    title: str
    draw: Draw
    folded: bool = False


@dataclass(frozen=True)
class Section:
    """A part of the report.

    Inputs:
        id, title: of the section.
        lead: the answer in a sentence.
        missing: why nothing is computed; then there are no figures.
        rows, tables, pictures: what was found.
        notes: what a reader must know; methods: how it was done.
    """

    id: str
    title: str
    lead: str = ""
    missing: str = ""
    rows: tuple[Row, ...] = ()
    tables: tuple[Shown, ...] = ()
    pictures: tuple[Picture, ...] = ()
    notes: tuple[str, ...] = ()
    methods: tuple[str, ...] = ()


def unit_words(unit: str) -> str:
    """A unit in words.

    >>> unit_words("/a")
    'per year'
    """
    return _UNITS.get(unit, unit)


def number(value: float, unit: str) -> str:
    """A value with the decimals of its unit; a true minus sign.

    >>> number(-0.141, "{score}"), number(65.44, "%")
    ('−0.14', '65.4')
    """
    text = f"{value:.{_SIGNS.get(unit, 2)}f}"
    zero = not text.strip("-0.")
    return text.lstrip("-") if zero else text.replace("-", "−")


def persons(many: int) -> str:
    """A number of people in words.

    >>> persons(1), persons(1200)
    ('1 person', '1,200 people')
    """
    return "1 person" if many == 1 else f"{many:,} people"


def published_words(figure: Figure) -> str:
    """A published figure: value and interval.

    >>> published_words(published().of("annual_rate")[0])
    '0.18 (0.13 to 0.23)'
    """
    value = number(figure.value, figure.unit) if figure.interval else f"{figure.value:g}"
    if figure.interval is None:
        return value
    low, high = (number(end, figure.unit) for end in figure.interval)
    return f"{value} ({low} to {high})"


def study_title(figure: Figure) -> str:
    """The study that a figure is of, and its arm where it is not alemtuzumab."""
    title = published().studies[figure.study].title
    return title if figure.arm == "alemtuzumab" else f"{title}, {figure.arm} beta-1a"


def as_figures(sections: tuple[Section, ...]) -> pa.Table:
    """All figures of some sections as one table: `FIGURES`."""
    sources = published().sources
    rows = []
    for section in sections:
        for row in section.rows:
            own = {
                "section": section.id,
                **{
                    name: getattr(row, name)
                    for name in ("name", "unit", "estimate", "lo", "hi", "n", "events")
                },
                "person_years": row.person_years,
                "why_not": row.why_not or None,
                "method": row.method,
                "rule": row.rule,
            }
            for figure in row.published or (None,):
                beside = {}
                if figure is not None:
                    low, high = figure.interval or (None, None)
                    beside = {
                        "study": study_title(figure),
                        "published": figure.value,
                        "published_lo": low,
                        "published_hi": high,
                        "source": sources[figure.source],
                        "verified": figure.verified,
                    }
                rows.append({**own, **beside})
        if section.missing:
            rows.append({"section": section.id, "name": section.title, "why_not": section.missing})
    return pa.Table.from_pylist(rows, FIGURES)
