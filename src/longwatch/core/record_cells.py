"""Turning the cells of one column into their type; every cell that cannot be is named, not guessed.

Work is done once per distinct cell, so a column of millions of dates costs some thousand readings.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import date, datetime
from enum import StrEnum
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.dates import parse_date
from longwatch.core.errors import Problem, RecordError
from longwatch.core.held import HeldReason
from longwatch.core.record_schema import FREE_TEXT, FROM_ONE, WORDS

EARLIEST_YEAR, LATEST_YEAR = 1890, 2200
_NUMBER = re.compile(r"[+-]?(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]{1,3})?")
_WHOLE = re.compile(r"[+-]?[0-9]{1,9}(?:\.0*)?")
_MOMENT = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?:[T ][0-9]{2}:[0-9]{2}(?::[0-9]{2}(?:\.[0-9]{1,6})?)?)?"
)
_UNTIDY = "^$|^ | $|[^ -~]"
"""A cell that reading a name could change: empty, with spaces around it, or not plain ASCII."""


@dataclass(frozen=True, slots=True)
class Complaint:
    """Why one cell cannot be used."""

    reason: HeldReason
    what: str
    how: str


@dataclass(frozen=True, slots=True)
class Cells:
    """A column in its type, null where a cell was empty or unusable; the complaints by row.

    Text may come as codes and words (each word once): who reads a table decides what it needs.
    """

    values: pa.ChunkedArray
    bad: dict[int, Complaint] = field(default_factory=dict)


class _BadCellError(ValueError):
    def __init__(self, reason: HeldReason, what: str, how: str) -> None:
        super().__init__(what)
        self.complaint = Complaint(reason, what, how)


def read_cells(column: pa.ChunkedArray, table: str, wanted: pa.Field, where: str) -> Cells:
    """`column` as the type of `wanted`.

    Inputs:
        column: text (as from CSV), or any Arrow type that fits.
        where: file or table, for the message.

    Raises:
        RecordError: when the type of the whole column cannot be meant.
    """
    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    if pa.types.is_null(kind) or column.null_count == len(column):
        return Cells(pa.chunked_array([pa.nulls(len(column), wanted.type)]))
    if pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_string_view(kind):
        return _read_text(column, table, wanted)
    typed = _cast(column, wanted, where)
    return _check_typed(typed, table, wanted)


def _read_text(column: pa.ChunkedArray, table: str, wanted: pa.Field) -> Cells:
    indices, distinct = _distinct(column)
    reader = _reader(table, wanted)
    if reader is _name and not pc.any(pc.match_substring_regex(distinct, _UNTIDY)).as_py():
        return Cells(pa.chunked_array([_coded(indices, distinct.cast(wanted.type))]))
    values: list[Any] = []
    complaints: dict[int, Complaint] = {}
    for place, cell in enumerate(distinct.to_pylist()):
        try:
            values.append(None if cell is None else reader(cell))
        except _BadCellError as error:
            values.append(None)
            complaints[place] = error.complaint
    read = _coded(indices, pa.array(values, wanted.type))
    return Cells(pa.chunked_array([read]), _by_row(indices, complaints))


def _coded(indices: pa.Array, values: pa.Array) -> pa.Array:
    once = not values.null_count and pc.count_distinct(values).as_py() == len(values)
    if once and pa.types.is_string(values.type):
        return pa.DictionaryArray.from_arrays(indices, values)
    return values.take(indices)


def _distinct(column: pa.ChunkedArray) -> tuple[pa.Array, pa.Array]:
    """Which of the distinct cells each row holds, and the distinct cells."""
    if not len(column):
        return pa.array([], pa.int32()), pa.array([], pa.string())
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    encoded = column.unify_dictionaries().combine_chunks()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.chunk(0)
    return encoded.indices, encoded.dictionary


def _by_row(indices: pa.Array, complaints: dict[int, Complaint]) -> dict[int, Complaint]:
    if not complaints:
        return {}
    places = pc.fill_null(indices, -1).to_numpy(zero_copy_only=False)
    rows = np.flatnonzero(np.isin(places, list(complaints)))
    return {int(row): complaints[int(places[row])] for row in rows}


def _cast(column: pa.ChunkedArray, wanted: pa.Field, where: str) -> pa.ChunkedArray:
    try:
        if pa.types.is_dictionary(column.type):
            column = column.cast(column.type.value_type)
        if pa.types.is_floating(column.type):
            column = pc.if_else(pc.is_nan(column), pa.scalar(None, column.type), column)
        if pa.types.is_timestamp(column.type) and column.type.tz is not None:
            raise pa.ArrowInvalid("moments with a time zone")
        if pa.types.is_string(wanted.type) and not pa.types.is_integer(column.type):
            raise pa.ArrowInvalid(f"{column.type} where text is meant")
        cast = column.cast(wanted.type)
        is_moment = pa.types.is_timestamp(column.type) and pa.types.is_date(wanted.type)
        if is_moment and not pc.all(pc.equal(cast.cast(column.type), column)).as_py():
            raise pa.ArrowInvalid("moments within a day")
        return cast
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError) as error:
        raise RecordError(
            Problem(
                f"column {wanted.name!r} holds {column.type}, it must be {wanted.type}",
                where,
                str(error).splitlines()[0],
                "convert it before (calendar dates, plain numbers, text)",
            )
        ) from None


def _check_typed(typed: pa.ChunkedArray, table: str, wanted: pa.Field) -> Cells:
    bad: npt.NDArray[np.int64] = np.array([], np.int64)
    how = ""
    if pa.types.is_date(wanted.type) and len(typed):
        years = pc.year(typed)
        outside = pc.or_(pc.less(years, EARLIEST_YEAR), pc.greater(years, LATEST_YEAR))
        bad, how = _true_rows(outside), f"the year lies outside {EARLIEST_YEAR} to {LATEST_YEAR}"
    elif (table, wanted.name) in FROM_ONE:
        bad, how = _true_rows(pc.less(typed, 1)), f"{wanted.name} counts from 1"
    elif pa.types.is_floating(wanted.type):
        bad, how = _true_rows(pc.is_inf(typed)), "infinite is not a number here"
    if not len(bad):
        return Cells(typed)
    reason = HeldReason.BAD_DATE if pa.types.is_date(wanted.type) else HeldReason.BAD_ROW
    complaints = {
        int(row): Complaint(reason, f"{wanted.name} {typed[int(row)].as_py()}: {how}", "correct it")
        for row in bad
    }
    keep = np.ones(len(typed), dtype=bool)
    keep[bad] = False
    return Cells(pc.if_else(pa.array(keep), typed, pa.scalar(None, typed.type)), complaints)


def _true_rows(mask: pa.ChunkedArray) -> npt.NDArray[np.int64]:
    return np.flatnonzero(pc.fill_null(mask, False).to_numpy())


def _reader(table: str, wanted: pa.Field) -> Callable[[str], Any]:
    name = wanted.name
    words = WORDS.get((table, name))
    if words is not None:
        return lambda cell: _word(cell, name, words)
    if pa.types.is_date(wanted.type):
        return lambda cell: _date(cell, name)
    if pa.types.is_timestamp(wanted.type):
        return lambda cell: _moment(cell, name)
    if pa.types.is_integer(wanted.type):
        return lambda cell: _whole(cell, name, (table, name) in FROM_ONE)
    if pa.types.is_floating(wanted.type):
        return lambda cell: _number(cell, name)
    return _text if name in FREE_TEXT else _name


def _text(cell: str) -> str | None:
    return cell or None


def _name(cell: str) -> str | None:
    return cell.strip() or None


def _word(cell: str, name: str, words: type[StrEnum]) -> str | None:
    word = cell.strip()
    if not word or word in set(words):
        return word or None
    # The nearest word may mean the opposite ("woman" lies near "male"): never suggest one.
    listed = ", ".join(words)
    raise _BadCellError(
        HeldReason.BAD_ROW,
        f"{name} {word!r} is no word that is known here",
        f"write the one that is meant: {listed}",
    )


def _date(cell: str, name: str) -> date | None:
    if not cell.strip():
        return None
    try:
        day = parse_date(cell)
    except ValueError as error:
        raise _BadCellError(HeldReason.BAD_DATE, f"{name}: {error}", "write YYYY-MM-DD") from None
    if not EARLIEST_YEAR <= day.year <= LATEST_YEAR:
        raise _BadCellError(
            HeldReason.BAD_DATE,
            f"{name}: the year of {cell.strip()} lies outside {EARLIEST_YEAR} to {LATEST_YEAR}",
            "correct the year",
        )
    return day


def _moment(cell: str, name: str) -> datetime | None:
    text = cell.strip()
    if not text:
        return None
    try:
        if _MOMENT.fullmatch(text):
            return datetime.fromisoformat(text)
    except ValueError:
        pass
    raise _BadCellError(
        HeldReason.BAD_DATE,
        f"{name}: {text!r} is not a moment at the clinic",
        "write YYYY-MM-DDTHH:MM:SS in the clinic's time, without an offset",
    )


def _whole(cell: str, name: str, from_one: bool) -> int | None:
    text = cell.strip()
    if not text:
        return None
    if not _WHOLE.fullmatch(text):
        raise _BadCellError(
            HeldReason.BAD_ROW, f"{name} {text!r} is not a whole number", "write it in digits"
        )
    number = int(text.partition(".")[0])
    if from_one and number < 1:
        raise _BadCellError(HeldReason.BAD_ROW, f"{name} {text}: it counts from 1", "correct it")
    return number


def _number(cell: str, name: str) -> float | None:
    text = cell.strip()
    if not text:
        return None
    if _NUMBER.fullmatch(text) and abs(number := float(text)) < float("inf"):
        return number
    how = "leave it empty when there is none; words belong into column text"
    reason = HeldReason.NOT_A_VALUE
    if text[0] in "<>≤≥":
        how = "write the number into value and the sign into comparator"
    elif "," in text:
        reason, how = HeldReason.AMBIGUOUS_NUMBER, "write a decimal point and no thousands sign"
    raise _BadCellError(reason, f"{name} {text!r} is not a number", how)
