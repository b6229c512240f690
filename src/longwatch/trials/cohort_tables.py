"""From the arrays of a chunk to the tables of a Record, without a loop over people."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from numpy.typing import NDArray

from longwatch.core.catalogue import catalogue
from longwatch.core.tables import RECORD
from longwatch.trials.cohort_plan import Asked

PRINTED = {
    "wbc": "/uL",
    "neutrophils": "/uL",
    "lymphocytes": "/uL",
    "hemoglobin": "g/L",
    "tsh": "u[IU]/L",
}
"""Units in which a value is a whole number, for files that must be small."""

IMMUNE = ("vzv_igg",)
"""Serologies that are positive in somebody who may be treated."""
BELOW = "<"
IDENTIFIER_LETTERS = 9


class Rows(NamedTuple):
    """The results of a chunk, one row each, sorted by patient, date, and order of tests.

    patient: place in the chunk. test: place in `tests`. amount: in the last digit printed.
    below: whether the value lies below what the laboratory reports.
    """

    patient: NDArray[np.int32]
    day: NDArray[np.int32]
    test: NDArray[np.int8]
    amount: NDArray[np.int32]
    below: NDArray[np.bool_]
    tests: tuple[str, ...]


def identifiers(numbers: NDArray[np.int64]) -> pa.Array:
    """The ids of patients by number, so that text and numbers sort alike.

    >>> identifiers(np.array([7])).to_pylist()
    ['v000000007']
    """
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), IDENTIFIER_LETTERS, "0")
    return pc.binary_join_element_wise("v", digits, "")


def result_rows(
    asked: Asked,
    reported: NDArray[np.int16],
    taken: Mapping[str, NDArray[np.bool_]],
    day: NDArray[np.int64],
    least: Mapping[str, int],
) -> Rows:
    """Picks the results that exist out of the arrays of all visits.

    Inputs:
        reported: i16[T, D, n], of `look`, in the order of `asked.tests`.
        taken: by test, bool[D, n], whether it was drawn; simulated tests and told ones.
        day: [D, n], day numbers.
        least: by test, the smallest amount that is reported as a number.
    """
    tests = (*asked.tests, *(test for test in asked.told if test in taken))
    parts = [
        _block(reported, taken, tests, slice(begin, begin + _BLOCK))
        for begin in range(0, max(day.shape[1], 1), _BLOCK)
    ]
    amount = np.concatenate([part for part, _ in parts])
    test = np.concatenate([part for _, part in parts])
    # Rows of each visit: what is known of a visit is repeated so many times.
    count = np.zeros(day.shape, np.int32)
    for name in tests:
        count += taken[name]
    of_visits = np.ascontiguousarray(count.T).reshape(-1)
    limit = np.array([least.get(name, 0) for name in tests], np.int16)[test]
    return Rows(
        np.repeat(np.arange(day.shape[1], dtype=np.int32), count.sum(axis=0)),
        np.repeat(day.T.astype(np.int32).reshape(-1), of_visits),
        test,
        np.maximum(amount, limit).astype(np.int32),
        amount < limit,
        tests,
    )


_BLOCK = 256
"""People whose arrays are turned round at a time: so many stay in the cache."""


def _block(
    reported: NDArray[np.int16],
    taken: Mapping[str, NDArray[np.bool_]],
    tests: Sequence[str],
    people: slice,
) -> tuple[NDArray[np.int16], NDArray[np.int8]]:
    """Amounts and tests of some people's results, by person, visit and test."""
    shape = (*taken[tests[0]][:, people].T.shape, len(tests))
    mask, amount = np.empty(shape, bool), np.empty(shape, np.int16)
    for place, name in enumerate(tests):
        mask[:, :, place] = taken[name][:, people].T
        is_told = place >= len(reported)
        amount[:, :, place] = int(name in IMMUNE) if is_told else reported[place, :, people].T
    numbers = np.broadcast_to(np.arange(len(tests), dtype=np.int8), shape)
    return amount[mask], numbers[mask]


def results_table(rows: Rows, ids: pa.Array, *, small: bool) -> pa.Table:
    """The results as a table of a Record.

    Inputs:
        ids: of the chunk's patients.
        small: whole numbers in the units of `PRINTED`; otherwise canonical units.
    """
    whole = [_whole_unit(test) for test in rows.tests] if small else []
    units = [unit for unit, _ in whole] or [catalogue().tests[test].unit for test in rows.tests]
    if whole and all(scale for _, scale in whole):
        value = pa.array(rows.amount * np.array([scale for _, scale in whole], np.int32)[rows.test])
    else:
        units = [catalogue().tests[test].unit for test in rows.tests]
        value = pa.array(rows.amount / np.array([float(steps(t)) for t in rows.tests])[rows.test])
    # Tests that share a unit share its code: short codes are small files.
    names = list(dict.fromkeys(units))
    unit = np.array([names.index(name) for name in units], np.int8)[rows.test]
    comparator = pa.array(np.zeros(len(rows.below), np.int8), mask=~rows.below)
    return pa.table(
        {
            "patient": pa.DictionaryArray.from_arrays(pa.array(rows.patient), ids),
            "date": pa.array(rows.day).view(pa.date32()),
            "test": pa.DictionaryArray.from_arrays(pa.array(rows.test), pa.array(rows.tests)),
            "value": value,
            "comparator": pa.DictionaryArray.from_arrays(comparator, pa.array([BELOW])),
            "unit": pa.DictionaryArray.from_arrays(pa.array(unit), pa.array(names)),
        }
    )


