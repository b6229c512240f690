"""From Arrow tables to the kernel's arrays: codes for words, day numbers for dates."""

from __future__ import annotations

import math
from collections.abc import Mapping
from datetime import date
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.catalogue import catalogue
from longwatch.core.units import to_canonical
from longwatch.watch.coding import coded, flat, owners
from longwatch.watch.compiling import Compiled
from longwatch.watch.facts import (
    ABOVE,
    AT_LEAST,
    AT_MOST,
    BELOW,
    CANCELLED_ROW,
    CORRECTED_ROW,
    EXACT,
    FINAL_ROW,
    GIVEN,
    NEVER_RECEIVED,
    NONE,
    NOT_DONE,
    PLANNED,
    PRELIMINARY_ROW,
    Codes,
    Events,
    Facts,
    Infusions,
    Persons,
    Rows,
)
from longwatch.watch.program import SEXES

_EPOCH = date(1970, 1, 1)
MICROSECONDS_A_DAY = 86_400_000_000
STATUS_CODE = {
    "preliminary": PRELIMINARY_ROW,
    "final": FINAL_ROW,
    None: FINAL_ROW,
    "": FINAL_ROW,
    "corrected": CORRECTED_ROW,
    "cancelled": CANCELLED_ROW,
}
COMPARATOR_CODE = {"<": BELOW, "<=": AT_MOST, ">": ABOVE, ">=": AT_LEAST, None: EXACT, "": EXACT}
INFUSION_CODE = {"planned": PLANNED, "given": GIVEN, None: GIVEN, "": GIVEN, "not-done": NOT_DONE}


class Results(NamedTuple):
    """The columns of a run of results, as arrays; codes point into the word lists of `Words`."""

    day: np.ndarray
    test: np.ndarray
    value: np.ndarray
    value_high: np.ndarray
    comparator: np.ndarray
    unit: np.ndarray
    low: np.ndarray
    high: np.ndarray
    status: np.ndarray
    laboratory: np.ndarray
    received: np.ndarray

    def part(self, begin: int, end: int) -> Results:
        """Rows `begin` to `end`."""
        return Results(*(column[begin:end] for column in self))


class Words(NamedTuple):
    """What the codes of a `Results` mean; the last entry of each stands for a missing one."""

    tests: tuple[str | None, ...]
    units: tuple[str | None, ...]
    statuses: tuple[str | None, ...]
    comparators: tuple[str | None, ...]


class People(NamedTuple):
    """The patients of a Record, by id, with their infusions and events."""

    ids: pa.Array
    persons: Persons
    infusions: Infusions
    events: Events


def day_of(day: date) -> int:
    """The day number of a date.

    >>> day_of(date(1970, 1, 2))
    1
    """
    return (day - _EPOCH).days


def days_of(column: pa.Array | pa.ChunkedArray) -> np.ndarray:
    """Day numbers of dates; NONE where there is none."""
    column = flat(column)
    if column.type != pa.date32():
        column = column.cast(pa.date32())
    days = column.view(pa.int32())
    if days.null_count:
        days = days.fill_null(NONE)
    return days.to_numpy(zero_copy_only=False)


def _alike(value: float, kind: str, size: int) -> np.ndarray:
    """A column that is the same everywhere: a view of one array that all batches share."""
    return _filled(value, kind, size.bit_length())[:size]


@cache
def _filled(value: float, kind: str, bits: int) -> np.ndarray:
    array = np.full(1 << bits, value, kind)
    array.flags.writeable = False
    return array


def _floats(table: pa.Table, name: str) -> np.ndarray:
    if name not in table.column_names or table[name].null_count == table.num_rows:
        return _alike(math.nan, "float64", table.num_rows)
    column = flat(table[name])
    if column.type != pa.float64():
        column = column.cast(pa.float64())
    return column.to_numpy(zero_copy_only=False)


def _codes(table: pa.Table, name: str) -> tuple[np.ndarray, tuple[str | None, ...]]:
    if name not in table.column_names or table[name].null_count == table.num_rows:
        return _alike(-1, "int32", table.num_rows), (None,)
    return coded(table[name])


