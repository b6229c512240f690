"""The report on a cohort: every section with its figures beside the published ones, as data.

`report_html` makes a page of it, `Report.figures` one tidy table, `Report.pictures` the SVG texts.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from longwatch.endpoints.adherence import Adherence, Series, adherence
from longwatch.endpoints.from_record import READING, Cohort
from longwatch.endpoints.picture import WIDE
from longwatch.endpoints.report_disability import change_section, disability_section
from longwatch.endpoints.report_model import Section, as_figures
from longwatch.endpoints.report_people import baseline_section, flow_section, make_ready
from longwatch.endpoints.report_relapses import relapse_section
from longwatch.endpoints.report_settings import settings_as_rows
from longwatch.endpoints.report_watch import adherence_section, events_section
from longwatch.endpoints.rule import Rule

CAUTION = (
    "A clinic's cohort is not a trial. Nobody was drawn by lot, there is no group to compare with, "
    "people were chosen and followed differently, and what was not entered is not seen. A better "
    "or worse figure beside a trial is a question to ask, not an effect of the treatment."
)
NO_SCHEDULE = "No protocol was given, so it is not known which tests were asked for."


@dataclass(frozen=True)
class Watched:
    """What a protocol asks for: its series, how long, and what is left out of them.

    Inputs:
        protocol: id and version, for the reader.
        series: recurring tests; watch_months: after the last infusion.
        left_out: a sentence on what is not counted, or nothing.
    """

    protocol: str
    series: tuple[Series, ...]
    watch_months: int
    left_out: str = ""


@dataclass(frozen=True)
class Report:
    """A report as data.

    Inputs:
        title, as_of, rule: of what, on which day, by which definition.
        people: how many were treated and followed.
        sections: in the order of reading.
        kept: the tables of adherence, where a protocol was given.
    """

    title: str
    as_of: date
    rule: Rule
    people: int
    sections: tuple[Section, ...]
    kept: Adherence | None = None

    @property
    def figures(self) -> pa.Table:
        """All figures and the published ones beside them: `report_model.FIGURES`."""
        return as_figures(self.sections)

    def pictures(self, width: float = WIDE) -> dict[str, str]:
        """Every picture by its name, as SVG text that stands alone."""
        return {
            picture.name: picture.draw(width, picture.name, True)
            for section in self.sections
            for picture in section.pictures
        }

    def to_dict(self) -> dict[str, Any]:
        """The report for JSON."""
        return {
            "title": self.title,
            "as_of": self.as_of.isoformat(),
            "definition": self.rule.name,
            "rule": self.rule.describe(),
            "settings": settings_as_rows(self.rule),
            "people": self.people,
            "caution": CAUTION,
            "reading": list(READING),
            "figures": self.figures.to_pylist(),
            "notes": {section.id: list(section.notes) for section in self.sections},
            "adherence_by_month": self.kept.months.to_pylist() if self.kept else [],
        }


def report(
    cohort: Cohort,
    rule: Rule | None = None,
    *,
    watched: Watched | None = None,
    title: str = "Cohort",
) -> Report:
    """The report on a cohort.

    Inputs:
        cohort: of `from_record`.
        rule: the definition; None = that of CARE-MS.
        watched: what the protocol asks for; None = the section on adherence says why it is empty.
        title: of the cohort, for the reader.

    Returns:
        Every section, also those for which nothing can be computed: they say why.

    >>> from longwatch.core.record import Record
    >>> from longwatch.endpoints.from_record import from_record
    >>> made = report(from_record(Record(), date(2026, 11, 22)))
    >>> made.people, made.sections[0].missing
    (0, 'This Record holds nobody.')
    """
    rule = rule or Rule.preset("care-ms")
    people = make_ready(cohort, rule)
    kept, series, words = _kept(cohort, watched)
    sections: Sequence[Section] = (
        flow_section(people),
        baseline_section(people),
        relapse_section(people),
        disability_section(people, "CDW"),
        disability_section(people, "CDI"),
        change_section(people),
        adherence_section(people, kept, series, words),
        events_section(people),
    )
    return Report(title, cohort.as_of, rule, people.treated.num_rows, tuple(sections), kept)


def _kept(
    cohort: Cohort, watched: Watched | None
) -> tuple[Adherence | None, tuple[Series, ...], str]:
    if watched is None or not watched.series:
        return None, (), NO_SCHEDULE
    kept = adherence(
        cohort.tests,
        cohort.infusions,
        watched.series,
        cohort.as_of,
        watch_months=watched.watch_months,
        subjects=cohort.subjects,
    )
    words = f"The schedule is that of {watched.protocol}."
    return kept, watched.series, f"{words} {_some_only(cohort, watched)}{watched.left_out}".strip()


def _some_only(cohort: Cohort, watched: Watched) -> str:
    """What is asked of some people only, and how many may be meant and are not counted."""
    some = [one for one in watched.series if one.sexes]
    if not some:
        return ""
    names = ", ".join(f"{one.title} (of those on file as {' or '.join(one.sexes)})" for one in some)
    treated = cohort.subjects.filter(cohort.subjects["start"].is_valid())
    unknown = pc.sum(pc.equal(pc.fill_null(treated["sex"], "unknown"), "unknown")).as_py() or 0
    more = f" Of {unknown:,} treated the sex is not on file: not counted there." if unknown else ""
    return f"Asked of some only: {names}.{more} "
