"""No evidence of disease activity: relapses, worsening and images together, year by year."""

from __future__ import annotations

import math
from typing import Literal, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.attached import attach
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.disability import disability_events, unconfirmed
from longwatch.endpoints.frames import (
    flat,
    frame,
    numbers,
    people,
    same_days,
    same_ids,
)
from longwatch.endpoints.prepare import Prepared, places, prepare
from longwatch.endpoints.relapses import relapse_days
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.rule_check import NEDA

_OPEN = ("last_visit", "too_early", "no_visit", "relapse", "not_scheduled")
"""Reasons why a worsening is not confirmed that leave open whether it was one."""
_STATES = pa.array(["yes", "no", "unknown"])
_YES, _NO, _UNKNOWN = 0, 1, 2


class _Years(NamedTuple):
    """Everybody's years: start and end of follow-up, and the last day of each year after it."""

    ids: pa.Array
    start: np.ndarray
    end: np.ndarray
    last: np.ndarray
    cumulative: bool
    grace: float

    def failing(self, ids: pa.Array, days: np.ndarray, grace: float) -> np.ndarray:
        """The first failing day after the start in each person's year; inf when none."""
        place = places(ids, self.ids)
        days = days[place >= 0] - self.start[place[place >= 0]]
        place = place[place >= 0]
        since = days - grace
        year = np.searchsorted(self.last, since)
        good = (days > 0 if grace else days >= 0) & (year < len(self.last))
        found = np.full((len(self.start), len(self.last)), np.inf)
        np.minimum.at(found, (place[good], year[good]), days[good])
        return np.minimum.accumulate(found, axis=1) if self.cumulative else found

    def seen(self, ids: pa.Array, days: np.ndarray) -> np.ndarray:
        """Was there a visit or a scan that tells about each year (and those before it)?"""
        there = ~np.isinf(self._once(ids, days))
        return np.logical_and.accumulate(there, axis=1) if self.cumulative else there

    def _once(self, ids: pa.Array, days: np.ndarray) -> np.ndarray:
        return self._replace(cumulative=False).failing(ids, days, self.grace)


def neda(
    visits: object,
    relapses: object,
    mri: object,
    subjects: object,
    rule: Rule,
    *,
    windows: Literal["yearly", "cumulative"] = "cumulative",
    years: int | None = None,
) -> pa.Table:
    """No evidence of disease activity (NEDA) of each person and year: yes, no or unknown.

    A year is `no` when one component failed in it; `yes` when follow-up covers it and each
    component was looked at and did not fail; `unknown` otherwise. Year k ends k times 365.25 days
    after the start, rounded.

    `relapse`: a relapse by the rule. `worsening`: a worsening by the rule, with a new baseline
    after each; open when a change could not be confirmed yet, and when no visit fell into the year.
    `mri`: a scan with a new enhancing or a new T2 lesion; open without a scan in the year, or when
    a count is missing. Scans and visits count for a year up to `neda_grace` days after it; those
    on the start day are the baseline.

    Inputs:
        visits, relapses, mri: frames; None leaves its component open.
        subjects: frame `subjects` with `start` and `end`. Visits before the last one up to the
            start are not used.
        rule: the definition; `rule.neda` names the components.
        windows: each year by itself, or from the start up to its end.
        years: so many years for everybody; None: as many as the longest follow-up has.

    Returns:
        One row per person and year, by id: `id`, `year`, `neda`, `failed`: the component that
        failed first, `failed_after` in days since the start, one column for each component (yes,
        no, unknown), `definition`.

    Raises:
        UsageError: tables that are not what they must be, or that do not belong together.

    >>> who = {"id": [1], "start": [0], "end": [366]}
    >>> seen = {"id": [1] * 3, "day": [0, 180, 365], "value": [2, 2, 2]}
    >>> scans = {"id": [1], "day": [370], "new_gd": [0], "new_t2": [1]}
    >>> neda(seen, {"id": [], "day": []}, scans, who, Rule.preset("care-ms"))["failed"].to_pylist()
    ['mri']
    """
    if windows not in ("yearly", "cumulative"):
        raise UsageError(Problem(f"windows = {windows!r}", how="take 'yearly' or 'cumulative'"))
    table = frame(subjects, "subjects")
    if not {"start", "end"} <= set(table.column_names):
        raise UsageError(Problem("columns 'start' and 'end' are needed", "subjects"))
    whole = _years(table, rule, windows == "cumulative", years)
    parts = {
        "relapse": lambda: _relapse(whole, table, relapses, rule),
        "worsening": lambda: _worsening(whole, table, visits, relapses, rule),
        "mri": lambda: _images(whole, table, mri),
    }
    chosen = [name for name in NEDA if name in rule.neda]
    judged = {name: parts[name]() for name in chosen}
    return attach(_table(whole, judged, rule), rule, {})


def _years(table: pa.Table, rule: Rule, cumulative: bool, years: int | None) -> _Years:
    start, end = (numbers(table[name]).astype(float) for name in ("start", "end"))
    longest = float(np.nanmax(end - start)) if np.isfinite(end - start).any() else 0.0
    number = years if years is not None else max(1, math.floor(longest / DAYS_A_YEAR))
    last = np.round(DAYS_A_YEAR * np.arange(1, number + 1))
    return _Years(flat(table["id"]), start, end, last, cumulative, rule.neda_grace)


def _states(whole: _Years, failing: np.ndarray, clean: np.ndarray, grace: float) -> np.ndarray:
    """No where something failed while followed, yes where all was seen to the end of the year."""
    length = (whole.end - whole.start)[:, None]
    failed = failing <= length + grace
    covered = clean & (length >= whole.last)
    return np.where(failed, _NO, np.where(covered, _YES, _UNKNOWN))


