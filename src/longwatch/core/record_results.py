"""What is particular to results: units and sizes, grades, words where the value should be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.catalogue import Catalogue, Test, catalogue
from longwatch.core.catalogue_file import normal_words
from longwatch.core.held import HeldReason
from longwatch.core.record_faults import Fault
from longwatch.core.units import convert
from longwatch.core.values import ReadValue, read_value


def unusable_results(table: pa.Table, tests: Catalogue | None = None) -> list[Fault]:
    """Rows whose value is in no unit of its test, or of a size no patient has; one fault each.

    Rows without a value, and rows of tests that nobody watches, are in order.

    Inputs:
        table: results with columns `test`, `value`, `unit` (text or dictionary) and, if it has it,
            `value_high`.
    """
    tests = tests or catalogue()
    test_codes, test_ids = encode(table["test"])
    unit_codes, unit_names = encode(table["unit"])
    watched = np.array([name in tests.tests for name in test_ids], dtype=bool)
    faults: list[Fault] = []
    for column in ("value", "value_high"):
        if column not in table.column_names:
            continue
        values = pc.fill_null(table[column], np.nan).to_numpy()
        canonical = convert(tests, values, test_codes, unit_codes, test_ids, unit_names)
        bad = np.flatnonzero(np.isnan(canonical) & ~np.isnan(values) & watched[test_codes])
        for row in bad.tolist():
            test = tests.tests[str(test_ids[test_codes[row]])]
            faults.append(_fault(row, column, test, values[row], unit_names[unit_codes[row]]))
    return [*faults, *_compared_grades(table, test_codes, test_ids, tests)]


def _compared_grades(
    table: pa.Table,
    codes: npt.NDArray[np.int64],
    test_ids: Sequence[str | None],
    tests: Catalogue,
) -> list[Fault]:
    """Grades and present/absent take no comparator: "<1" beside an HIV test is another quantity."""
    if "comparator" not in table.column_names or not len(table):
        return []
    graded = np.array(
        [name in tests.tests and tests.tests[str(name)].kind != "number" for name in test_ids]
    )
    rows = np.flatnonzero(graded[codes] & pc.is_valid(table["comparator"]).to_numpy())
    reason = HeldReason.NOT_A_VALUE
    return [
        Fault(
            int(row),
            "comparator",
            reason,
            f"{test_ids[codes[row]]} is a grade or a yes or no, it takes no comparator",
            "write the grade or word that the report shows",
        )
        for row in rows
        if not _is_graded_bound(table, int(row))
    ]


def _is_graded_bound(table: pa.Table, row: int) -> bool:
    """Whether the comparator comes from grading an amount (">300 mg/dL" is at least 3+)."""
    return (table["comparator"][row].as_py(), table["unit"][row].as_py()) == (">=", "{ordinal}")


def _fault(row: int, column: str, test: Test, value: float, unit: str | None) -> Fault:
    spelling = (unit or "").strip()
    known = spelling in test.units or (test.grades is not None and spelling in test.grades.units)
    if known:
        reason = HeldReason.IMPLAUSIBLE_VALUE
        low, high = test.plausible
        what = (
            f"{test.id} {value:g} {spelling} is outside what a patient can have "
            f"({low:g} to {high:g} {test.unit})"
        )
    elif spelling:
        reason, column = HeldReason.UNKNOWN_UNIT, "unit"
        what = f"unit {spelling!r} is not one of {test.id}"
    else:
        reason, column = HeldReason.MISSING_UNIT, "unit"
        what = f"{test.id} {value:g} has no unit, and a unit is never guessed"
    how = f"write the value in {test.unit}" if reason != HeldReason.IMPLAUSIBLE_VALUE else ""
    return Fault(row, column, reason, what, how or reason.remedy)


def grade_results(table: pa.Table, tests: Catalogue | None = None) -> pa.Table:
    """Fills values that stand as a word in `text`, and grades amounts of graded tests.

    `text` "negative" without a value becomes 0 for a presence test; urine protein of 30 mg/dL
    becomes grade 1 with the amount in `text`. Everything else is left as it came.
    """
    tests = tests or catalogue()
    test_codes, test_ids = encode(table["test"])
    changes: dict[int, _Change] = {}
    for code, test_id in enumerate(test_ids):
        test = tests.tests.get(test_id or "")
        if test is None or not (test.words or test.grades):
            continue
        changes |= _changes(table, np.flatnonzero(test_codes == code), test)
    return _changed(table, changes) if changes else table


@dataclass(frozen=True, slots=True)
class _Change:
    """What a row says after grading; the laboratory's limits are graded with it."""

    read: ReadValue
    low: float | None
    high: float | None


