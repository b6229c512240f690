"""One column of a frame from outside: ids, whole days, numbers, words, yes or no."""

from __future__ import annotations

from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, UsageError

Column: TypeAlias = Any
"""A `pa.Array` or a `pa.ChunkedArray`; pyarrow comes without types."""


def _plain(column: Column) -> Column:
    """A dictionary column as its words."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def as_ids(column: Column, kind: str) -> Column:
    """Ids as whole numbers (int64) or text.

    Raises:
        UsageError: ids of another kind: a float, a flag, a date would match by accident or never.
    """
    column = _plain(column)
    if pa.types.is_null(column.type):
        return column.cast(pa.string())
    if pa.types.is_integer(column.type):
        return column.cast(pa.int64())
    if pa.types.is_string(column.type):
        return column
    if pa.types.is_large_string(column.type) or pa.types.is_string_view(column.type):
        return column.cast(pa.string())
    raise UsageError(
        Problem(
            f"ids are {column.type}",
            kind,
            why="an id is a whole number or text, the same in every table",
            how="give them as text",
        )
    )


def as_days(column: Column, name: str, kind: str) -> tuple[Column, str]:
    """Whole days (int32), and whether they came as `date` or as `day`.

    A time of day is dropped: the day is the calendar day at the clinic, also of a moment with a
    time zone.

    Raises:
        UsageError: half days, dates that do not exist, or something else.
    """
    column = _plain(column)
    at = column.type
    if pa.types.is_temporal(at) and not pa.types.is_time(at) and not pa.types.is_duration(at):
        return column.cast(pa.date32(), safe=False).cast(pa.int32()), "date"
    try:
        if pa.types.is_string(at):
            return column.cast(pa.date32()).cast(pa.int32()), "date"
        if pa.types.is_floating(at):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, at), column)
        if pa.types.is_null(at) or pa.types.is_integer(at) or pa.types.is_floating(at):
            return column.cast(pa.int32()), "day"
        why = f"it holds {at}"
    except pa.ArrowInvalid as error:
        why = str(error).splitlines()[0]
    raise UsageError(
        Problem(
            f"column {name!r} is not a day",
            kind,
            why=why,
            how="give whole days as numbers, dates, or text like 2026-11-22",
        )
    )


def as_number(column: Column, name: str, kind: str) -> Column:
    """Numbers (float64); not-a-number is missing.

    Raises:
        UsageError: text, dates or other things that are no numbers.
    """
    column = _plain(column)
    at = column.type
    if pa.types.is_boolean(at):
        column = column.cast(pa.int8())
    elif not (
        pa.types.is_integer(at)
        or pa.types.is_floating(at)
        or pa.types.is_decimal(at)
        or pa.types.is_null(at)
    ):
        raise UsageError(
            Problem(f"column {name!r} holds {at}", kind, how="give numbers, and null for missing")
        )
    column = column.cast(pa.float64())
    finite = pc.is_finite(column)
    if pc.all(finite).as_py() is not False:
        return column
    return pc.if_else(finite, column, pa.scalar(None, pa.float64()))


def as_text(column: Column, name: str, kind: str) -> Column:
    """Words.

    Raises:
        UsageError: something that is no text.
    """
    column = _plain(column)
    if pa.types.is_null(column.type) or pa.types.is_large_string(column.type):
        return column.cast(pa.string())
    if not pa.types.is_string(column.type):
        raise UsageError(Problem(f"column {name!r} holds {column.type}", kind, how="give text"))
    return column


def as_flag(column: Column, name: str, kind: str) -> Column:
    """Yes or no, from truth values or the numbers 1 and 0.

    Raises:
        UsageError: anything else.
    """
    column = _plain(column)
    if pa.types.is_boolean(column.type) or pa.types.is_null(column.type):
        return column.cast(pa.bool_())
    values = as_number(column, name, kind)
    strange = pc.and_(pc.not_equal(values, 0.0), pc.not_equal(values, 1.0))
    if pc.any(strange).as_py():
        raise UsageError(Problem(f"column {name!r} holds more than 0 and 1", kind))
    return values.cast(pa.bool_())


def whole_steps(values: np.ndarray, low: float, high: float, step: float) -> np.ndarray:
    """Which values stand on a scale from `low` to `high` in steps; step 0 allows every value.

    >>> whole_steps(np.array([0, 2.5, 2.25, 10.5]), 0, 10, 0.5).tolist()
    [True, True, False, False]
    """
    good = (values >= low) & (values <= high)
    if step > 0:
        good &= np.mod(values - low, step) == 0
    return np.asarray(good)
