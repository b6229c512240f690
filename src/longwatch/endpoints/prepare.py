"""Visits and relapses as the flat arrays of the scan; what could not be used is counted."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.endpoints.frame_columns import whole_steps
from longwatch.endpoints.frames import (
    empty,
    flat,
    frame,
    has_dates,
    numbers,
    people,
    same_days,
    same_ids,
    set_aside,
)
from longwatch.endpoints.rule import Rule
from longwatch.endpoints.scan_words import Visits


class Prepared(NamedTuple):
    """Everybody with a visit, by id; the visits that count; why others do not."""

    ids: pa.Array
    visits: Visits
    dates: bool
    set_aside: dict[str, int]


def prepare(visits: object, relapses: object, rule: Rule) -> Prepared:
    """Visits and relapses, checked, in the order of ids and days, one value for a day.

    Set aside and counted: rows without id, day or value; values off the rule's scale; all but one
    of several values of one day (`same_day`); relapses of people without a visit; with
    `relapses_confirmed` relapses that are not marked so.

    Inputs:
        visits: frame `visits`. relapses: frame `relapses`, or None when there were none.

    Raises:
        UsageError: tables that are not what they must be, or that do not belong together.
    """
    table = frame(visits, "visits")
    counts = {f"visit: {why}": rows for why, rows in set_aside(table).items()}
    table = _on_scale(table, rule, counts)
    ids, at = people(table)
    day, value = numbers(table["day"]), numbers(table["value"])
    allowed = (
        numbers(table["scheduled"])
        if "scheduled" in table.column_names
        else np.ones(len(day), bool)
    )
    keep = _one_a_day(day, value, at, rule)
    if keep is not None:
        counts["visit: another on the same day"] = int(len(keep) - keep.sum())
        at = np.concatenate([[0], np.cumsum(keep)])[at]
        day, value, allowed = day[keep], value[keep], allowed[keep]
    relapse_at, relapse = _relapses(relapses, table, ids, rule, counts)
    return Prepared(
        ids,
        fixed_visits(at, day, value, allowed, relapse_at, relapse),
        has_dates(table),
        counts,
    )


def fixed_visits(
    at: np.ndarray,
    day: np.ndarray,
    value: np.ndarray,
    allowed: np.ndarray,
    relapse_at: np.ndarray,
    relapse: np.ndarray,
) -> Visits:
    """The arrays read-only and each of one type: Numba compiles anew for each mixture of types."""
    kinds = (np.int64, np.int32, np.float64, np.bool_, np.int64, np.int32)
    fixed = []
    columns = (at, day, value, allowed, relapse_at, relapse)
    for column, kind in zip(columns, kinds, strict=True):
        view: np.ndarray = np.ascontiguousarray(column, kind).view()
        view.setflags(write=False)
        fixed.append(view)
    return Visits(*fixed)


def _on_scale(table: pa.Table, rule: Rule, counts: dict[str, int]) -> pa.Table:
    good = whole_steps(numbers(table["value"]), *rule.scale)
    if good.all():
        return table
    counts["visit: value off the scale"] = int(len(good) - good.sum())
    return table.filter(pa.array(good))


def _one_a_day(day: np.ndarray, value: np.ndarray, at: np.ndarray, rule: Rule) -> np.ndarray | None:
    """Which rows stay so that each day has one value; None when all do."""
    same = day[1:] == day[:-1]
    same[at[1:-1] - 1] = False
    if not same.any():
        return None
    if rule.same_day == "last":
        return np.append(~same, True)
    begins = np.flatnonzero(np.concatenate([[True], ~same]))
    higher = (rule.same_day == "worst") == (rule.worse == "higher")
    best = (np.maximum if higher else np.minimum).reduceat(value, begins)
    group = np.cumsum(np.concatenate([[0], ~same]))
    hit = np.flatnonzero(value == best[group])
    keep = np.zeros(len(day), bool)
    # The last of equal values of a day: assignment keeps the last one written.
    chosen = np.zeros(len(begins), np.int64)
    chosen[group[hit]] = hit
    keep[chosen] = True
    return keep


def _relapses(
    relapses: object, visits: pa.Table, ids: pa.Array, rule: Rule, counts: dict[str, int]
) -> tuple[np.ndarray, np.ndarray]:
    """Where each person's relapses begin, and their days."""
    table = empty("relapses", visits) if relapses is None else frame(relapses, "relapses")
    same_ids(visits, table)
    same_days(visits, table)
    for why, rows in set_aside(table).items():
        counts[f"relapse: {why}"] = rows
    if rule.relapses_confirmed and table.num_rows:
        if "confirmed" not in table.column_names:
            raise UsageError(
                Problem(
                    "column 'confirmed' is missing",
                    "relapses",
                    why="the rule counts confirmed relapses only",
                    how="add the column, or take with_(relapses_confirmed=False)",
                )
            )
        sure = table.filter(table["confirmed"])
        if sure.num_rows < table.num_rows:
            counts["relapse: not confirmed"] = table.num_rows - sure.num_rows
        table = sure
    number = np.zeros(len(ids), np.int64)
    if not table.num_rows:
        return np.zeros(len(ids) + 1, np.int64), np.zeros(0, np.int32)
    theirs, starts = people(table)
    place = places(theirs, ids)
    known = place >= 0
    days = numbers(table["day"])
    if not known.all():
        lengths = np.diff(starts)
        counts["relapse: of nobody with a visit"] = int(lengths[~known].sum())
        days = days[np.repeat(known, lengths)]
    number[place[known]] = np.diff(starts)[known]
    return np.concatenate([[0], np.cumsum(number)]), days


def same_places(table: pa.Table, ids: pa.Array) -> np.ndarray:
    """Where each id of a table stands among sorted ids; -1 when it does not.

    Raises:
        UsageError: ids of another type.
    """
    same_ids(table, pa.table({"id": ids}))
    return places(flat(table["id"]), ids)


def places(some: pa.Array, ids: pa.Array) -> np.ndarray:
    """Where each of some ids stands among sorted ids; -1 when it does not."""
    if pa.types.is_integer(ids.type) and pa.types.is_integer(some.type) and len(ids):
        whole, part = ids.to_numpy(), some.to_numpy()
        place = np.minimum(np.searchsorted(whole, part), len(whole) - 1)
        return np.where(whole[place] == part, place, -1)
    found = pc.index_in(some, value_set=ids.cast(some.type))
    return np.asarray(flat(pa.chunked_array([found])).fill_null(-1).to_numpy(), np.int64)