def _relapse(
    whole: _Years, table: pa.Table, relapses: object, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(whole.start), len(whole.last))
    if relapses is None:
        return np.full(shape, np.inf), np.full(shape, _UNKNOWN)
    given = frame(relapses, "relapses")
    same_ids(table, given)
    same_days(table, given)
    merged = relapse_days(given, rule)
    failing = whole.failing(flat(merged["id"]), _plain(merged), 0)
    return failing, _states(whole, failing, np.ones(shape, bool), 0)


def _worsening(
    whole: _Years, table: pa.Table, visits: object, relapses: object, rule: Rule
) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(whole.start), len(whole.last))
    if visits is None:
        return np.full(shape, np.inf), np.full(shape, _UNKNOWN)
    given = frame(visits, "visits")
    same_ids(table, given)
    same_days(table, given)
    given = _from_start(whole, given)
    steps = rule.with_(event="multiple", baseline="roving_wors", recount=True)
    events = disability_events(given, relapses, steps)
    events = events.filter(pc.equal(events["kind"], "CDW"))
    failing = whole.failing(flat(events["id"]), _plain(events), whole.grace)
    open_ = unconfirmed(given, relapses, steps)
    left = pc.and_(
        pc.equal(open_["kind"], "CDW"), pc.is_in(open_["reason"], value_set=pa.array(_OPEN))
    )
    open_ = open_.filter(left)
    doubt = ~np.isinf(whole.failing(flat(open_["id"]), _plain(open_), whole.grace))
    prepared = prepare(given, None, rule)
    owner = prepared.ids.take(
        pa.array(np.repeat(np.arange(len(prepared.ids)), np.diff(prepared.visits.at)))
    )
    seen = whole.seen(owner, prepared.visits.day.astype(float))
    clean = seen & ~doubt & _has_baseline(whole, prepared)[:, None]
    return failing, _states(whole, failing, clean, whole.grace)


def _images(whole: _Years, table: pa.Table, mri: object) -> tuple[np.ndarray, np.ndarray]:
    shape = (len(whole.start), len(whole.last))
    if mri is None:
        return np.full(shape, np.inf), np.full(shape, _UNKNOWN)
    given = frame(mri, "mri")
    same_ids(table, given)
    same_days(table, given)
    ids, days = flat(given["id"]), numbers(given["day"]).astype(float)
    counts = [
        numbers(given[name]) if name in given.column_names else np.full(len(days), np.nan)
        for name in ("new_gd", "new_t2")
    ]
    active = (counts[0] > 0) | (counts[1] > 0)
    clean = (counts[0] == 0) & (counts[1] == 0)

    def of(rows: np.ndarray) -> tuple[pa.Array, np.ndarray]:
        return ids.filter(pa.array(rows)), days[rows]

    failing = whole.failing(*of(active), whole.grace)
    unsure = ~np.isinf(whole.failing(*of(~active & ~clean), whole.grace))
    return failing, _states(whole, failing, whole.seen(*of(clean)) & ~unsure, whole.grace)


def _from_start(whole: _Years, visits: pa.Table) -> pa.Table:
    """Visits from the last one up to each person's start on: that one is the baseline."""
    ids, at = people(visits)
    place = places(ids, whole.ids)
    start = np.where(place >= 0, whole.start[place], -np.inf) if len(whole.start) else place * 1.0
    owner = np.repeat(np.arange(len(ids)), np.diff(at))
    day = numbers(visits["day"])
    late = day > start[owner]
    # The row before the first later one is the last one up to the start.
    baseline = np.append(late[1:] | (owner[1:] != owner[:-1]), True)[: len(late)] & ~late
    return visits.filter(pa.array(late | baseline))


def _has_baseline(whole: _Years, prepared: Prepared) -> np.ndarray:
    """Has each person a visit that counts on or before the start, or within the grace after it?"""
    ids, seen = prepared.ids, prepared.visits
    place = places(whole.ids, ids)
    first = np.full(len(place), np.inf)
    first[place >= 0] = seen.day[seen.at[place[place >= 0]]]
    return np.asarray(first <= whole.start + whole.grace)


def _plain(table: pa.Table) -> np.ndarray:
    return np.asarray(flat(table["day"].cast(pa.int32())).to_numpy(), float)


def _table(whole: _Years, judged: dict[str, tuple[np.ndarray, np.ndarray]], rule: Rule) -> pa.Table:
    names = list(judged)
    states = np.stack([state for _, state in judged.values()])
    failing = np.stack([np.where(state == _NO, day, np.inf) for day, state in judged.values()])
    overall = np.where(
        (states == _NO).any(axis=0),
        _NO,
        np.where((states == _YES).all(axis=0), _YES, _UNKNOWN),
    ).ravel()
    failed = overall == _NO
    after = failing.min(axis=0).ravel()
    persons, years = len(whole.start), len(whole.last)
    columns = {
        "id": whole.ids.take(pa.array(np.repeat(np.arange(persons), years))),
        "year": np.tile(np.arange(1, years + 1, dtype=np.int32), persons),
        "neda": _STATES.take(pa.array(overall)),
        "failed": pa.array(names).take(pa.array(failing.argmin(axis=0).ravel(), mask=~failed)),
        "failed_after": pa.array(np.where(failed, after, 0).astype(np.int32), mask=~failed),
    }
    for name, (_, state) in judged.items():
        columns[name] = _STATES.take(pa.array(state.ravel()))
    columns["definition"] = pa.repeat(pa.scalar(rule.definition, pa.string()), persons * years)
    return pa.table(columns)
