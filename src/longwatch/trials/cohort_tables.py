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
from longwatch.trials.cohort_kernels import kernels
from longwatch.trials.cohort_plan import Asked
from longwatch.trials.cohort_visits import NEVER, Calendar

IMMUNE = ("vzv_igg",)
"""Serologies that are positive in somebody who may be treated."""
BELOW = "<"
IDENTIFIER_LETTERS = 9


def identifiers(numbers: NDArray[np.int64]) -> pa.Array:
    """The ids of patients by number, so that text and numbers sort alike.

    >>> identifiers(np.array([7])).to_pylist()
    ['v000000007']
    """
    digits = pc.utf8_lpad(pa.array(numbers).cast(pa.string()), IDENTIFIER_LETTERS, "0")
    return pc.binary_join_element_wise("v", digits, "")


def results_table(
    tests: Sequence[str],
    groups: Sequence[tuple[NDArray[np.bool_], Sequence[str]]],
    reported: NDArray[np.int16],
    day: NDArray[np.int64],
    least: Mapping[str, int],
    ids: pa.Array,
) -> pa.Table:
    """The results that exist, sorted by patient, date, and order of tests, in canonical units.

    Inputs:
        tests: the simulated ones, in the order of `reported`, then those that are only told.
        groups: bool[D, n] with the tests that are drawn at those visits; each test in one group.
        reported: i16[R, D, n], amounts in the last digit printed, of the first R tests.
        day: [D, n], day numbers.
        least: by test, the smallest amount that is reported as a number.
        ids: of the chunk's patients.
    """
    people = day.shape[1]
    masks = np.stack([mask for mask, _ in groups])
    of_test = {test: place for place, (_, names) in enumerate(groups) for test in names}
    # Bytes, for a sum of booleans would be made of 8-byte numbers.
    counted = np.zeros(people, np.int64)
    for mask, names in groups:
        counted += len(names) * np.count_nonzero(mask, axis=0)
    offsets = np.concatenate([[0], np.cumsum(counted)])
    rows = int(offsets[-1])
    patient, days = np.empty(rows, np.int32), np.empty(rows, np.int32)
    test, value = np.empty(rows, np.int8), np.empty(rows, np.float64)
    unit, below = np.empty(rows, np.int8), np.empty(rows, bool)
    units = [catalogue().tests[name].unit for name in tests]
    # Tests that share a unit share its code: short codes are small files.
    names = list(dict.fromkeys(units))
    kernels().rows(
        offsets,
        day,
        masks,
        np.array([of_test[name] for name in tests], np.int8),
        reported,
        np.array([name in IMMUNE for name in tests], np.int16),
        np.array([least.get(name, 0) for name in tests], np.int16),
        np.array([float(steps(name)) for name in tests]),
        np.array([names.index(name) for name in units], np.int8),
        patient,
        days,
        test,
        value,
        unit,
        below,
    )
    # Bits as Arrow keeps them: from a mask of bytes it makes them one by one.
    there = pa.py_buffer(np.packbits(below, bitorder="little"))
    codes = pa.py_buffer(np.zeros(rows, np.int8))
    comparator = pa.Array.from_buffers(pa.int8(), rows, [there, codes])
    return _table(
        {
            "patient": _coded(pa.array(patient), ids),
            "date": pa.array(days).view(pa.date32()),
            "test": _coded(pa.array(test), pa.array(tests, pa.string())),
            "value": pa.array(value),
            "comparator": _coded(comparator, pa.array([BELOW])),
            "unit": _coded(pa.array(unit), pa.array(names)),
        }
    )


def _coded(codes: pa.Array, words: pa.Array) -> pa.DictionaryArray:
    """Words by numbers that were made here, and need no check of their bounds."""
    return pa.DictionaryArray.from_arrays(codes, words, safe=False)


def _table(columns: Mapping[str, pa.Array]) -> pa.Table:
    """A table that says which columns have no gaps: they are written in half the time."""
    fields = [
        pa.field(name, column.type, nullable=column.null_count > 0 or name in _MAY_MISS)
        for name, column in columns.items()
    ]
    return pa.Table.from_arrays(list(columns.values()), schema=pa.schema(fields))


_MAY_MISS = ("comparator", "code", "end_date", "grade", "text")
"""Columns that have gaps in some chunks."""


