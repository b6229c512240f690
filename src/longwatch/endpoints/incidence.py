"""Adverse events by year since the first or the last infusion, with exact limits.

Shares with Clopper-Pearson limits; events, and first events, a person-year with exact Poisson
limits. Events tied to an infusion in time get a share only: they have no rate (as in the plan of
the post-authorization safety study of Lemtrada).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.chances import DAYS_A_YEAR, binomial_limits, poisson_limits, z_of
from longwatch.endpoints.follow_up import first_of_each, followed, happened
from longwatch.endpoints.frames import flat
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.spans import (
    Spans,
    latest,
    people_in,
    span_of,
    spans_since,
    year_of,
    years_after,
    years_in,
)
from longwatch.endpoints.timetable import Floats, Levels, Warned, levels, rule_behind, table_of

Ints = NDArray[np.int64]
_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()
ANY = "any"
INCIDENCE_BY_YEAR = pa.schema(
    [
        ("group", _TEXT),
        ("term", _TEXT),
        ("from_year", _FLOAT),
        ("to_year", _FLOAT),
        ("n", _INT),
        ("with_event", _INT),
        ("share", _FLOAT),
        ("share_lo", _FLOAT),
        ("share_hi", _FLOAT),
        ("events", _INT),
        ("person_years", _FLOAT),
        ("rate", _FLOAT),
        ("rate_lo", _FLOAT),
        ("rate_hi", _FLOAT),
        ("first_events", _INT),
        ("first_person_years", _FLOAT),
        ("first_rate", _FLOAT),
        ("first_rate_lo", _FLOAT),
        ("first_rate_hi", _FLOAT),
    ]
)
"""Rows of `incidence`: n seen in the year, of whom `with_event` had one in it; all events; and the
first of each person since the anchor, by the time until it."""
SHARES = pa.schema(
    [
        ("group", _TEXT),
        ("term", _TEXT),
        ("n", _INT),
        ("with_event", _INT),
        ("estimate", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
    ]
)


def incidence(
    aes: object,
    subjects: object,
    *,
    anchor: str = "first infusion",
    infusions: object | None = None,
    bins: Sequence[float] | None = None,
    terms: Sequence[str] | None = None,
    by: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Adverse events by year since an infusion.

    Inputs:
        aes: table with `id`, `day` or `date`, `term`.
        subjects: table with `id`, `start`, `end` of follow-up.
        anchor: day 0: `first infusion`; `last infusion`, which begins anew with every infusion;
            or `start` of follow-up.
        infusions: table with `id`, `day` or `date`; needed for the first two. People without any
            are left out. Follow-up before the first infusion does not count.
        bins: limits of the years, rising; the last may be infinite; None = each whole year that
            somebody was seen in. A year holds the days after its lower limit up to its upper one;
            day 0 belongs to the first.
        terms: kinds of events wanted; None = every one there is, and all together (`any`).
        by: column of the groups.
        level: of the exact intervals.
        rule: the definition of the events.

    Returns:
        Rows `INCIDENCE_BY_YEAR`; years nobody was seen in have n 0 and neither share nor rate.

    Raises:
        UsageError: a column is missing or wrong, no infusions where needed, strange bins.

    >>> people = {"id": [1, 2], "start": [0, 0], "end": [731, 400]}
    >>> events = {"id": [1], "day": [500], "term": ["itp"]}
    >>> found = incidence(events, people, anchor="start")
    >>> found.table.select(["term", "to_year", "n", "events"]).to_pylist()[1]
    {'term': 'itp', 'to_year': 2.0, 'n': 2, 'events': 1}
    """
    z_of(level)
    warned = Warned()
    people = followed(subjects, warned, by=by)
    spans = spans_since(people, anchor, infusions, warned)
    limits = _limits(bins, float((spans.end - spans.zero).max(initial=0.0)))
    counted = happened(aes, "aes", people, warned)
    words = levels(flat(counted.table["term"]), "term", "aes", most=None)
    span = span_of(spans, counted.person, counted.day)
    if (span < 0).any():
        warned.say(
            f"{int((span < 0).sum())} aes are not counted: before the first infusion, or of people "
            "without any"
        )
    inside = np.flatnonzero(span >= 0)
    names = _terms(words, terms, warned)
    rows: list[list[Any]] = []
    for place, label in enumerate(people.group.labels):
        mine = spans.only(people.group.code[spans.person] == place)
        seen_in = people_in(mine, limits)
        years = years_in(mine, limits)
        own = inside[people.group.code[counted.person[inside]] == place]
        for term in names:
            here = own if term is None else own[words.code[own] == term[1]]
            rows += _rows(
                [str(label), ANY if term is None else term[0]],
                (
                    counted.person[here],
                    counted.day[here],
                    counted.day[here] - spans.zero[span[here]],
                ),
                (mine, seen_in, years),
                limits,
                level,
            )
    seen = np.unique(spans.person)
    if not len(seen):
        warned.say("nobody is left: nothing can be estimated")
    elif not len(inside):
        warned.say("no events")
    return Result(
        f"adverse events by year since {anchor}",
        level=level,
        n=len(seen),
        events=len(inside),
        person_years=float((spans.end - spans.start).sum()) / DAYS_A_YEAR,
        method="share: Clopper–Pearson; events and first events by person-years: exact Poisson",
        rule=rule_behind(aes, rule),
        warnings=tuple(warned.said),
        table=table_of(INCIDENCE_BY_YEAR, rows),
    )


