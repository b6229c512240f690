"""A Record on a day as the frames of `endpoints`: who was treated, followed, examined, and how.

What counts is said once, in `READING`, which the report prints.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.dates import calendar_day
from longwatch.core.record import Record
from longwatch.core.status import InfusionStatus, ResultStatus
from longwatch.core.tables import plain_text
from longwatch.endpoints.published import settings

READING = (
    "Everybody with an infusion given is followed from the first one to the last entry of any kind "
    "in the Record. A blood test is such an entry: somebody who comes for blood tests alone may "
    "have had a relapse that nobody wrote down.",
    "An EDSS visit is a final or corrected result of the test EDSS with an exact value; of two on "
    "one day the worse one counts.",
    "A relapse is an event of that kind, as the clinic entered it; nothing else is read as one.",
    "An adverse event is a diagnosis dated after the first infusion; each kind counts once for "
    "each person and day.",
    "A test is done when it has a final or corrected value, also one with a sign like '<'.",
)
"""How a Record is read, in sentences for the report."""

_COUNTS = pa.schema([("what", pa.string()), ("rows", pa.int64()), ("rule", pa.string())])
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True)
class Cohort:
    """The frames of a Record on a day. Dates are dates; ids are the Record's.

    Inputs:
        as_of: nothing after it is known.
        subjects: everybody in the table of patients: `id`, `start`, `end` (null when never
            infused), `sex`, `birth_date`, `ms_onset`, `last_infusion`, `courses`.
        visits, relapses, infusions, aes, tests: as in `frames`.
        counts: rows that were not used: `what`, `rows`, `rule`; only those that occur.
    """

    as_of: date
    subjects: pa.Table
    visits: pa.Table
    relapses: pa.Table
    infusions: pa.Table
    aes: pa.Table
    tests: pa.Table
    counts: pa.Table


def from_record(
    record: Record,
    as_of: date,
    *,
    tests: Sequence[str] | None = None,
    events: Sequence[str] = (),
) -> Cohort:
    """The frames of a Record; `READING` says what counts as what.

    Inputs:
        record: as `Record.read` gives it.
        as_of: the day; later facts do not exist.
        tests: the tests wanted in the frame `tests`; None = all.
        events: codes of events wanted there, too, as `kind:code`.

    Raises:
        UsageError: `as_of` is no plain date.

    >>> empty = from_record(Record(), date(2026, 11, 22))
    >>> empty.subjects.num_rows, empty.visits.column_names
    (0, ['id', 'date', 'value'])
    """
    as_of = calendar_day(as_of)
    counted: list[tuple[str, int, str]] = []
    results = _arrived(_until(plain_text(record.results), as_of), as_of)
    happened = _until(plain_text(record.events), as_of)
    given = _given(_until(plain_text(record.infusions), as_of))
    seen = _last_days([results, happened, given])
    subjects = _subjects(plain_text(record.patients), given, seen, counted)
    cohort = Cohort(
        as_of,
        subjects,
        _visits(results, counted),
        _relapses(happened, subjects, counted),
        _infusions(given, subjects),
        _diagnoses(happened, subjects),
        pa.concat_tables([_tests(results, tests), _forms(happened, events)]),
        _COUNTS.empty_table(),
    )
    _count_late(record, as_of, counted)
    rows = [dict(zip(_COUNTS.names, one, strict=True)) for one in counted if one[1]]
    return Cohort(**{**cohort.__dict__, "counts": pa.Table.from_pylist(rows, _COUNTS)})


def last_entry(record: Record, today: date) -> tuple[date | None, int]:
    """The last day up to today of which anything is on record, and how many entries lie later.

    Months in which nobody wrote anything are then not counted as months in which tests were missed.

    Inputs:
        record: as `Record.read` gives it. Infusions count when they were given.
        today: the day at the clinic.

    >>> last_entry(Record(), date(2026, 11, 22))
    (None, 0)
    """
    tables = (record.results, record.events, _given(plain_text(record.infusions)))
    day = (today - _EPOCH).days
    last, later = None, 0
    for table in tables:
        days = np.asarray(_flat(table["date"].cast(pa.int32())).drop_null().to_numpy())
        past = days[days <= day]
        later += len(days) - len(past)
        if len(past):
            last = max(int(past.max()), last if last is not None else int(past.max()))
    return (None if last is None else _EPOCH + timedelta(days=last)), later


def _until(table: pa.Table, as_of: date) -> pa.Table:
    known = pc.less_equal(table["date"], pa.scalar(as_of, pa.date32()))
    return table if pc.all(known).as_py() is not False else table.filter(known)


def _arrived(results: pa.Table, as_of: date) -> pa.Table:
    """Results that had reached the clinic by the end of the day; those without a time had."""
    if results["received"].null_count == results.num_rows:
        return results
    day = pc.fill_null(results["received"].cast(pa.date32(), safe=False), pa.scalar(_EPOCH))
    return results.filter(pc.less_equal(day, pa.scalar(as_of, pa.date32())))


def _given(infusions: pa.Table) -> pa.Table:
    status = infusions["status"] if "status" in infusions.column_names else None
    if status is None:
        return infusions
    return infusions.filter(pc.equal(pc.fill_null(status, "given"), InfusionStatus.GIVEN.value))


def _final(results: pa.Table) -> pa.Table:
    """Results that are final or corrected, with a number."""
    keep = pc.is_valid(results["value"])
    status = pc.fill_null(pc.cast(results["status"], pa.string()), ResultStatus.FINAL.value)
    words = pa.array([ResultStatus.FINAL.value, ResultStatus.CORRECTED.value])
    return results.filter(pc.and_(keep, pc.is_in(status, value_set=words)))


def _last_days(tables: list[pa.Table]) -> pa.Table:
    """The last day on which there is anything of each person."""
    parts = [
        table.select(["patient", "date"]).group_by("patient").aggregate([("date", "max")])
        for table in tables
    ]
    plain = [
        pa.table({"patient": _text(part["patient"]), "date": part["date_max"]}) for part in parts
    ]
    return pa.concat_tables(plain).group_by("patient").aggregate([("date", "max")])


def _text(column: pa.ChunkedArray) -> pa.ChunkedArray:
    return column.cast(pa.string())


def _subjects(
    patients: pa.Table, given: pa.Table, seen: pa.Table, counted: list[tuple[str, int, str]]
) -> pa.Table:
    ids = _flat(_text(patients["patient"]))
    own = given.group_by("patient").aggregate(
        [("date", "min"), ("date", "max"), ("course", "count_distinct")]
    )
    at = pc.index_in(ids, value_set=_flat(own["patient"]))
    start = _flat(own["date_min"]).take(at)
    end = _flat(seen["date_max"]).take(pc.index_in(ids, value_set=_flat(seen["patient"])))
    birth, onset = (_flat(patients[name]) for name in ("birth_date", "ms_onset"))
    wrong = pc.fill_null(pc.less(start, birth), False)
    counted.append(
        ("people with an infusion before their birth", pc.sum(wrong).as_py() or 0, "not counted")
    )
    mixed = pc.is_in(ids, value_set=_out_of_order(given))
    counted.append(
        (
            "people whose courses do not begin with 1 or are out of order",
            pc.sum(mixed).as_py() or 0,
            "not counted: which infusion was the first is not known",
        )
    )
    nothing = pa.nulls(len(ids), pa.date32())
    start = pc.if_else(pc.or_(wrong, mixed), nothing, start)
    return pa.table(
        {
            "id": ids,
            "start": start,
            "end": pc.if_else(pc.is_valid(start), end, nothing),
            "sex": _flat(_text(patients["sex"])),
            "birth_date": birth,
            "ms_onset": onset,
            "last_infusion": _flat(own["date_max"]).take(at),
            "courses": pc.fill_null(_flat(own["course_count_distinct"]).take(at), 0),
        }
    )


def _out_of_order(given: pa.Table) -> pa.Array:
    """People whose first infusion is none of course 1, or with a course before an earlier one."""
    rows = given.select(["patient", "date", "course"]).sort_by(
        [("patient", "ascending"), ("date", "ascending"), ("course", "ascending")]
    )
    ids = _flat(_text(rows["patient"]))
    course = pc.fill_null(_flat(rows["course"]), 0).to_numpy(zero_copy_only=False)
    code = ids.dictionary_encode().indices.to_numpy()
    begins = np.append(True, code[1:] != code[:-1])[: len(code)]
    back = np.append(False, course[1:] < course[:-1])[: len(code)] & ~begins
    return pc.unique(ids.filter(pa.array((begins & (course != 1)) | back)))


def _flat(column: pa.ChunkedArray | pa.Array) -> pa.Array:
    if isinstance(column, pa.Array):
        return column
    column = column.combine_chunks()
    return column if isinstance(column, pa.Array) else pa.concat_arrays(column.chunks)


def _named(table: pa.Table, more: dict[str, pa.ChunkedArray]) -> pa.Table:
    return pa.table({"id": _text(table["patient"]), "date": table["date"], **more})


def _infusions(given: pa.Table, subjects: pa.Table) -> pa.Table:
    infusions = _named(given, {"course": given["course"]})
    return infusions.filter(pc.is_valid(_of(subjects, "start", infusions["id"])))


def _visits(results: pa.Table, counted: list[tuple[str, int, str]]) -> pa.Table:
    every = results.filter(pc.equal(results["test"], "edss"))
    counted.append(("EDSS out of the order of dates", _back(every), "put in order"))
    visits = _final(every)
    exact = visits.filter(pc.is_null(visits["comparator"]))
    counted.append(
        (
            "EDSS without an exact, final value",
            every.num_rows - exact.num_rows,
            "not used: a score that is not known confirms nothing",
        )
    )
    return _named(exact, {"value": exact["value"]})


def _back(visits: pa.Table) -> int:
    """Rows that stand below a later one of the same person."""
    code = _flat(_text(visits["patient"])).dictionary_encode().indices.to_numpy()
    day = _flat(visits["date"].cast(pa.int32())).to_numpy(zero_copy_only=False)
    order = np.argsort(code, kind="stable")
    same = code[order][1:] == code[order][:-1]
    return int((same & (day[order][1:] < day[order][:-1])).sum())


def _relapses(
    events: pa.Table, subjects: pa.Table, counted: list[tuple[str, int, str]]
) -> pa.Table:
    relapses = _named(events.filter(pc.equal(events["kind"], "relapse")), {})
    onset = _of(subjects, "ms_onset", relapses["id"])
    early = pc.fill_null(pc.less(_flat(relapses["date"]), onset), False)
    counted.append(
        (
            "relapses before the onset of MS",
            pc.sum(early).as_py() or 0,
            "not used: one of the two dates is wrong",
        )
    )
    return relapses.filter(pc.invert(early))


def _diagnoses(events: pa.Table, subjects: pa.Table) -> pa.Table:
    known = settings()
    group = {code: one.title for one in known.groups for code in one.codes}
    found = events.filter(pc.equal(events["kind"], "diagnosis"))
    codes = _flat(pc.fill_null(_text(found["code"]), "without a code"))
    words = codes.dictionary_encode()
    terms = [
        group.get(code, code.replace("-", " ").capitalize())
        for code in words.dictionary.to_pylist()
    ]
    had = pc.is_in(codes, value_set=pa.array(list(known.history.codes), pa.string()))
    aes = _named(found, {"term": pa.array(terms, pa.string()).take(words.indices)})
    start = _of(subjects, "start", aes["id"])
    after = pc.fill_null(pc.greater(_flat(aes["date"]), start), False)
    aes = aes.filter(pc.and_(after, pc.invert(had)))
    return aes.group_by(["id", "date", "term"]).aggregate([])


def _tests(results: pa.Table, wanted: Sequence[str] | None) -> pa.Table:
    if wanted is not None:
        words = pa.array(list(wanted), pa.string())
        results = results.filter(pc.is_in(_text(results["test"]), value_set=words))
    done = _final(results)
    return _named(done, {"test": _text(done["test"])})


def _forms(happened: pa.Table, codes: Sequence[str]) -> pa.Table:
    """Examinations and forms as rows of `tests`."""
    own = happened.filter(
        pc.is_in(_text(happened["code"]), value_set=pa.array(list(codes), pa.string()))
    )
    words = pc.binary_join_element_wise(_text(own["kind"]), _text(own["code"]), ":")
    return _named(own, {"test": words})


def _of(subjects: pa.Table, name: str, ids: pa.ChunkedArray) -> pa.Array:
    """A column of the subjects for each of these ids."""
    return _flat(subjects[name]).take(pc.index_in(_flat(ids), value_set=_flat(subjects["id"])))


def _count_late(record: Record, as_of: date, counted: list[tuple[str, int, str]]) -> None:
    day = (as_of - _EPOCH).days
    late = sum(
        int(np.count_nonzero(table["date"].cast(pa.int32()).to_numpy() > day))
        for table in (record.results, record.events)
    )
    counted.append(("results and events after the day", late, "not used: they do not exist yet"))
    held = record.held.num_rows
    counted.append(("entries held back", held, "not used: they wait for a person (longwatch held)"))