def results_of(table: pa.Table) -> tuple[Results, Words]:
    """A results table as arrays. Missing columns read as missing everywhere."""
    test, tests = _codes(table, "test")
    unit, units = _codes(table, "unit")
    status, statuses = _codes(table, "status")
    comparator, comparators = _codes(table, "comparator")
    received = _alike(NEVER_RECEIVED, "int64", table.num_rows)
    if "received" in table.column_names and table["received"].null_count < table.num_rows:
        moments = flat(table["received"])
        if moments.type != pa.timestamp("us"):
            moments = moments.cast(pa.timestamp("us"), safe=False)
        stamps = moments.view(pa.int64())
        if stamps.null_count:
            stamps = stamps.fill_null(NEVER_RECEIVED)
        received = stamps.to_numpy(zero_copy_only=False)
    results = Results(
        day=days_of(table["date"]),
        test=test,
        value=_floats(table, "value"),
        value_high=_floats(table, "value_high"),
        comparator=comparator,
        unit=unit,
        low=_floats(table, "low"),
        high=_floats(table, "high"),
        status=status,
        laboratory=_codes(table, "laboratory")[0],
        received=received,
    )
    words = Words(tests, units, statuses, comparators)
    return _graded(results, words), words


def _graded(results: Results, words: Words) -> Results:
    """Amounts that stand for a grade (dipstick protein in mg/dL) become that grade."""
    tests = catalogue().tests
    for code, name in enumerate(words.tests[:-1]):
        test = tests.get(name or "")
        if test is None or test.grades is None:
            continue
        for unit, spelling in enumerate(words.units[:-1]):
            if (spelling or "").strip() not in test.grades.units:
                continue
            rows = np.flatnonzero((results.test == code) & (results.unit == unit))
            value, units = np.array(results.value), np.array(results.unit)
            grades = {
                amount: to_canonical(test, amount, spelling)
                for amount in set(value[rows].tolist())
                if not np.isnan(amount)
            }
            found = [grades.get(amount) for amount in value[rows].tolist()]
            value[rows] = [np.nan if grade is None else grade for grade in found]
            units[rows] = -1
            results = results._replace(value=value, unit=units)
    return results


def _grouped(ids: pa.Array, table: pa.Table) -> tuple[pa.Table, np.ndarray, np.ndarray]:
    """Rows of known patients, by patient, with each patient's first row and the one after."""
    owner = owners(table["patient"], ids)
    if (owner < 0).any():
        known = np.flatnonzero(owner >= 0)
        table, owner = table.take(pa.array(known)), owner[known]
    if (owner[1:] < owner[:-1]).any():
        order = np.argsort(owner, kind="stable")
        table, owner = table.take(pa.array(order)), owner[order]
    counts = np.bincount(owner, minlength=len(ids))
    ends = counts.cumsum()
    return table, ends - counts, ends


def people_of(
    compiled: Compiled,
    patients: pa.Table,
    infusions: pa.Table,
    events: pa.Table,
    incomplete: Mapping[str, str],
) -> People:
    """Patients in order of their id, with infusions and events grouped by patient."""
    ids = flat(patients["patient"]).cast(pa.string())
    if len(ids) > 1:
        order = pc.sort_indices(ids)
        patients, ids = patients.take(order), ids.take(order)
    sex_codes, sexes = _codes(patients, "sex")
    unknown = len(SEXES) - 1
    sex_map = np.array([SEXES.index(s) if s in SEXES else unknown for s in sexes], np.int64)
    infusions, infusion_from, infusion_to = _grouped(ids, infusions)
    events, event_from, event_to = _grouped(ids, events)
    infusion_status, words = _codes(infusions, "status")
    infusion_map = np.array([INFUSION_CODE.get(word, NOT_DONE) for word in words], np.int64)
    pairs, pair_meets = _event_pairs(compiled, events)
    missing = pa.nulls(patients.num_rows, pa.date32())
    birth = patients["birth_date"] if "birth_date" in patients.column_names else missing
    ends = events["end_date"] if "end_date" in events.column_names else None
    return People(
        ids=ids,
        persons=_uniform(
            Persons(
                sex=sex_map[sex_codes],
                birth=days_of(birth),
                incomplete=np.array([name in incomplete for name in ids.to_pylist()], np.int64)
                if incomplete
                else np.zeros(len(ids), np.int64),
            )
        ),
        infusions=_uniform(
            Infusions(
                begin=infusion_from,
                end=infusion_to,
                day=days_of(infusions["date"]),
                course=infusions["course"].to_numpy(),
                status=infusion_map[infusion_status],
            )
        ),
        events=_uniform(
            Events(
                begin=event_from,
                end=event_to,
                day=days_of(events["date"]),
                ends=_alike(NONE, "int64", events.num_rows) if ends is None else days_of(ends),
                pair=pairs,
                meets=pair_meets,
            )
        ),
    )