def steps(test: str) -> int:
    """Amounts of a test in one canonical unit: 100 for two decimals; grades are whole."""
    entry = catalogue().tests[test]
    return int(10**entry.decimals) if entry.kind == "number" else 1


def _whole_unit(test: str) -> tuple[str, int]:
    """A unit in which every amount is a whole number, and that number; 0 if there is none."""
    entry = catalogue().tests[test]
    unit = PRINTED.get(test, entry.unit)
    factor = entry.units[unit]
    whole, rest = divmod(factor.den, factor.num * steps(test))
    return unit, 0 if rest else int(whole)


def patients_table(
    asked: Asked,
    ids: pa.Array,
    female: NDArray[np.bool_],
    birth: NDArray[np.int64],
    onset: NDArray[np.int64],
) -> pa.Table:
    """The patients of a chunk."""
    sexes = pa.DictionaryArray.from_arrays(
        pa.array((~female).astype(np.int8)), pa.array(["female", "male"])
    )
    columns = [
        ids,
        dates(birth),
        sexes.cast(pa.string()),
        dates(onset),
        pa.array([asked.protocol] * len(ids), pa.string()),
    ]
    return pa.table(columns, schema=RECORD["patients"])


def infusions_table(
    asked: Asked, ids: pa.Array, first: NDArray[np.int64], last: NDArray[np.int64]
) -> pa.Table:
    """Every infusion of a chunk up to each person's last known day."""
    plan = [
        (int(course.day) + dose, number + 1, dose + 1, course.mg)
        for number, course in enumerate(asked.courses)
        for dose in range(int(course.doses))
    ]
    offset, course, dose, mg = (np.array(column) for column in zip(*plan, strict=True))
    day = (first[:, None] + offset[None, :]).reshape(-1)
    kept = np.flatnonzero(day <= np.repeat(last, len(plan)))
    person, place = np.divmod(kept, len(plan))
    return pa.table(
        {
            "patient": ids.take(pa.array(person)),
            "date": dates(day[kept]),
            "course": pa.array(course[place].astype(np.int32)),
            "day": pa.array(dose[place].astype(np.int32)),
            "dose_mg": pa.array(mg[place].astype(np.float64)),
            "status": pa.array(np.full(len(kept), "given")),
        }
    )


class Event(NamedTuple):
    """One kind of event of everybody in a chunk: `day` f64[n] day numbers, `inf` for none."""

    kind: str
    code: str
    day: NDArray[np.float64]
    end: NDArray[np.float64] | None = None
    grade: int | None = None


def events_table(events: Sequence[Event], ids: pa.Array, last: NDArray[np.int64]) -> pa.Table:
    """All events of a chunk, sorted by patient and date; none after a person's last known day."""
    day = np.stack([event.day for event in events], axis=1)
    day = np.where(day <= last[:, None], np.floor(day), np.inf)
    order = np.argsort(day, axis=1, kind="stable")
    sorted_day = np.take_along_axis(day, order, axis=1)
    kept = np.flatnonzero(np.isfinite(sorted_day))
    person = kept // day.shape[1]
    which = order.reshape(-1)[kept]
    nothing = np.full(day.shape[0], np.inf)
    end = np.stack([nothing if e.end is None else e.end for e in events], axis=1)
    end = end[person, which]
    grades = np.array([e.grade or 0 for e in events], np.int32)[which]
    return pa.table(
        {
            "patient": pa.DictionaryArray.from_arrays(pa.array(person.astype(np.int32)), ids),
            "date": dates(sorted_day.reshape(-1)[kept]),
            "kind": _words([e.kind for e in events], which),
            "code": _words([e.code or None for e in events], which),
            "end_date": dates(np.where(end <= last[person], end, np.inf)),
            "grade": pa.array(grades, mask=grades == 0),
        }
    )


def _words(words: Sequence[str | None], which: NDArray[Any]) -> pa.Array:
    named = list(dict.fromkeys(word for word in words if word))
    spots = np.array([named.index(word) if word else -1 for word in words], np.int16)[which]
    codes = pa.array(spots, mask=spots < 0)
    return pa.DictionaryArray.from_arrays(codes, pa.array(named, pa.string()))


def dates(days: NDArray[Any]) -> pa.Array:
    """Day numbers as dates; what is not finite has none.

    >>> dates(np.array([0.0, np.inf])).to_pylist()
    [datetime.date(1970, 1, 1), None]
    """
    if days.dtype.kind != "f":
        return pa.array(days.astype(np.int32)).view(pa.date32())
    known = np.isfinite(days)
    whole = np.where(known, days, 0.0).astype(np.int32)
    return pa.array(whole, mask=~known).view(pa.date32())
