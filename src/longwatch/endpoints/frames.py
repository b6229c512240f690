"""Tables in: any Arrow-compatible frame, checked, with whole days, sorted by person and day.

| table | columns (`*` may be missing) |
|---|---|
| `visits` | `id`, `day`, `value`, `scheduled`* (may this visit confirm?) |
| `relapses` | `id`, `day`, `confirmed`* |
| `subjects` | `id`, `start`*, `end`*, `arm`*, covariates |
| `infusions` | `id`, `day`, `course`* |
| `aes` | `id`, `day`, `term`, `serious`* |
| `tests` | `id`, `day`, `test` |
| `mri` | `id`, `day`, `new_gd`*, `new_t2`* (lesions not there before) |

`day` counts days from wherever the giver likes; a column `date` in its place is a calendar date,
and `day` then counts from 1970-01-01. Ids are whole numbers or text and stay what they are.
"""

from __future__ import annotations

import json
from typing import NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError
from longwatch.core.tables import as_table
from longwatch.endpoints.frame_columns import as_days, as_flag, as_ids, as_number, as_text

_KIND = b"longwatch.frame"
_CLOCK = b"longwatch.clock"
_ASIDE = b"longwatch.set_aside"

_BITS = 62
"""Bits of a whole number that a sort may use."""

_SHOWN = 5
"""So many ids or rows stand in a message; more would hide the message."""


class _Shape(NamedTuple):
    """The columns of one kind of table."""

    dated: tuple[str, ...] = ("day",)
    dates_needed: bool = True
    numbers: tuple[str, ...] = ()
    texts: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    flags: tuple[str, ...] = ()


_KINDS = {
    "visits": _Shape(numbers=("value",), needed=("value",), flags=("scheduled",)),
    "relapses": _Shape(flags=("confirmed",)),
    "subjects": _Shape(dated=("start", "end"), dates_needed=False),
    "infusions": _Shape(numbers=("course",)),
    "aes": _Shape(texts=("term",), needed=("term",), flags=("serious",)),
    "tests": _Shape(texts=("test",), needed=("test",)),
    "mri": _Shape(numbers=("new_gd", "new_t2")),
}


def frame(data: object, kind: str, *, strict: bool = False) -> pa.Table:
    """A table of one kind: checked, days as whole numbers, sorted by id and day.

    Rows of one person on one day stay in the order given. Further columns are kept as they are.
    A row without id, day or needed value is set aside and counted (`set_aside`).

    Inputs:
        data: anything with the Arrow PyCapsule interface (pandas, polars, pyarrow, duckdb), or a
            mapping of columns. It is not changed.
        kind: `visits`, `relapses`, `subjects`, `infusions`, `aes`, `tests` or `mri`.
        strict: refuse a table with a row that would be set aside.

    Raises:
        UsageError: no table, a missing column, or a column that is not what it must be.

    >>> table = frame({"id": ["b", "a"], "day": [0, 3], "value": [2, 1.5]}, "visits")
    >>> table["id"].to_pylist(), table["day"].to_pylist()
    (['a', 'b'], [3, 0])
    """
    if kind not in _KINDS:
        raise UsageError(Problem(f"no table is called {kind!r}", how=f"one of {', '.join(_KINDS)}"))
    shape = _KINDS[kind]
    table = _table(data, kind)
    counts = set_aside(table)
    columns, clock = _columns(table, kind, shape)
    if has_dates(table):
        clock = "date"
    keep, lost = _complete(columns, shape)
    if lost and strict:
        raise _rows_lost(kind, lost)
    result = pa.table(columns)
    if lost:
        result = result.filter(pa.array(keep))
    for why, rows in lost.items():
        counts[why] = counts.get(why, 0) + len(rows)
    if kind == "subjects":
        result = _one_row_each(result)
    else:
        result = _sorted(result)
    return result.replace_schema_metadata(
        {_KIND: kind.encode(), _CLOCK: clock.encode(), _ASIDE: json.dumps(counts).encode()}
    )


def empty(kind: str, like: pa.Table | None = None) -> pa.Table:
    """A table of one kind without rows; ids and days are those of `like` when it is given.

    >>> empty("relapses").schema.names
    ['id', 'day']
    """
    shape = _KINDS[kind]
    table = frame(
        {"id": [], **{name: [] for name in (*shape.dated, *shape.needed)}},
        kind,
    )
    if like is None:
        return table
    return table.cast(table.schema.set(0, like.schema.field("id"))).replace_schema_metadata(
        {**table.schema.metadata, _CLOCK: (like.schema.metadata or {}).get(_CLOCK, b"day")}
    )