def _event_pairs(compiled: Compiled, events: pa.Table) -> tuple[np.ndarray, np.ndarray]:
    """A code per kind and code of event, and which patterns each of them meets."""
    kinds, kind_words = _codes(events, "kind")
    codes, code_words = _codes(events, "code")
    joint = (kinds.astype(np.int64) + 1) * (len(code_words) + 1) + codes + 1
    distinct, pairs = np.unique(joint, return_inverse=True)
    meets = [
        compiled.matches(
            kind_words[int(pair) // (len(code_words) + 1) - 1],
            code_words[int(pair) % (len(code_words) + 1) - 1],
        )
        for pair in distinct
    ]
    width = max(len(compiled.patterns), 1)
    return pairs.astype(np.int64), np.array(meets, np.uint8).reshape(-1, width)


def _fixed(array: np.ndarray, kind: Any) -> np.ndarray:
    """Contiguous, read-only, of one type: else Numba compiles the kernel once per variation."""
    array = np.ascontiguousarray(array, kind).view()
    array.flags.writeable = False
    return array


_ROW_KINDS = {
    "day": np.int32,
    "test": np.int32,
    "comparator": np.int32,
    "unit": np.int32,
    "status": np.int32,
    "laboratory": np.int32,
    "value": np.float64,
    "value_high": np.float64,
    "low": np.float64,
    "high": np.float64,
}
_OTHER_KINDS = {"numerator": np.float64, "denominator": np.float64, "meets": np.uint8}


def _uniform(part: Any, kinds: Mapping[str, Any] = _OTHER_KINDS) -> Any:
    pairs = zip(part._fields, part, strict=True)
    return type(part)(*(_fixed(array, kinds.get(name, np.int64)) for name, array in pairs))


def facts_of(
    compiled: Compiled,
    people: People,
    chosen: np.ndarray,
    row_at: np.ndarray,
    results: Results,
    words: Words,
    as_of: date,
) -> Facts:
    """The batch of the patients `chosen` (rows of `people`), who own `row_at` of `results`."""
    numerator, denominator = compiled.factors(list(words.units))
    index = compiled.test_index
    codes = Codes(
        test=np.array([index.get(word or "", -1) for word in words.tests], np.int64),
        comparator=np.array([COMPARATOR_CODE.get(w, EXACT) for w in words.comparators], np.int64),
        status=np.array([STATUS_CODE.get(word, -1) for word in words.statuses], np.int64),
        numerator=numerator,
        denominator=denominator,
    )
    infusions = people.infusions._replace(
        begin=people.infusions.begin[chosen], end=people.infusions.end[chosen]
    )
    events = people.events._replace(
        begin=people.events.begin[chosen], end=people.events.end[chosen]
    )
    return Facts(
        as_of=day_of(as_of),
        received_before=(day_of(as_of) + 1) * MICROSECONDS_A_DAY,
        rows=_uniform(Rows(row_at, *results), _ROW_KINDS),
        codes=_uniform(codes),
        infusions=_uniform(infusions),
        events=_uniform(events),
        persons=_uniform(Persons(*(part[chosen] for part in people.persons))),
    )


def as_arrays(facts: Facts) -> Facts:
    """The same tuple with arrays for lists: what `as_lists` is for, the other way."""
    rows = _uniform(facts.rows, _ROW_KINDS)
    parts = (_uniform(part) for part in facts[3:])
    return Facts(facts.as_of, facts.received_before, rows, *parts)


def as_lists(facts: Any) -> Any:
    """The same tuple with Python lists for flat arrays: scalar access is three times as fast."""
    return type(facts)(
        *(
            part.tolist()
            if isinstance(part, np.ndarray) and part.ndim == 1
            else as_lists(part)
            if isinstance(part, tuple) and hasattr(part, "_fields")
            else part
            for part in facts
        )
    )
