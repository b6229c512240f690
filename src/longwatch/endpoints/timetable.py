"""Times to an event, as arrays: `id, time, event`, and what a row is grouped or adjusted by.

| column | meaning |
|---|---|
| `time` | days from the start to the event or to the end of follow-up; 0 is allowed |
| `event` | did it end with the event: true or false, 1 or 0; with competing events its kind |
| `entry`* | day from which the row is at risk: it counts at times in (`entry`, `time`] |

The kind of a competing event is a word or a number; none is false, 0 or `censored`. A row without
time, event, group or a covariate is left out and counted in the warnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.core.errors import Problem, UsageError
from longwatch.core.tables import as_table
from longwatch.endpoints.chances import DAYS_A_YEAR
from longwatch.endpoints.frame_columns import as_number
from longwatch.endpoints.frames import flat
from longwatch.endpoints.result import Describes

Floats = NDArray[np.float64]
Ints = NDArray[np.int64]
Flags = NDArray[np.bool_]
CENSORED = "censored"
ALL = "all"
"""The name of the one group when nobody asked for groups."""
_MOST_GROUPS = 100
_SHOWN = 5


class Levels(NamedTuple):
    """A column of words or numbers as codes: `labels` sorted, `code` -1 where missing."""

    labels: list[Any]
    code: Ints


@dataclass
class Warned:
    """Sentences collected on the way, each once."""

    said: list[str] = field(default_factory=list)

    def say(self, sentence: str) -> None:
        """Keeps a sentence for the reader of the result."""
        if sentence not in self.said:
            self.said.append(sentence)


class Times(NamedTuple):
    """The rows that count. `event` is 0 for none, 1 … for `kinds[0]` …; `entry` may be None."""

    time: Floats
    event: Ints
    kinds: list[Any]
    entry: Floats | None
    group: Levels
    rows: Ints
    table: pa.Table


def read_table(data: object, where: str) -> pa.Table:
    """Any Arrow-compatible frame or mapping of columns as a table.

    Raises:
        UsageError: it is none.
    """
    try:
        return as_table(data, pa.schema([]))
    except (TypeError, pa.ArrowException) as error:
        raise UsageError(Problem(str(error).splitlines()[0], where)) from None


def get(table: pa.Table, name: str, where: str) -> pa.Array:
    """A column.

    Raises:
        UsageError: there is none of this name.
    """
    if name not in table.column_names:
        shown = ", ".join(table.column_names) or "no columns"
        raise UsageError(
            Problem(f"column {name!r} is missing", where, how=f"it has {shown}; name one of them")
        )
    return flat(table[name])


def numbers(table: pa.Table, name: str, where: str) -> Floats:
    """A column of numbers; nan where missing.

    Raises:
        UsageError: it holds something else.
    """
    column = pc.fill_null(as_number(get(table, name, where), name, where), float("nan"))
    return np.asarray(column.to_numpy(zero_copy_only=False), np.float64)


def levels(column: pa.Array, name: str, where: str, most: int | None = _MOST_GROUPS) -> Levels:
    """The different values of a column, sorted, and which one each row has.

    Raises:
        UsageError: more values than groups can be told apart, or values without an order.
    """
    if not pa.types.is_dictionary(column.type):
        column = pc.dictionary_encode(column)
    if pa.types.is_floating(column.type.value_type) or pa.types.is_null(column.type.value_type):
        column = pc.dictionary_encode(_without_nan(column))
    values = column.dictionary.to_pylist()
    codes = np.asarray(column.indices.fill_null(-1).to_numpy(zero_copy_only=False), np.int64)
    used = np.flatnonzero(np.bincount(codes[codes >= 0], minlength=len(values)))
    if most is not None and len(used) > most:
        raise UsageError(
            Problem(
                f"column {name!r} has {len(used)} different values",
                where,
                why="each would be a group of its own",
                how=f"give a column with at most {most} groups",
            )
        )
    order = sorted(used.tolist(), key=lambda place: values[place])
    place = np.full(len(values) + 1, -1, np.int64)
    place[np.asarray(order, np.int64)] = np.arange(len(order))
    return Levels([values[one] for one in order], place[codes])


def _without_nan(column: pa.Array) -> pa.Array:
    plain = column.cast(column.type.value_type)
    if pa.types.is_null(plain.type):
        return plain.cast(pa.string())
    return pc.if_else(pc.is_nan(plain), pa.scalar(None, plain.type), plain)


def read_times(
    tte: object,
    warned: Warned,
    *,
    by: str | None = None,
    entry: str | None = None,
    needed: Sequence[str] = (),
    competing: bool = False,
    where: str = "tte",
) -> Times:
    """The rows of a table of times that can be used, and a sentence for those that cannot.

    Inputs:
        tte: table with `time`, `event` and the columns named.
        by: column of the groups; None = one group.
        entry: column of the day from which a row is at risk.
        needed: further columns in which nothing may be missing.
        competing: `event` may name several kinds.

    Raises:
        UsageError: a column is missing or is not what it must be, a time is negative or infinite.
    """
    table = read_table(tte, where)
    time = numbers(table, "time", where)
    event, kinds = _events(get(table, "event", where), competing, where)
    start = numbers(table, entry, where) if entry is not None else None
    group = (
        levels(get(table, by, where), by, where)
        if by is not None
        else Levels([ALL], np.zeros(table.num_rows, np.int64))
    )
    if (time < 0).any():
        raise UsageError(
            Problem(
                f"{int((time < 0).sum())} times are negative",
                where,
                why="nobody has an event before the time begins",
                how="count the days from each person's own start",
            )
        )
    reasons: list[tuple[str, Flags]] = [
        *_not_assessable(table, np.isnan(time)),
        ("without time", np.isnan(time)),
        ("without event or censoring", event < 0),
        *([(f"without {by}", group.code < 0)] if by is not None else []),
    ]
    if start is not None:
        reasons += [(f"without {entry}", np.isnan(start)), ("with no time at risk", start >= time)]
    keep = lost_rows(table, reasons, needed, where, "rows", warned)
    rows = np.flatnonzero(keep)
    if len(rows) < len(keep):
        time, event = time[rows], event[rows]
        start = start[rows] if start is not None else None
        group = with_rows(Levels(group.labels, group.code[rows]), by, warned)
    return Times(time, event, kinds, start, group, rows, table)


def _not_assessable(table: pa.Table, unknown: Flags) -> list[tuple[str, Flags]]:
    """The reasons that `time_to` gave for rows without time, each with its rows."""
    if "status" not in table.column_names or not unknown.any():
        return []
    status = levels(flat(table["status"]), "status", "tte", most=None)
    return [
        (f"({label})", unknown & (status.code == place))
        for place, label in enumerate(status.labels)
    ]


def lost_rows(
    table: pa.Table,
    reasons: list[tuple[str, Flags]],
    needed: Sequence[str],
    where: str,
    what: str,
    warned: Warned,
) -> Flags:
    """Which rows stay; the rest is counted by the first reason that holds.

    Inputs:
        table: of all rows. reasons: in words, and for which rows they hold.
        needed: columns in which nothing may be missing.
        where, what: the table and its rows, in words.
    """
    keep = np.ones(table.num_rows, bool)
    missing = [(f"without {name}", _missing(table, name, where)) for name in needed]
    for why, bad in [*reasons, *missing]:
        lost = int((keep & bad).sum())
        if lost:
            warned.say(f"{lost} {what} {why} are left out")
            keep &= ~bad
    return keep


def with_rows(group: Levels, by: str | None, warned: Warned) -> Levels:
    """The groups of which a row is left."""
    if by is None:
        return group
    there = np.bincount(group.code, minlength=len(group.labels)) > 0
    for label, left in zip(group.labels, there, strict=True):
        if not left:
            warned.say(f"nobody of group {label} is left")
    labels = [label for label, left in zip(group.labels, there, strict=True) if left]
    return Levels(labels, (np.cumsum(there) - 1)[group.code])


def _missing(table: pa.Table, name: str, where: str) -> Flags:
    column = get(table, name, where)
    nan_too = pa.types.is_floating(column.type)
    missing: Flags = pc.is_null(column, nan_is_null=nan_too).to_numpy(zero_copy_only=False)
    return missing


def _events(column: pa.Array, competing: bool, where: str) -> tuple[Ints, list[Any]]:
    """Codes of the events: -1 unknown, 0 none, 1 … for the kinds returned."""
    found = levels(column, "event", where)
    none = [place for place, label in enumerate(found.labels) if _is_none(label)]
    kinds = [label for label in found.labels if not _is_none(label)]
    if not competing and (len(kinds) > 1 or (kinds and kinds[0] not in (True, 1))):
        shown = ", ".join(repr(kind) for kind in kinds[:_SHOWN])
        raise UsageError(
            Problem(
                f"column 'event' holds {shown}",
                where,
                how="give true or false; for several kinds use cumulative_incidence",
            )
        )
    code = np.full(len(found.labels) + 1, -1, np.int64)
    code[none] = 0
    real = [place for place in range(len(found.labels)) if place not in none]
    code[real] = np.arange(1, len(real) + 1)
    return code[found.code], kinds


def _is_none(label: Any) -> bool:
    return label == CENSORED or (not isinstance(label, str) and label == 0)


def distinct(values: Floats) -> tuple[Floats, Ints]:
    """The different values, sorted, and the place of each row among them.

    Whole days are counted instead of sorted, which for a million rows is ten times as fast.

    >>> at, place = distinct(np.array([5.0, 2.0, 5.0]))
    >>> at.tolist(), place.tolist()
    ([2.0, 5.0], [1, 0, 1])
    """
    if len(values):
        low, high = values.min(), values.max()
        if high - low <= max(len(values), 1000):
            whole = (values - low).astype(np.int64)
            if low == np.rint(low) and bool((whole + low == values).all()):
                there = np.bincount(whole) > 0
                place = np.cumsum(there) - 1
                return np.flatnonzero(there) + low, place[whole]
    at, place = np.unique(values, return_inverse=True)
    return at, np.asarray(place, np.int64)


def wanted(times: Sequence[float]) -> Floats:
    """Days asked for, as an array in order.

    Raises:
        UsageError: one is missing or negative, or they go backward.
    """
    days = np.atleast_1d(np.asarray(times, np.float64))
    if np.isnan(days).any() or (days < 0).any() or (np.diff(days) < 0).any():
        raise UsageError(
            Problem(f"times {days.tolist()}", how="give days from 0 on, from early to late")
        )
    return days


def reference_place(labels: list[Any], reference: object, by: str | None) -> int:
    """Which group the others are compared with.

    Raises:
        UsageError: no group has this name.
    """
    if reference is None:
        return 0
    if reference not in labels:
        shown = ", ".join(repr(label) for label in labels[:_SHOWN])
        raise UsageError(
            Problem(f"no group {reference!r} in {by!r}", how=f"name one of {shown or 'none'}")
        )
    return labels.index(reference)


def sizes(times: Times, warned: Warned) -> dict[str, Any]:
    """How many rows, events and person-years stand behind a result; warns when there are none."""
    many, events = len(times.time), int((times.event > 0).sum())
    if not many:
        warned.say("no rows: nothing can be estimated")
    elif not events:
        warned.say("no events")
    days = float(times.time.sum() - (times.entry.sum() if times.entry is not None else 0.0))
    return {"n": many, "events": events, "person_years": days / DAYS_A_YEAR}


def table_of(schema: pa.Schema, rows: Sequence[Any], *, by_column: bool = False) -> pa.Table:
    """Rows (or columns) as a table of a fixed schema; what is not a number is missing."""
    parts = rows if by_column else [[row[place] for row in rows] for place in range(len(schema))]
    columns = [
        pa.array(part, one.type, from_pandas=True) for part, one in zip(parts, schema, strict=True)
    ]
    return pa.table(columns, schema=schema)


def rule_behind(table: object, rule: Describes | None) -> Describes | None:
    """The rule given, or the one that travels with a table made by `endpoints`."""
    if rule is not None or not isinstance(table, pa.Table):
        return rule
    if b"longwatch.rule" in (table.schema.metadata or {}):
        from longwatch.endpoints.attached import rule_of

        return rule_of(table)
    return rule
