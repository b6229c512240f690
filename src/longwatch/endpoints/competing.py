"""Competing events: the share with each kind over time (Aalen-Johansen), and Gray's test."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.aalen_johansen import VARIANCES, incidence_curve
from longwatch.endpoints.at_risk import Counts, count
from longwatch.endpoints.chances import chi_square_tail, z_of
from longwatch.endpoints.follow_up import first_of_each, followed, happened
from longwatch.endpoints.gray_test import gray_score
from longwatch.endpoints.logrank import quadratic_form
from longwatch.endpoints.result import Describes, Result
from longwatch.endpoints.timetable import (
    CENSORED,
    Floats,
    Ints,
    Times,
    Warned,
    read_times,
    rule_behind,
    sizes,
    table_of,
    wanted,
)

_TEXT, _FLOAT, _INT = pa.string(), pa.float64(), pa.int64()
INCIDENCE = pa.schema(
    [
        ("group", _TEXT),
        ("kind", _TEXT),
        ("time", _FLOAT),
        ("n_risk", _INT),
        ("n_event", _INT),
        ("n_other", _INT),
        ("n_censor", _INT),
        ("estimate", _FLOAT),
        ("se", _FLOAT),
        ("lo", _FLOAT),
        ("hi", _FLOAT),
    ]
)
GRAY = pa.schema(
    [("kind", _TEXT), ("statistic", _FLOAT), ("df", _INT), ("p", _FLOAT), ("events", _INT)]
)
_SAID = {"aalen": "Aalen variance (as cmprsk)", "greenwood": "Greenwood variance (as survfit)"}


def first_events(
    aes: object,
    subjects: object,
    cause: str | Sequence[str],
    competing: Sequence[str] = (),
    warned: Warned | None = None,
) -> pa.Table:
    """The first event of each person as a table of times: `id, time, event`, and all of `subjects`.

    Inputs:
        aes: table with `id`, `day` or `date`, `term`.
        subjects: table with `id`, `start`, `end`; people without a time of follow-up are left out.
        cause: the terms looked at. On one day they come before competing ones.
        competing: terms after which the others can no longer come first, as `death`.
        warned: collects what was left out.

    Returns:
        `time` days from start to the event or to the end, `event` the term or `censored`.

    >>> people = {"id": [1, 2], "start": [0, 0], "end": [100, 100]}
    >>> happened = {"id": [1], "day": [30], "term": ["itp"]}
    >>> first_events(happened, people, "itp")["event"].to_pylist()
    ['itp', 'censored']
    """
    said = warned or Warned()
    people = followed(subjects, said)
    terms = [cause] if isinstance(cause, str) else list(cause)
    both = [one for one in competing if one in terms]
    if both:
        raise UsageError(Problem(f"{both[0]!r} is both looked at and competing"))
    events = happened(aes, "aes", people, said)
    order = [*terms, *competing]
    rank = _places(events.table["term"], order)
    asked = np.flatnonzero(rank >= 0)
    asked = asked[np.lexsort((rank[asked], events.day[asked], events.person[asked]))]
    first = asked[first_of_each(events.person[asked])]
    person = events.person[first]
    time, kind = people.end - people.start, np.full(len(people.start), len(order))
    time[person] = events.day[first] - people.start[person]
    kind[person] = rank[first]
    words = pa.array([*order, CENSORED]).take(pa.array(kind))
    rest = [name for name in people.table.column_names if name not in {"id", "time", "event"}]
    table = people.table.select(["id", *rest])
    return table.append_column("time", pa.array(time)).append_column("event", words)


def cumulative_incidence(
    tte: object,
    subjects: object | None = None,
    *,
    cause: object = None,
    competing: Sequence[str] = (),
    by: str | None = None,
    times: Sequence[float] | None = None,
    var: str = "aalen",
    entry: str | None = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """The share with each kind of event over time, others competing: Aalen-Johansen, exact in ties.

    Inputs:
        tte: table with `time` (days) and `event` (the kind; false, 0 or `censored` for none). With
            `subjects` given: adverse events, of which the first counts (`first_events`).
        subjects: people with `id`, `start`, `end`.
        cause: the kind wanted, or a list of them; None = all. Needed with `subjects`.
        competing: with `subjects`, the terms that end a person's time.
        by: column of the groups.
        times: days at which it is wanted; None = every day on which somebody's time ended.
        var: `aalen` or `greenwood`; they differ by little.
        entry: column of the day from which a row is at risk.
        level: of the interval, on the scale log(-log).
        rule: the definition that found the events.

    Returns:
        Rows `INCIDENCE`, by group, kind and time. `estimate` is the share at the last of `times`
        when there is one group and one kind asked for.

    Raises:
        UsageError: a column is missing or wrong, `cause` names no kind there is.

    >>> tte = {"time": [1, 2, 3, 4], "event": ["itp", "death", "itp", "censored"]}
    >>> cumulative_incidence(tte, cause="itp", times=[3]).estimate
    0.5
    """
    if var not in VARIANCES:
        raise UsageError(Problem(f"no variance is called {var!r}", how=" or ".join(VARIANCES)))
    z, warned = z_of(level), Warned()
    causes = _asked(cause)
    if subjects is not None:
        if causes is None:
            raise UsageError(Problem("no cause is named", how="name the terms looked at"))
        tte = first_events(tte, subjects, causes, competing, warned)
    rows = read_times(tte, warned, by=by, entry=entry, competing=True)
    counts = count(rows)
    kinds = _kinds(rows, causes, warned, subjects is not None)
    days = None if times is None else wanted(times)
    parts = [
        _steps(label, kind, counts, (place, number), var, z, days, warned)
        for place, label in enumerate(rows.group.labels)
        for kind, number in kinds
    ]
    table = pa.concat_tables([INCIDENCE.empty_table(), *parts])
    one = len(parts) == 1 and bool(times)
    last: dict[str, Any] = table.slice(table.num_rows - 1).to_pylist()[0] if one else {}
    return Result(
        "share with event, others competing",
        at_times=times is not None,
        estimate=last.get("estimate"),
        se=last.get("se"),
        lo=last.get("lo"),
        hi=last.get("hi"),
        level=level,
        **sizes(rows, warned),
        method=f"Aalen–Johansen, {_SAID[var]}, log(−log) interval, at risk at time ≥ t",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table,
    )


def gray(
    tte: object,
    by: str,
    *,
    cause: object = None,
    level: float = 0.95,
    rule: Describes | None = None,
) -> Result:
    """Do groups differ in the share with a kind of event? Gray's test, rho 0, as cmprsk.

    Inputs:
        tte, by, cause, level, rule: as of `cumulative_incidence`.

    Returns:
        Rows `GRAY`, one for each kind; `statistic`, `df`, `p` when there is one.

    Source: Gray 1988, Ann Stat 16:1141.

    >>> tte = {"time": [1, 2, 3, 4], "event": ["itp", "itp", "death", "itp"], "arm": list("abab")}
    >>> gray(tte, "arm", cause="itp").df
    1
    """
    z_of(level)
    warned = Warned()
    rows = read_times(tte, warned, by=by, competing=True)
    counts = count(rows)
    causes = _asked(cause)
    found = []
    risk, every = counts.risk.astype(float), counts.event.sum(axis=0).astype(float)
    for kind, number in _kinds(rows, causes, warned, False):
        events = _of(counts, number).astype(float)
        statistic, df = quadratic_form(*gray_score(risk, events, every - events))
        if df == 0:
            warned.say(f"{kind}: nothing to compare")
        p = chi_square_tail(statistic, df) if df else None
        found.append([str(kind), statistic if df else None, df or None, p, int(events.sum())])
    only: list[Any] = found[0] if len(found) == 1 else [None] * len(GRAY)
    return Result(
        "Gray's test",
        p=only[3],
        statistic=only[1],
        df=only[2],
        level=level,
        **sizes(rows, warned),
        method="Gray, rho 0, variance as cmprsk",
        rule=rule_behind(rows.table, rule),
        warnings=tuple(warned.said),
        table=table_of(GRAY, found),
    )


def _asked(cause: object) -> list[Any] | None:
    """The kinds asked for: one, several, or None for all."""
    if cause is None:
        return None
    return list(cause) if isinstance(cause, (list, tuple, set)) else [cause]


def _places(words: pa.ChunkedArray, order: list[str]) -> Ints:
    """Where each word stands in a list; -1 where it does not."""
    places = pc.index_in(words, value_set=pa.array(order, pa.string()))
    return np.asarray(pc.fill_null(places, -1).to_numpy(), np.int64)


def _kinds(
    rows: Times, causes: list[Any] | None, warned: Warned, known: bool
) -> list[tuple[Any, int | None]]:
    """The kinds asked for, with their place; None for one that never happened."""
    if causes is None:
        return list(zip(rows.kinds, range(len(rows.kinds)), strict=True))
    places = {kind: place for place, kind in enumerate(rows.kinds)}
    never = [one for one in causes if one not in places]
    if never and not known and rows.kinds:
        shown = ", ".join(repr(kind) for kind in rows.kinds)
        raise UsageError(
            Problem(f"no event is a {never[0]!r}", "tte", how=f"there are {shown}; name one")
        )
    for one in never:
        warned.say(f"{one} never came first")
    return [(one, places.get(one)) for one in causes]


def _of(counts: Counts, number: int | None) -> Any:
    return np.zeros_like(counts.left) if number is None else counts.event[number]


def _steps(
    label: object,
    kind: object,
    counts: Counts,
    which: tuple[int, int | None],
    var: str,
    z: float,
    days: Floats | None,
    warned: Warned,
) -> pa.Table:
    """The rows of one group and kind."""
    place, number = which
    risk, left = counts.risk[place], counts.left[place]
    event = _of(counts, number)[place]
    other = counts.event[:, place].sum(axis=0) - event
    figures = [part.astype(float) for part in (risk, event, other)]
    steps = incidence_curve(figures[0], figures[1], figures[2], var, z)
    seen = np.flatnonzero(event + other + left)
    if days is None:
        here = seen
        at = counts.at[here]
        columns = [part[here] for part in (risk, event, other, left, *steps)]
    else:
        at = days
        after = np.searchsorted(counts.at, days, side="right")
        before = np.searchsorted(counts.at, days, side="left")
        start = [0.0, 0.0, np.nan, np.nan]
        figures = [np.append(one, part)[after] for one, part in zip(start, steps, strict=True)]
        last = counts.at[seen[-1]] if len(seen) else 0.0
        # Where everybody had an event nothing more can come.
        beyond = days > last if len(seen) and left[seen[-1]] else days < 0
        if beyond.any():
            warned.say(f"{label}: nobody was seen after day {last:g}, the share is not known there")
        columns = [
            np.append(risk, 0)[before],
            *(
                np.diff(np.append(0, np.cumsum(part))[after], prepend=0)
                for part in (event, other, left)
            ),
            *(np.where(beyond, np.nan, part) for part in figures),
        ]
    names = [[str(label)] * len(at), [str(kind)] * len(at)]
    return table_of(INCIDENCE, [*names, at, *columns], by_column=True)