def steps(test: str) -> int:
    """Amounts of a test in one canonical unit: 100 for two decimals; grades are whole."""
    entry = catalogue().tests[test]
    return int(10**entry.decimals) if entry.kind == "number" else 1


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
    asked: Asked, ids: pa.Array, days: Calendar, last: NDArray[np.int64]
) -> pa.Table:
    """Every infusion of a chunk up to each person's last known day."""
    mgs = [course.mg for course in asked.courses]
    further = 0.0 if asked.further is None else asked.further.mg
    mgs += [further] * (len(days.doses) - len(mgs))
    row = np.repeat(np.arange(len(days.doses)), days.doses)
    dose = np.concatenate([np.arange(doses) for doses in days.doses])
    day = (days.starts[row] + dose[:, None]).T.reshape(-1)
    # Numbers of the courses that somebody had, without the ones between that were not needed.
    number = np.cumsum(days.starts < NEVER, axis=0)[row].T.reshape(-1)
    kept = np.flatnonzero(day <= np.repeat(last, len(row)))
    person, place = np.divmod(kept, len(row))
    return pa.table(
        {
            "patient": ids.take(pa.array(person)),
            "date": dates(day[kept]),
            "course": pa.array(number[kept].astype(np.int32)),
            "day": pa.array((dose[place] + 1).astype(np.int32)),
            "dose_mg": pa.array(np.array(mgs)[row[place]]),
            "status": pa.DictionaryArray.from_arrays(
                pa.array(np.zeros(len(kept), np.int8)), pa.array(["given"])
            ),
        }
    )


class Event(NamedTuple):
    """One kind of event of people in a chunk.

    day, end: i64[n] or i64[K, n], day numbers, `NEVER` for none; an end after a person's last
    known day is not known. grade: one for all, or one each; 0 for none.
    who: i64[m], whose each is, where the others are of shape [m]; None for the n people in order.
    """

    kind: str
    code: str
    day: NDArray[np.int64]
    end: NDArray[np.int64] | None = None
    grade: int | NDArray[np.int64] = 0
    text: str = ""
    who: NDArray[np.int64] | None = None


def events_table(events: Sequence[Event], ids: pa.Array, last: NDArray[np.int64]) -> pa.Table:
    """All events of a chunk, sorted by patient and date; none after a person's last known day."""
    parts = [_known(number, event, last) for number, event in enumerate(events)]
    person, day, end, grades, which = (np.concatenate(part) for part in zip(*parts, strict=True))
    # One sort of whole numbers is several times as fast as one of rows: person, day, and place.
    since = (day - day.min(initial=NEVER)).astype(np.int64) << _ROW_BITS
    whose = person.astype(np.int64) << (_DAY_BITS + _ROW_BITS)
    key = whose + since + np.arange(len(day))
    order = np.sort(key) & ((1 << _ROW_BITS) - 1)
    person, day, end, grades, which = (
        column[order] for column in (person, day, end, grades, which)
    )
    return _table(
        {
            "patient": pa.DictionaryArray.from_arrays(pa.array(person), ids),
            "date": dates(day),
            "kind": _words([e.kind for e in events], which),
            "code": _words([e.code for e in events], which),
            "end_date": dates(end),
            "grade": pa.array(grades, mask=grades == 0),
            "text": _words([e.text for e in events], which),
        }
    )


def _known(number: int, event: Event, last: NDArray[np.int64]) -> tuple[NDArray[np.int32], ...]:
    """Whose, day, end, grade and number of the events that are known."""
    if event.who is None:
        there = np.flatnonzero(event.day.reshape(-1, len(last)) <= last)
        person = there % len(last)
    else:
        there = np.flatnonzero(event.day <= last[event.who])
        person = event.who[there]

    def known(column: Any) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.broadcast_to(column, event.day.shape).reshape(-1)[there]
        return found

    when = known(event.day)
    end: NDArray[np.int64] | int = NEVER
    if event.end is not None:
        end = known(event.end)
        end = np.where(end <= last[person], np.maximum(end, when), NEVER)
    grade = event.grade if isinstance(event.grade, int) else known(event.grade)
    columns = (person, when, end, grade, number)
    whole = np.empty((len(columns), len(there)), np.int32)
    for row, column in enumerate(columns):
        whole[row] = column
    return tuple(whole)


_DAY_BITS, _ROW_BITS = 20, 24
"""Room for the days of many centuries, and for the events of one chunk."""


def _words(words: Sequence[str], which: NDArray[Any]) -> pa.Array:
    """Words by number, those of nothing left out; all that there are, so that files are alike."""
    named = list(dict.fromkeys(word for word in words if word))
    spots = np.array([named.index(word) if word else -1 for word in words], np.int16)[which]
    codes = pa.array(spots, mask=spots < 0) if "" in words else pa.array(spots)
    return pa.DictionaryArray.from_arrays(codes, pa.array(named, pa.string()))


def dates(days: NDArray[np.int64]) -> pa.Array:
    """Day numbers as dates; `NEVER` has none.

    >>> dates(np.array([0, NEVER])).to_pylist()
    [datetime.date(1970, 1, 1), None]
    """
    never = days >= NEVER
    whole = days.astype(np.int32)
    return (pa.array(whole, mask=never) if never.any() else pa.array(whole)).view(pa.date32())