def associated(
    aes: object,
    subjects: object,
    infusions: object,
    within: tuple[float, float],
    *,
    terms: Sequence[str] | None = None,
    by: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """The share of people with an event soon after an infusion; no rate, because it has none.

    Inputs:
        aes, subjects, infusions, terms, by, level, rule: as of `incidence`.
        within: first and last day after an infusion, both included, as (0, 1).

    Returns:
        Rows `SHARES` of the people with an infusion in follow-up.

    >>> people = {"id": [1, 2], "start": [0, 0], "end": [731, 400]}
    >>> infused = {"id": [1, 2], "day": [0, 0]}
    >>> rash = {"id": [1], "day": [1], "term": ["rash"]}
    >>> associated(rash, people, infused, (0, 1), terms=["rash"]).estimate
    0.5
    """
    z_of(level)
    first, last = within
    if not 0 <= first <= last:
        raise UsageError(
            Problem(f"within {within}", how="give the first and last day after an infusion")
        )
    warned = Warned()
    people = followed(subjects, warned, by=by)
    given = happened(infusions, "infusions", people, warned)
    treated = np.bincount(given.person, minlength=len(people.start)) > 0
    counted = happened(aes, "aes", people, warned)
    last_given = latest(given.person, given.day, counted.person, counted.day - first)
    since = np.where(last_given >= 0, counted.day - np.append(given.day, 0.0)[last_given], np.inf)
    close = since <= last
    words = levels(flat(counted.table["term"]), "term", "aes", most=None)
    rows = []
    for place, label in enumerate(people.group.labels):
        mine = treated & (people.group.code == place)
        for term in _terms(words, terms, warned):
            here = close & mine[counted.person]
            if term is not None:
                here &= words.code == term[1]
            had, many = len(np.unique(counted.person[here])), int(mine.sum())
            lo, hi = binomial_limits(had, many, level)
            share = had / many if many else None
            name = ANY if term is None else term[0]
            rows.append([str(label), name, many, had, share, float(lo), float(hi)])
    if not treated.any():
        warned.say("nobody had an infusion in follow-up")
    only: list[Any] = rows[0] if len(rows) == 1 else [None] * len(SHARES)
    return Result(
        f"share with an event {first:g} to {last:g} days after an infusion",
        estimate=only[4],
        lo=only[5],
        hi=only[6],
        level=level,
        n=int(treated.sum()),
        events=int(close.sum()),
        method="share of people, Clopper–Pearson; no rate, as the events are tied to infusions",
        rule=rule_behind(aes, rule),
        warnings=tuple(warned.said),
        table=table_of(SHARES, rows),
    )


def _limits(bins: Sequence[float] | None, longest: float) -> Floats:
    """Limits of the years, in days."""
    if bins is None:
        return np.arange(max(np.ceil(longest / DAYS_A_YEAR), 1.0) + 1.0) * DAYS_A_YEAR
    limits = np.asarray(bins, np.float64)
    if len(limits) < 2 or np.isnan(limits).any() or limits[0] < 0 or (np.diff(limits) <= 0).any():
        raise UsageError(
            Problem(f"bins {list(bins)}", how="give rising years from 0 on, as [0, 1, 2]")
        )
    return limits * DAYS_A_YEAR


def _terms(
    words: Levels, terms: Sequence[str] | None, warned: Warned
) -> list[tuple[str, int] | None]:
    """The terms to count with their codes; None stands for all together."""
    if terms is None:
        return [*((word, code) for code, word in enumerate(words.labels)), None]
    places = {word: code for code, word in enumerate(words.labels)}
    for term in terms:
        if term not in places:
            warned.say(f"no event is called {term!r}")
    # No row has the code of a word that is not there: -1 is a missing word, and they are left out.
    return [(term, places.get(term, len(words.labels))) for term in terms]


def _rows(
    names: list[str],
    events: tuple[Ints, Floats, Floats],
    seen: tuple[Spans, Ints, Floats],
    limits: Floats,
    level: float,
) -> list[list[Any]]:
    """The rows of one term in one group.

    Inputs:
        events: person, day and days since day 0, by person and day.
        seen: stretches of the group; in each year, how many people and years.
        limits: of the years, in days.
    """
    person, day, since = events
    spans, people, years = seen
    year = year_of(since, limits)
    many = len(limits) - 1
    first = first_of_each(person)
    had, total, firsts = (np.zeros(many, np.int64) for _ in range(3))
    for place in range(many):
        here = year == place
        total[place] = here.sum()
        had[place] = len(np.unique(person[here]))
        firsts[place] = (here & first).sum()
    # Who enters late, with an event that day at the very limit of a year, was seen in it, too.
    people = np.maximum(people, had)
    until = years - years_after(spans, person[first], day[first], limits)
    share_lo, share_hi = binomial_limits(had, people, level)
    lo, hi = poisson_limits(total, years, level)
    first_lo, first_hi = poisson_limits(firsts, until, level)
    with np.errstate(divide="ignore", invalid="ignore"):
        share, rate, first_rate = had / people, total / years, firsts / until
    columns = [
        *(limits[:-1] / DAYS_A_YEAR, limits[1:] / DAYS_A_YEAR),
        *(people, had, share, share_lo, share_hi),
        *(total, years, rate, lo, hi),
        *(firsts, until, first_rate, first_lo, first_hi),
    ]
    return [[*names, *(part[place].item() for part in columns)] for place in range(many)]
