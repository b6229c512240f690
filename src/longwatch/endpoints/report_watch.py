"""Sections of the report on the watch: were the tests done, and which harms came when."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.endpoints.adherence import Adherence, Series
from longwatch.endpoints.chances import binomial_limits, z_of
from longwatch.endpoints.incidence import ANY, incidence
from longwatch.endpoints.picture_bars import Part, bars
from longwatch.endpoints.published import Group, published, settings
from longwatch.endpoints.report_model import Picture, Row, Section, Shown, number, persons
from longwatch.endpoints.report_people import People, day_numbers, nobody
from longwatch.endpoints.report_rows import months_in_days, share_at
from longwatch.endpoints.survival import km

_LEVEL = 0.95
_PERCENT = 100.0
_TERMS = 12
"""Kinds of events shown one by one."""
_EVERY = 6
"""Each so many-th month is written below the bars."""


def adherence_section(
    people: People, kept: Adherence | None, schedule: tuple[Series, ...], why_none: str
) -> Section:
    """How well the watch was kept, by month."""
    title = "Keeping the watch"
    if kept is None:
        return Section("adherence", title, missing=why_none)
    if not people.treated.num_rows:
        return Section("adherence", title, missing=nobody())
    if not pc.sum(kept.people["expected"]).as_py():
        why = "No test has come due yet: the first windows have not closed."
        return Section("adherence", title, missing=why)
    rows = tuple(_kept_row(one, kept) for one in schedule)
    table = Shown(
        "Every test asked for since the first infusion",
        ("", "Expected", "On time", "Late", "Missed", "Overdue now", "Days covered"),
        tuple(_kept_words(one, kept) for one in schedule),
    )
    return Section(
        "adherence",
        title,
        lead=f"{rows[0].shown} % of the {_expected(kept):,} tests that came due were done in "
        "their window."
        if len(rows) == 1
        else "Each test that came due: done in its window, later, or never.",
        rows=rows,
        tables=(table,),
        pictures=tuple(
            _months_picture(one, kept, folded=at > 0) for at, one in enumerate(schedule)
        ),
        notes=(
            "Our sources give no published figure of adherence over time.",
            "People far from their first infusion are those who came early to this treatment: "
            "later months are of fewer people.",
        ),
        methods=(
            kept.method,
            "The interval of the whole takes a person's tests as belonging together (linearized "
            "ratio, by person).",
            "A day is covered while the tests last done are no older than their interval and the "
            "days of grace.",
            why_none,
        ),
    )


def events_section(people: People) -> Section:
    """Adverse events by year since the first and since the last infusion."""
    title = "Adverse events"
    if not people.treated.num_rows:
        return Section("adverse-events", title, missing=nobody())
    aes = people.cohort.aes
    if not aes.num_rows:
        return Section(
            "adverse-events",
            title,
            missing="No diagnosis after a first infusion stands in this Record (an event of kind "
            "'diagnosis'). That can mean that none was made or that they are not entered, so no "
            "rate is computed.",
        )
    given = people.cohort.infusions
    first = incidence(aes, people.treated, anchor="first infusion", infusions=given)
    last = incidence(aes, people.treated, anchor="last infusion", infusions=given)
    rows, ever = [], []
    known = set(aes["term"].to_pylist())
    for group in settings().groups:
        if group.title in known:
            rows.append(_by_horizon(people, group))
            ever.append(_ever(people, group))
    terms = _most(first.table)
    rarer = len(known) - len(terms) + 1
    tables = tuple(
        Shown(
            f"First event per 100 person-years, by year since the {words} infusion (how many)",
            ("", *_years(part.table)),
            tuple(_year_words(part.table, term) for term in terms),
            folded,
        )
        for words, part, folded in (("first", first, False), ("last", last, True))
    )
    return Section(
        "adverse-events",
        title,
        lead=f"{aes.num_rows:,} diagnoses after the first infusion, of {len(known):,} kinds.",
        rows=(*rows, *ever),
        tables=tables,
        pictures=_years_picture(first.table, terms),
        notes=(
            "A diagnosis counts when the clinic entered it; trials asked at every visit and count "
            "what was mild, too.",
            *([f"{rarer:,} rarer kinds are not shown one by one."] if rarer else []),
        ),
        methods=(
            f"By year: {first.method}.",
            "A year since the last infusion begins anew with every infusion.",
        ),
    )


def _expected(kept: Adherence) -> int:
    return int(pc.sum(kept.people["expected"]).as_py())


def _of(table: pa.Table, one: Series) -> pa.Table:
    return table.filter(pc.equal(table["activity"], one.id))


def _kept_row(one: Series, kept: Adherence) -> Row:
    """Share on time over all, with an interval by person."""
    table = _of(kept.people, one)
    expected, done = (table[name].to_numpy().astype(float) for name in ("expected", "on_time"))
    concerned = expected > 0
    expected, done = expected[concerned], done[concerned]
    many, total = len(expected), expected.sum()
    if not total:
        return Row(f"{one.title}: done in its window", "%", why_not="None has come due yet.")
    share = done.sum() / total
    low = high = None
    if many > 1:
        rest = done - share * expected
        half = z_of(_LEVEL) * np.sqrt(many / (many - 1) * (rest**2).sum()) / total
        low, high = max(share - half, 0.0) * _PERCENT, min(share + half, 1.0) * _PERCENT
    return Row(
        f"{one.title}: done in its window",
        "%",
        share * _PERCENT,
        low,
        high,
        n=many,
        events=int(done.sum()),
        method="share of the items that closed, linearized ratio by person",
        of_whom=f"{persons(many)}, {int(done.sum()):,} of {int(total):,} tests",
        key="tests done in their window" if one.id == "cbc" else "",
    )


def _kept_words(one: Series, kept: Adherence) -> tuple[str, ...]:
    table = _of(kept.people, one)
    names = ("expected", "on_time", "late", "missed", "covered_days", "watched_days")
    total = {name: int(pc.sum(table[name]).as_py() or 0) for name in names}
    open_ = total["expected"] - total["on_time"] - total["late"] - total["missed"]
    covered = total["covered_days"] / total["watched_days"] if total["watched_days"] else None
    counts = (total["expected"], total["on_time"], total["late"], total["missed"], open_)
    share = "–" if covered is None else f"{covered * _PERCENT:.1f} %"
    return (one.title, *(f"{count:,}" for count in counts), share)


def _months_picture(one: Series, kept: Adherence, *, folded: bool) -> Picture:
    table = _of(kept.months, one)
    month, expected = table["month"].to_pylist(), table["expected"].to_numpy()
    shares = {
        name: (table[name].to_numpy() / expected).tolist()
        for name in ("on_time", "late", "missed", "open")
    }
    parts = [
        Part("in its window", "own", shares["on_time"]),
        Part("late", "late", shares["late"]),
        Part("missed", "miss", shares["missed"], "stripes"),
        Part("overdue now", "third", shares["open"]),
    ]
    parts = [part for part in parts if any(part.values)] or parts[:1]
    title = f"{one.title} by month since the first infusion"

    def draw(width: float, key: str, alone: bool) -> str:
        every = max(_EVERY // one.every, 1)
        return bars(
            [str(at) for at in month], parts, title=title, every=every,
            xlabel="months since the first infusion", ylabel="% of those expected",
            width=width, key=key, alone=alone,
        )  # fmt: skip

    return Picture(f"adherence-{one.id}", title, draw, folded)


def _first_event(people: People, group: Group) -> pa.Table:
    """Days to the first event of a group since the first infusion, or to the end of follow-up."""
    table = people.treated
    ids = table["id"].combine_chunks()
    start, end = day_numbers(table["start"]), day_numbers(table["end"])
    own = people.cohort.aes.filter(pc.equal(people.cohort.aes["term"], group.title))
    place = pc.fill_null(pc.index_in(own["id"].combine_chunks(), value_set=ids), -1)
    who = place.to_numpy(zero_copy_only=False).astype(np.int64)
    day = day_numbers(own["date"])
    inside = (who >= 0) & (day <= end[who])
    first = np.full(len(start), np.inf)
    np.minimum.at(first, who[inside], day[inside])
    had = np.isfinite(first)
    return pa.table({"id": ids, "time": np.where(had, first, end) - start, "event": had})


def _by_horizon(people: People, group: Group) -> Row:
    """Share with a first event by the months of the trials."""
    at = km(_first_event(people, group), times=[months_in_days(people.horizon)])
    beside = [one for one in published().of(group.id) if _study_months(one.study) is not None]
    name = f"{group.title} by {people.horizon} months"
    return share_at(name, at, people, beside, people.horizon, falling=False)


def _ever(people: People, group: Group) -> Row:
    """Share ever, in whatever follow-up there is."""
    times = _first_event(people, group)
    had, many = int(pc.sum(times["event"]).as_py()), times.num_rows
    low, high = (float(end) * _PERCENT for end in binomial_limits(had, many, _LEVEL))
    beside = tuple(one for one in published().of(group.id) if _study_months(one.study) is None)
    return Row(
        f"{group.title}, whole follow-up",
        "%",
        _PERCENT * had / many,
        low,
        high,
        n=many,
        events=had,
        published=beside,
        method="share of people, Clopper–Pearson",
    )


def _study_months(study: str) -> int | None:
    return published().studies[study].months


def _most(table: pa.Table) -> list[str]:
    """The commonest kinds, all together last."""
    total = table.group_by("term").aggregate([("first_events", "sum")]).to_pylist()
    counts = {row["term"]: row["first_events_sum"] for row in total if row["term"] != ANY}
    found = sorted(counts, key=lambda term: (-counts[term], term))
    return [*found[:_TERMS], ANY]


def _years(table: pa.Table) -> tuple[str, ...]:
    tops = sorted(set(table["to_year"].to_pylist()))
    return tuple(f"Year {top:g}" for top in tops)


def _rows_of(table: pa.Table, term: str) -> list[dict[str, Any]]:
    rows = table.filter(pc.equal(table["term"], term)).to_pylist()
    return sorted(rows, key=lambda row: row["to_year"])


def _year_words(table: pa.Table, term: str) -> tuple[str, ...]:
    words = []
    for row in _rows_of(table, term):
        years = row["first_person_years"] or 0.0
        if row["first_rate"] is None or years < settings()["rate_from"]:
            # An interval from a few weeks of one person would run to thousands.
            words.append(f"– ({row['first_events']:,})\n{years:.1f} person-years")
            continue
        rate, low, high = (
            number(row[name] * _PERCENT, "%")
            for name in ("first_rate", "first_rate_lo", "first_rate_hi")
        )
        words.append(f"{rate} ({row['first_events']:,})\n{low} to {high}")
    return ("Any of them" if term == ANY else term, *words)


def _years_picture(table: pa.Table, terms: list[str]) -> tuple[Picture, ...]:
    """First events of the commonest autoimmune disease by year: when to look."""
    titles = [group.title for group in settings().groups if group.title in terms]
    term = titles[0] if titles else terms[0]
    least = settings()["rate_from"]
    rows = [row for row in _rows_of(table, term) if (row["first_person_years"] or 0.0) >= least]
    if not rows:
        return ()
    values = [row["first_rate"] * _PERCENT for row in rows]
    title = f"{term}: first event per 100 person-years, by year since the first infusion"

    def draw(width: float, key: str, alone: bool) -> str:
        return bars(
            [f"{row['to_year']:g}" for row in rows], [Part(term, "own", values)], title=title,
            xlabel="year since the first infusion", ylabel="per 100 person-years", whole=False,
            width=width, key=key, alone=alone,
        )  # fmt: skip

    return (Picture("adverse-events", title, draw),)
