"""Section of the report on relapses: how many a year, and who stays free of them."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.endpoints.published import published
from longwatch.endpoints.rates import relapse_rate
from longwatch.endpoints.report_model import Row, Section
from longwatch.endpoints.report_people import People, day_numbers, nobody
from longwatch.endpoints.report_rows import (
    beside_picture,
    curve_picture,
    months_in_days,
    result_row,
    share_at,
    warnings_of,
)
from longwatch.endpoints.survival import km


def relapse_section(people: People) -> Section:
    """Relapses a year, and who stays free of them."""
    title = "Relapses"
    if not people.treated.num_rows:
        return Section("relapses", title, missing=nobody())
    if not people.relapses.num_rows:
        return Section(
            "relapses",
            title,
            missing="No relapse stands in this Record (an event of kind 'relapse'). That can mean "
            "that nobody had one or that they are not entered, so no rate is computed.",
        )
    months = people.horizon
    limited = relapse_rate(people.relapses, people.limited, model="nb", se="robust")
    whole = relapse_rate(people.relapses, people.treated, model="nb", se="robust")
    free = _first_relapse(people)
    curve = km(free, rule=people.rule)
    at = km(free, times=[months_in_days(months)], rule=people.rule)
    rows = (
        result_row(f"Relapses a year, first {months} months", "/a", limited, people,
             published().of("annual_rate"), key="relapses a year, as entered"),
        result_row("Relapses a year, whole follow-up", "/a", whole, people, ()),
        share_at(f"Free of relapses at {months} months", at, people, published().of("relapse_free"),
               months, key=f"free of relapses at {months} months, as entered"),
    )  # fmt: skip
    return Section(
        "relapses",
        title,
        lead=_rate_words(rows[0], months),
        rows=rows,
        pictures=(
            beside_picture("relapse-rate", f"Relapses a year, first {months} months", rows[0],
                    "annual_rate"),
            curve_picture("relapse-free", "Free of relapses", curve, people, "relapse_free"),
        ),
        notes=(
            *_too_few(rows[0]),
            "A relapse counts when the clinic entered it. In the trials a blinded panel confirmed "
            "each one, and people were seen every three months: fewer may be known here.",
            *warnings_of(whole, at),
        ),
        methods=(
            f"Rates: {limited.method}.",
            f"Curve: {curve.method}.",
            _what_counts(people),
        ),
    )  # fmt: skip


def _first_relapse(people: People) -> pa.Table:
    """Days to the first relapse after the first infusion, or to the end of follow-up."""
    table = people.treated
    start, end = day_numbers(table["start"]), day_numbers(table["end"])
    ids = table["id"].combine_chunks()
    owner = pc.fill_null(pc.index_in(people.relapses["id"].combine_chunks(), value_set=ids), -1)
    who = owner.to_numpy(zero_copy_only=False).astype(np.int64)
    day = day_numbers(people.relapses["day"])
    inside = (who >= 0) & (day >= start[who]) & (day <= end[who])
    first = np.full(len(start), np.inf)
    np.minimum.at(first, who[inside], day[inside])
    had = np.isfinite(first)
    return pa.table({"id": ids, "time": np.where(had, first, end) - start, "event": had})


def _what_counts(people: People) -> str:
    rule = people.rule
    return (
        f"A relapse lasts at least {rule.relapse_hours:g} hours, by the judgement of the clinic, "
        f"and begins at least {rule.relapse_apart:g} days after the one before; nearer reports are "
        f"one relapse (definition {rule.name})."
    )


def _too_few(row: Row) -> list[str]:
    """A word of doubt where the rate lies below everything that was published."""
    lowest = min(end for one in row.published for end in one.interval or (one.value,))
    if row.hi is None or row.hi >= lowest:
        return []
    return [
        "So few relapses lie below everything published. More likely than a better effect is that "
        "relapses were not entered: look at a few charts before these figures are used."
    ]


def _rate_words(row: Row, months: int) -> str:
    if row.estimate is None or row.person_years is None:
        return ""
    word = "relapse" if row.events == 1 else "relapses"
    years = f"{row.person_years:,.0f} person-years"
    return f"{row.events:,} {word} in {years} of the first {months} months."
