"""Confirmed disability worsening and improvement: every event with its evidence."""

from __future__ import annotations

import numpy as np
import pyarrow as pa

from longwatch.endpoints.attached import attach
from longwatch.endpoints.prepare import Prepared, prepare
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.scan_run import Engine, plan_of, run
from longwatch.endpoints.scan_words import (
    BASE,
    CONFIRMED,
    HELD_TO,
    KIND,
    ONSET,
    PERSON,
    REASON,
    REFERENCE,
    TYPE,
    WINDOWS,
    Found,
)

_KINDS = pa.array(["CDW", "CDI"])
_TYPES = pa.array([None, "RAW", "PIRA", "undefined"], pa.string())
_REASONS = pa.array(
    [
        "last_visit",
        "too_early",
        "no_visit",
        "relapse",
        "not_scheduled",
        "reverted",
        "not_sustained",
    ]
)


def disability_events(
    visits: object, relapses: object, rule: Rule, *, engine: Engine = "auto"
) -> pa.Table:
    """Confirmed worsening (CDW) and improvement (CDI) of everybody, one row per event.

    Inputs:
        visits, relapses: frames (`frames`); relapses may be None. Order of rows does not matter,
            unless the rule says that the last of one day's values counts.
        rule: the definition; it travels with the table (`rule_of`).
        engine: `python`, `compiled`, or `auto` (by size); they give the same answer.

    Returns:
        Sorted by id and onset: `id`; `event` 1, 2, … of the person; `kind` CDW or CDI; `type` RAW,
        PIRA or undefined, null when the rule does not classify; `day`, `value` of the onset;
        `baseline_day`, `baseline_value`; `reference_day`, `reference_value`: the last visit from
        which the change would count; `confirmed_day`, `confirmed_value` of the first confirming
        visit (null: counted at the last visit without one); `confirmations`: for each window with
        one, `window` in days, `day`, `value`, `pira_day`, `pira_value`; `sustained_days`,
        `sustained_to_end`; `time` since the first visit, `since_baseline`, `follow_up` in days;
        `definition`. Days are dates when the visits came with dates.

    Raises:
        UsageError: tables that are not what they must be, or that do not belong together.

    >>> visits = {"id": [1] * 4, "day": [0, 90, 180, 270], "value": [3, 4, 4, 3]}
    >>> events = disability_events(visits, None, Rule.preset("msprog"))
    >>> events.select(["id", "kind", "day", "confirmed_day", "sustained_to_end"]).to_pylist()
    [{'id': 1, 'kind': 'CDW', 'day': 90, 'confirmed_day': 180, 'sustained_to_end': False}]
    """
    prepared = prepare(visits, relapses, rule)
    found = run(plan_of(rule), prepared.visits, engine)
    return attach(_events(prepared, found, rule), rule, prepared.set_aside)


def unconfirmed(
    visits: object, relapses: object, rule: Rule, *, engine: Engine = "auto"
) -> pa.Table:
    """Changes that were large enough and yet are no events, and why.

    Inputs:
        visits, relapses, rule, engine: as for `disability_events`.

    Returns:
        Sorted by id and day: `id`, `kind`, `day`, `value`, `baseline_day`, `baseline_value`,
        `reason`, `definition`. Reasons: `last_visit`: nothing came after it; `too_early`: the last
        visit came before the first that could confirm; `no_visit`: none came in a window;
        `relapse`: all visits in the windows lay too near to a relapse; `not_scheduled`: none was
        allowed to confirm; `reverted`: a visit up to the confirmation did not show the change;
        `not_sustained`: it was confirmed and did not last.

    Raises:
        UsageError: as for `disability_events`.

    >>> visits = {"id": [1] * 3, "day": [0, 90, 120], "value": [3, 4, 4]}
    >>> unconfirmed(visits, None, Rule.preset("msprog"))["reason"].to_pylist()
    ['too_early', 'last_visit']
    """
    prepared = prepare(visits, relapses, rule)
    found = run(plan_of(rule, unconfirmed=True), prepared.visits, engine)
    person = found.candidates[:, PERSON]
    at = prepared.visits.at[person]
    onset, base = at + found.candidates[:, ONSET], at + found.candidates[:, KIND]
    value = prepared.visits.value[onset]
    rising = value > found.candidate_values
    table = pa.table(
        {
            "id": prepared.ids.take(pa.array(person)),
            "kind": _KINDS.take(pa.array((rising != (rule.worse == "higher")).astype(np.int8))),
            "day": _days(prepared, onset),
            "value": value,
            "baseline_day": _days(prepared, base),
            "baseline_value": found.candidate_values,
            "reason": _REASONS.take(pa.array(found.candidates[:, REASON])),
            "definition": _repeated(rule.definition, len(person)),
        }
    )
    return attach(table, rule, prepared.set_aside)


