"""From events to times: how long each person went without one, or that nobody can say."""

from __future__ import annotations

from typing import Literal

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.attached import attach, rule_of
from longwatch.endpoints.frames import flat, frame, has_dates, numbers, people
from longwatch.endpoints.prepare import prepare, same_places
from longwatch.endpoints.rule import Rule

EventKind = Literal["CDW", "CDI", "PIRA", "RAW"]
STATUS = (
    "event",
    "censored",
    "not_assessable: no start or end",
    "not_assessable: no visit",
    "not_assessable: one visit",
    "not_assessable: follow-up shorter than confirmation",
    "not_assessable: event before the start",
)


def time_to(
    events: pa.Table, subjects: object, kind: EventKind = "CDW", *, visits: object = None
) -> pa.Table:
    """Days to the first event of a kind, or to the end of follow-up.

    Follow-up runs from `start` to `end` of the subject; with `visits`, to the last visit that
    counts when that comes earlier, and from the first one when `start` is missing: disability that
    nobody measured is not known to be stable. An event after the end does not count. A person whose
    follow-up could not have confirmed any event has neither time nor event.

    Inputs:
        events: from `disability_events`; its rule must look for this kind.
        subjects: frame `subjects`: `start`, `end`, perhaps `arm`, covariates.
        kind: CDW, CDI, PIRA or RAW.
        visits: frame `visits`, or None: then `start` and `end` are believed.

    Returns:
        One row per subject, sorted by id: `id`; `time` in days and `event`, both null when not
        assessable; `status`: event, censored, or not_assessable with the reason; then the other
        columns of `subjects`.

    Raises:
        UsageError: tables that do not belong together, or a rule that did not look for this kind.

    >>> from longwatch.endpoints.disability import disability_events
    >>> visits = {"id": [1] * 4, "day": [0, 90, 180, 270], "value": [3, 4, 4, 3]}
    >>> events = disability_events(visits, None, Rule.preset("msprog"))
    >>> people = {"id": [1, 2], "start": [0, 0], "end": [300, 20], "arm": ["a", "b"]}
    >>> time_to(events, people).select(["time", "event"]).to_pylist()
    [{'time': 90, 'event': True}, {'time': None, 'event': None}]
    """
    rule = rule_of(events)
    _looks_for(rule, kind)
    table = frame(subjects, "subjects")
    ids = flat(table["id"])
    start, end = _days(table, "start"), _days(table, "end")
    number = np.full(len(ids), 2)
    if visits is not None:
        start, end, number = _seen(table, visits, rule, start, end)
    onset, strangers = _first(events, kind, table, ids)
    length = end - start
    least = min(low for low, _ in rule.windows)
    status = np.select(
        [
            number == 0,
            np.isnan(length),
            onset <= start,
            onset <= end,
            number == 1,
            length < least,
        ],
        [3, 2, 6, 0, 4, 5],
        1,
    )
    known = status <= 1
    time = np.where(status == 0, onset - start, length)
    made = {
        "id": ids,
        "time": pa.array(np.where(known, time, 0).astype(np.int32), mask=~known),
        "event": pa.array(status == 0, mask=~known),
        "status": pa.array(STATUS).take(pa.array(status)),
    }
    kept = {name: table[name] for name in table.column_names if name not in made}
    counts = {"event: of nobody among the subjects": strangers} if strangers else {}
    return attach(pa.table({**made, **kept}), rule, counts)


def _looks_for(rule: Rule, kind: str) -> None:
    """Refuses a kind that the rule would have passed over."""
    seen = {
        "firstCDW": {"CDW"},
        "firstCDI": {"CDI"},
        "first": set(),
        "firstPIRA": {"PIRA"},
        "firstRAW": {"RAW"},
        "multiple": {"CDW", "CDI", *(("PIRA", "RAW") if rule.classify else ())},
    }[rule.event]
    if kind not in seen:
        event = {"CDW": "firstCDW", "CDI": "firstCDI"}.get(kind, f"first{kind}")
        raise UsageError(
            Problem(
                f"the rule ({rule.name}) did not look for the first {kind}",
                why=f"with event {rule.event!r} a {kind} behind another event is not found",
                how=f"make the events anew: rule.with_(event={event!r}), or 'multiple' with "
                "classify=True and baseline='roving'",
            )
        )


def _days(table: pa.Table, name: str) -> np.ndarray:
    """Start or end as numbers; nan where missing."""
    if name not in table.column_names:
        return np.full(table.num_rows, np.nan)
    return numbers(table[name]).astype(float)


def _seen(
    table: pa.Table, visits: object, rule: Rule, start: np.ndarray, end: np.ndarray
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Start and end as the visits allow them, and how many visits each subject has."""
    prepared = prepare(visits, None, rule)
    _same_clock(table, prepared.dates, "visits")
    place = same_places(table, prepared.ids)
    there = place >= 0
    begin, stop = prepared.visits.at[place[there]], prepared.visits.at[place[there] + 1]
    number = np.zeros(len(place), np.int64)
    first, last = np.full(len(place), np.nan), np.full(len(place), np.nan)
    number[there] = stop - begin
    first[there], last[there] = prepared.visits.day[begin], prepared.visits.day[stop - 1]
    return np.where(np.isnan(start), first, start), np.fmin(end, last), number


def _first(events: pa.Table, kind: str, table: pa.Table, ids: pa.Array) -> tuple[np.ndarray, int]:
    """The day of each subject's first event of a kind (inf: none), and events of others."""
    onset = np.full(len(ids), np.inf)
    column = "kind" if kind in ("CDW", "CDI") else "type"
    chosen = events.filter(pc.equal(events[column], kind))
    if not chosen.num_rows:
        return onset, 0
    _same_clock(table, pa.types.is_date(chosen.schema.field("day").type), "events")
    own, starts = people(chosen)
    place = same_places(pa.table({"id": own}), ids)
    days = flat(chosen["day"]).cast(pa.int32()).to_numpy()[starts[:-1]]
    onset[place[place >= 0]] = days[place >= 0]
    return onset, int(np.count_nonzero(place < 0))


def _same_clock(subjects: pa.Table, dates: bool, other: str) -> None:
    has_days = {"start", "end"} & set(subjects.column_names)
    if has_days and subjects.num_rows and has_dates(subjects) != dates:
        raise UsageError(
            Problem(
                f"subjects and {other} count days differently: one has dates, one day numbers",
                how="give dates in both, or days counted from the same day in both",
            )
        )