def set_aside(table: pa.Table) -> dict[str, int]:
    """Why rows of a frame were left out, and how many for each reason.

    >>> set_aside(frame({"id": [1, 1], "day": [0, None], "value": [2, 2]}, "visits"))
    {'no day': 1}
    """
    metadata = table.schema.metadata or {}
    return dict(json.loads(metadata.get(_ASIDE, b"{}")))


def has_dates(table: pa.Table) -> bool:
    """Did the days of a frame come as calendar dates?

    >>> has_dates(frame({"id": [1], "date": ["2020-04-01"], "value": [2]}, "visits"))
    True
    """
    return bool((table.schema.metadata or {}).get(_CLOCK) == b"date")


def same_ids(first: pa.Table, second: pa.Table) -> None:
    """Refuses two frames whose ids cannot meet, because they are of different types.

    A relapse of patient `1` would otherwise find no patient `"1"`, and every worsening would look
    as if it had come without a relapse.

    Inputs:
        first, second: frames (`frame`). One without rows fits everything.

    Raises:
        UsageError: ids of different types.
    """
    if not first.num_rows or not second.num_rows:
        return
    ids = first.schema.field("id").type, second.schema.field("id").type
    names = _name(first), _name(second)
    if ids[0] != ids[1]:
        raise UsageError(
            Problem(
                f"ids are {ids[0]} in {names[0]} and {ids[1]} in {names[1]}",
                why="no row of one would find its person in the other",
                how="give the ids of all tables as text, or all as whole numbers",
            )
        )


def same_days(first: pa.Table, second: pa.Table) -> None:
    """Refuses two frames of which one has dates and the other day numbers.

    Raises:
        UsageError: they count days differently.
    """
    if first.num_rows and second.num_rows and has_dates(first) != has_dates(second):
        names = _name(first), _name(second)
        raise UsageError(
            Problem(
                f"{names[0]} and {names[1]} count days differently: one has dates, one day numbers",
                how="give `date` in both, or `day` counted from the same day in both",
            )
        )


def people(table: pa.Table) -> tuple[pa.Array, np.ndarray]:
    """Who is in a sorted frame, and where each one's rows begin.

    Returns:
        The ids, sorted, and `starts` int64[people + 1]: person i has rows starts[i]:starts[i+1].

    >>> ids, starts = people(frame({"id": [7, 5, 7], "day": [0, 0, 9]}, "relapses"))
    >>> ids.to_pylist(), starts.tolist()
    ([5, 7], [0, 1, 3])
    """
    ids = flat(table["id"])
    heads = _heads(ids)
    return ids.take(pa.array(heads)), np.append(heads, len(ids)).astype(np.int64)


def flat(column: pa.ChunkedArray) -> pa.Array:
    """One array out of a column's chunks."""
    return column.chunk(0) if column.num_chunks == 1 else column.combine_chunks()


def numbers(column: pa.ChunkedArray) -> np.ndarray:
    """A column as a NumPy array; missing floats are nan, missing flags true."""
    if pa.types.is_boolean(column.type):
        return np.asarray(flat(column.fill_null(True)).to_numpy(zero_copy_only=False))
    if column.null_count:
        return np.asarray(flat(column.cast(pa.float64())).to_numpy(zero_copy_only=False))
    return np.asarray(flat(column).to_numpy())


def _name(table: pa.Table) -> str:
    return str((table.schema.metadata or {}).get(_KIND, b"the table").decode())


def _table(data: object, kind: str) -> pa.Table:
    try:
        return as_table(data, pa.schema([]))
    except (TypeError, pa.ArrowException) as error:
        raise UsageError(Problem(str(error).splitlines()[0], kind)) from None


def _columns(
    table: pa.Table, kind: str, shape: _Shape
) -> tuple[dict[str, pa.Array | pa.ChunkedArray], str]:
    """The columns as they must be, by name, and whether days are `date` or `day`."""
    names = table.column_names
    twice = {name for name in names if names.count(name) > 1}
    if twice:
        raise UsageError(Problem(f"column {min(twice)!r} stands there twice", kind))
    source = dict(zip(names, table.itercolumns(), strict=True))
    if shape.dated == ("day",) and "day" not in source and "date" in source:
        source["day"] = source.pop("date")
    wanted = ["id", *(shape.dated if shape.dates_needed else ()), *shape.needed]
    missing = [name for name in wanted if name not in source]
    if missing:
        raise UsageError(
            Problem(
                f"column {missing[0]!r} is missing" + (" (or 'date')" * (missing[0] == "day")),
                kind,
                how=f"it has {', '.join(names) or 'no columns'}; rename the one that means it",
            )
        )
    columns: dict[str, pa.Array | pa.ChunkedArray] = {"id": as_ids(source.pop("id"), kind)}
    clocks = set()
    for name in shape.dated:
        if name in source:
            columns[name], clock = as_days(source.pop(name), name, kind)
            clocks.add(clock)
    if len(clocks) > 1:
        raise UsageError(Problem("start and end count days differently", kind, how="give dates"))
    for names_, change in (
        (shape.numbers, as_number),
        (shape.texts, as_text),
        (shape.flags, as_flag),
    ):
        for name in names_:
            if name in source:
                columns[name] = change(source.pop(name), name, kind)
    return {**columns, **source}, clocks.pop() if clocks else "day"