def _events(prepared: Prepared, found: Found, rule: Rule) -> pa.Table:
    visits, rows = prepared.visits, found.events
    person = rows[:, PERSON]
    at = visits.at[person]
    onset, base = at + rows[:, ONSET], at + rows[:, BASE]
    confirmed = rows[:, CONFIRMED]
    sure = confirmed >= 0
    shown = np.where(sure, at + confirmed, 0)
    held = at + rows[:, HELD_TO]
    first, last = visits.day[at], visits.day[visits.at[person + 1] - 1]
    onset_day = visits.day[onset]
    return pa.table(
        {
            "id": prepared.ids.take(pa.array(person)),
            "event": _numbered(person),
            "kind": _KINDS.take(pa.array(rows[:, KIND])),
            "type": _TYPES.take(pa.array(rows[:, TYPE])),
            "day": _days(prepared, onset),
            "value": visits.value[onset],
            "baseline_day": _days(prepared, base),
            "baseline_value": found.values[:, 0],
            "reference_day": _days(prepared, at + rows[:, REFERENCE]),
            "reference_value": found.values[:, 1],
            "confirmed_day": _days(prepared, shown, sure),
            "confirmed_value": pa.array(_taken(visits.value, shown), mask=~sure),
            "confirmations": _confirmations(prepared, found, rule, at),
            "sustained_days": visits.day[held] - onset_day,
            "sustained_to_end": held == visits.at[person + 1] - 1,
            "time": onset_day - first,
            "since_baseline": onset_day - visits.day[base],
            "follow_up": last - first,
            "definition": _repeated(rule.definition, len(person)),
        }
    )


def _confirmations(prepared: Prepared, found: Found, rule: Rule, at: np.ndarray) -> pa.Array:
    """For each event a list of its confirmations, one for each window that has one."""
    places = found.events[:, WINDOWS::2]
    free = found.events[:, WINDOWS + 1 :: 2]
    there = places >= 0
    event, window = np.nonzero(there)
    place = at[event] + places[event, window]
    is_pira = free[event, window] >= 0
    pira = np.where(is_pira, at[event] + free[event, window], 0)
    value = prepared.visits.value
    inner = pa.StructArray.from_arrays(
        [
            pa.array(np.array(rule.confirm, np.int32)[window]),
            _days(prepared, place),
            pa.array(_taken(value, place)),
            _days(prepared, pira, is_pira),
            pa.array(_taken(value, pira), mask=~is_pira),
        ],
        ["window", "day", "value", "pira_day", "pira_value"],
    )
    offsets = np.concatenate([[0], np.cumsum(there.sum(axis=1))]).astype(np.int32)
    return pa.ListArray.from_arrays(pa.array(offsets), inner)


def _days(prepared: Prepared, rows: np.ndarray, there: np.ndarray | None = None) -> pa.Array:
    """The days of rows; null where there is none."""
    days = pa.array(
        _taken(prepared.visits.day, rows), pa.int32(), mask=None if there is None else ~there
    )
    return days.cast(pa.date32()) if prepared.dates else days


def _taken(values: np.ndarray, rows: np.ndarray) -> np.ndarray:
    """The values of rows; none of none, also when there are no values."""
    return values[rows] if len(rows) else values[:0]


def _numbered(person: np.ndarray) -> np.ndarray:
    """1, 2, … within each person's rows."""
    begins = np.flatnonzero(np.append(True, person[1:] != person[:-1])[: len(person)])
    lengths = np.diff(np.append(begins, len(person)))
    return (np.arange(len(person)) - np.repeat(begins, lengths) + 1).astype(np.int32)


def _repeated(word: str, times: int) -> pa.Array:
    return pa.repeat(pa.scalar(word, pa.string()), times)