def _changes(table: pa.Table, rows: npt.NDArray[np.int64], test: Test) -> dict[int, _Change]:
    wanted = ("value", "comparator", "value_high", "unit", "text", "low", "high")
    part = table.select([name for name in wanted if name in _names(table)]).take(pa.array(rows))
    wordy = pc.and_(pc.is_null(part["value"]), pc.is_valid(part["text"]))
    units = pa.array(list(test.grades.units) if test.grades else [], pa.string())
    unit = part["unit"].cast(pa.string())
    graded = pc.and_(pc.is_valid(part["value"]), pc.is_in(unit, value_set=units))
    hits = np.flatnonzero(pc.or_(wordy, graded).to_numpy())
    changes = {}
    memory: dict[tuple[Any, ...], _Change | None] = {}
    for place, row in zip(hits, part.take(pa.array(hits)).to_pylist(), strict=True):
        key = tuple(row.values())
        if key not in memory:
            memory[key] = _read(test, row)
        if (change := memory[key]) is not None:
            changes[int(rows[place])] = change
    return changes


def _read(test: Test, row: dict[str, Any]) -> _Change | None:
    if row["value"] is None:
        word = test.words.get(normal_words(row["text"]))
        if word is None:
            return None
        as_word = ReadValue(word, None, None, row["text"], test.unit)
        return _Change(as_word, row["low"], row["high"])
    number = f"{row['value']:.15g}"
    if row.get("value_high") is not None:
        sent = f"{number}-{row['value_high']:.15g}"
    else:
        sent = f"{row['comparator'] or ''}{number}"
    read = read_value(test, sent, row["unit"])
    if not isinstance(read, ReadValue):
        return None
    kept = f"{row['text']} ({read.text})" if row["text"] else read.text
    graded = ReadValue(read.value, read.comparator, read.value_high, kept, read.unit)
    return _Change(graded, None, _graded_limit(test, row["high"], row["unit"]))


def _graded_limit(test: Test, high: float | None, unit: str) -> float | None:
    """The highest grade that still lies below the limit, so that nothing above it is missed."""
    if high is None or test.grades is None:
        return None
    factor = test.grades.units[unit.strip()]
    return test.grades.grade(high * float(factor.num) / float(factor.den), reached=False)


def _changed(table: pa.Table, changes: dict[int, _Change]) -> pa.Table:
    rows = np.array(sorted(changes), dtype=np.int64)
    reads = [changes[row].read for row in rows.tolist()]
    mask = np.zeros(table.num_rows, dtype=bool)
    mask[rows] = True
    new: dict[str, list[Any]] = {
        "value": [read.value for read in reads],
        "comparator": [read.comparator for read in reads],
        "unit": [read.unit for read in reads],
        "text": [read.text for read in reads],
        "low": [changes[row].low for row in rows.tolist()],
        "high": [changes[row].high for row in rows.tolist()],
    }
    highs = [read.value_high for read in reads]
    if "value_high" not in _names(table) and any(high is not None for high in highs):
        empty = pa.nulls(table.num_rows, pa.float64())
        table = table.append_column("value_high", empty)
    if "value_high" in _names(table):
        new["value_high"] = highs
    for name, values in new.items():
        plain = decoded(table[name])
        filled = pc.replace_with_mask(plain, pa.array(mask), pa.array(values, plain.type))
        table = table.set_column(_names(table).index(name), name, filled)
    return table


def encode(
    column: pa.ChunkedArray | pa.Array,
) -> tuple[npt.NDArray[np.int64], Sequence[str | None]]:
    """Codes per row and the distinct texts they stand for; a missing text is the last one, None.

    >>> codes, names = encode(pa.array(["K/uL", None, "K/uL"]))
    >>> codes.tolist(), names
    ([0, 1, 0], ['K/uL', None])
    """
    codes, names = codes_of(column)
    return codes, [*names.to_pylist(), None]


def codes_of(column: pa.ChunkedArray | pa.Array) -> tuple[npt.NDArray[np.int64], pa.Array]:
    """As `encode`, for those who need the codes more than the texts (none stands for missing)."""
    if isinstance(column, pa.Array):
        column = pa.chunked_array([column])
    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if not len(column):
        return np.array([], np.int64), pa.array([], pa.string())
    joined = column.unify_dictionaries().combine_chunks()
    if isinstance(joined, pa.ChunkedArray):
        joined = joined.chunk(0)
    names = joined.dictionary
    return pc.fill_null(joined.indices.cast(pa.int64()), len(names)).to_numpy(), names


def decoded(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Codes and words as the words themselves; any other column as it is."""
    if pa.types.is_dictionary(column.type):
        return column.cast(column.type.value_type)
    return column


def _names(table: pa.Table) -> list[str]:
    return list(table.column_names)