def _complete(
    columns: dict[str, pa.Array | pa.ChunkedArray], shape: _Shape
) -> tuple[np.ndarray, dict[str, list[int]]]:
    """Which rows have all that is needed, and the rows lost for each reason (the first one)."""
    keep = np.ones(len(columns["id"]), bool)
    lost: dict[str, list[int]] = {}
    for name in ("id", *(shape.dated if shape.dates_needed else ()), *shape.needed):
        if columns[name].null_count:
            bad = pc.is_null(columns[name]).to_numpy(zero_copy_only=False) & keep
            if bad.any():
                lost[f"no {name}"] = np.flatnonzero(bad).tolist()
                keep &= ~bad
    return keep, lost


def _rows_lost(kind: str, lost: dict[str, list[int]]) -> UsageError:
    problems = []
    for why, rows in lost.items():
        shown = ", ".join(str(row + 1) for row in rows[:_SHOWN])
        more = "" if len(rows) <= _SHOWN else f" and {len(rows) - _SHOWN} more"
        problems.append(Problem(f"{why} in row {shown}{more}", kind, how="complete or drop them"))
    return UsageError(problems)


def _heads(ids: pa.Array) -> np.ndarray:
    """The rows at which another id begins."""
    if not len(ids):
        return np.zeros(0, np.int64)
    if pa.types.is_string(ids.type):
        changes = pc.not_equal(ids.slice(1), ids.slice(0, len(ids) - 1))
        changed = changes.to_numpy(zero_copy_only=False)
    else:
        plain = ids.to_numpy()
        changed = plain[1:] != plain[:-1]
    return np.concatenate([[0], np.flatnonzero(changed) + 1])


def _sorted(table: pa.Table) -> pa.Table:
    """Rows by id and day; of one person on one day in the order given."""
    if not table.num_rows:
        return table
    ids = flat(table["id"])
    days = numbers(table["day"])
    starts = _heads(ids)
    rank = _ranks(ids.take(pa.array(starts)))
    backward = days[1:] < days[:-1]
    backward[starts[1:] - 1] = False
    if not backward.any() and (rank[1:] > rank[:-1]).all():
        return table
    owner = np.repeat(rank, np.diff(np.append(starts, len(ids))))
    return table.take(pa.array(_order(owner, days.astype(np.int64))))


def _ranks(ids: pa.Array) -> np.ndarray:
    """Numbers from 0 on in the order of the ids; equal ids have one number."""
    if pa.types.is_integer(ids.type):
        plain = ids.to_numpy()
        return np.asarray(plain - plain.min())
    coded = ids.dictionary_encode()
    rank = pc.rank(coded.dictionary, "ascending").to_numpy().astype(np.int64) - 1
    return np.asarray(rank[coded.indices.to_numpy()])


def _order(owner: np.ndarray, days: np.ndarray) -> np.ndarray:
    """The rows by owner and day, equal ones as they came.

    Owner, day and row packed into one number sort many times faster than an order of rows does.
    """
    days = days - days.min()
    bits = [int(part).bit_length() for part in (owner.max(), days.max(), len(days))]
    if sum(bits) > _BITS:
        return np.lexsort((days, owner))
    packed = (((owner << bits[1]) | days) << bits[2]) | np.arange(len(days))
    packed.sort()
    return np.asarray(packed & ((1 << bits[2]) - 1))


def _one_row_each(table: pa.Table) -> pa.Table:
    ids = flat(table["id"])
    table = table.take(pc.sort_indices(ids))
    ids = flat(table["id"])
    if len(_heads(ids)) < len(ids):
        counts = pc.value_counts(ids)
        twice = [one["values"].as_py() for one in counts if one["counts"].as_py() > 1]
        shown = ", ".join(str(one) for one in twice[:_SHOWN])
        raise UsageError(
            Problem(
                f"{len(twice)} ids stand there more than once: {shown}",
                "subjects",
                how="give one row for each person",
            )
        )
    return table
