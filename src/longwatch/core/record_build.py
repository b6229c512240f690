"""Putting the tables of a Record together: who is on file, what stands there twice."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from difflib import get_close_matches
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import Problem
from longwatch.core.held import HeldReason
from longwatch.core.record_faults import Fault, held_row, incomplete_patients, report
from longwatch.core.record_files import RawTable
from longwatch.core.record_results import codes_of, decoded, encode
from longwatch.core.record_schema import SCHEMAS
from longwatch.core.record_sift import Sifted, sift
from longwatch.core.tables import DESK, RECORD

_PLACE = "__place"
_AT_ONCE = 2
"""Tables checked at a time."""
_SMALL = ("patients", "infusions", "events")


@dataclass(frozen=True, slots=True)
class Draft:
    """Everything a Record is made of."""

    tables: dict[str, pa.Table]
    problems: tuple[Problem, ...]
    notices: tuple[Problem, ...]
    incomplete: dict[str, str]
    unwatched: dict[str, int]


def build(raw: Mapping[str, RawTable], *, has_results: bool = False, coded: bool = False) -> Draft:
    """Sifts every table, patients first.

    Exactly equal rows of patients, infusions and events count once (results may repeat: the watch
    gives the same answer). A patient who stands there twice with different facts keeps only those
    that agree; the later rows are held.

    Inputs:
        has_results: results are there, though not in `raw`.
        coded: for many people: leave text of patients, infusions and events as codes and words
            where it came so, and check tables side by side.

    Raises:
        RecordError: a required column is missing, or a column's type cannot be meant.
    """
    tables = {name: schema.empty_table() for name, schema in SCHEMAS.items()}
    problems: list[Problem] = []
    notices: list[Problem] = []
    held = [DESK["held"].empty_table()]
    on_file: pa.Array | None = None
    waiting = raw["held"].table if "held" in raw else None

    def checked(name: str) -> tuple[Sifted, list[Problem]]:
        codes = coded and name in _SMALL
        sifted = sift(raw[name].table, raw[name].origin, on_file, waiting, codes)
        return _once(sifted, raw[name]) if name in _SMALL else (sifted, [])

    def keep(name: str, sifted: Sifted, repeated: list[Problem]) -> None:
        problems.extend(_broken_rows(raw[name], held))
        problems.extend(sifted.problems)
        held.append(sifted.held)
        notices.extend(repeated)
        tables[name] = sifted.table

    if "patients" in raw:
        sifted, repeated = checked("patients")
        keep("patients", sifted, repeated)
        tables["patients"] = _one_row_each(sifted, raw["patients"], problems, held)
        on_file = decoded(tables["patients"]["patient"]).combine_chunks()
    others = [name for name in SCHEMAS if name in raw and name != "patients"]
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        # Threads cost more than they save where a Record is small.
        for name, (sifted, repeated) in zip(
            others, (pool.map if coded else map)(checked, others), strict=True
        ):
            keep(name, sifted, repeated)
    if "patients" not in raw:
        tables["patients"] = _derived_patients(tables, held, notices)
    notices += [
        Problem(f"there is no table {name}", how="without it nothing can be said to be done")
        for name in ("infusions", "results")
        if name not in raw and not (name == "results" and has_results)
    ]
    tables["held"] = _all_held(tables["held"], held)
    unwatched = _unwatched(tables["results"], notices)
    incomplete = incomplete_patients(tables["held"])
    return Draft(tables, tuple(problems), tuple(notices), incomplete, unwatched)


def _broken_rows(raw: RawTable, held: list[pa.Table]) -> list[Problem]:
    rows = [
        held_row(raw.origin.table, row.where, row.fault, row.patient, row.text)
        for row in raw.broken
    ]
    if rows:
        held.append(pa.Table.from_pylist(rows, DESK["held"]))
    return [Problem(row.fault.what, row.where, how=row.fault.how) for row in raw.broken]


def _once(sifted: Sifted, raw: RawTable) -> tuple[Sifted, list[Problem]]:
    """Without rows that repeat another one in every column; and a word about those."""
    table = sifted.table
    alike = _alike(table)
    if not len(alike):
        return sifted, []
    few = table.take(alike)
    few = pa.table({name: decoded(few[name]) for name in few.column_names} | {_PLACE: alike})
    first = few.group_by(table.column_names, use_threads=False).aggregate([(_PLACE, "min")])
    repeated = len(alike) - first.num_rows
    if not repeated:
        return sifted, []
    said = Problem(f"{repeated:,} rows repeat another one exactly and count once", raw.origin.label)
    keep = np.ones(table.num_rows, bool)
    keep[alike] = False
    keep[first[f"{_PLACE}_min"].to_numpy()] = True
    kept = np.flatnonzero(keep)
    return replace(sifted, table=table.take(pa.array(kept)), rows=sifted.rows[kept]), [said]


def _alike(table: pa.Table) -> npt.NDArray[np.int64]:
    """Rows that share the columns that tell most rows apart with another one.

    Only these are compared whole: comparing all rows took most of the time of reading a Record.
    """
    key = np.zeros(table.num_rows, np.int64)
    for name in ("patient", "date", "kind", "code", "course"):
        if name in table.column_names:
            codes, most = _codes(table[name])
            key = key * most + codes
    order = np.argsort(key, kind="stable")
    key = key[order]
    same = np.flatnonzero(key[1:] == key[:-1])
    return np.sort(order[np.unique(np.concatenate([same, same + 1]))])


def _codes(column: pa.ChunkedArray) -> tuple[npt.NDArray[np.int64], int]:
    """A number for each cell, the same for the same, and how many numbers there may be."""
    kind = column.type
    if not (pa.types.is_date(kind) or pa.types.is_integer(kind)):
        codes, words = codes_of(column)
        return codes, len(words) + 1
    numbers = (column.cast(pa.int32()) if pa.types.is_date(kind) else column).cast(pa.int64())
    least, most = pc.min_max(numbers).as_py().values()
    if least is None:
        return np.zeros(len(column), np.int64), 1
    return pc.fill_null(pc.subtract(numbers, least - 1), 0).to_numpy(), most - least + 2


def _one_row_each(
    sifted: Sifted, raw: RawTable, problems: list[Problem], held: list[pa.Table]
) -> pa.Table:
    """One row a patient: where rows disagree the cell is emptied, and the later rows are held."""
    table = sifted.table
    codes, _ = codes_of(table["patient"])
    _, firsts, places = np.unique(codes, return_index=True, return_inverse=True)
    first_of = firsts[places]
    later = np.flatnonzero(first_of != np.arange(len(codes)))
    if not len(later):
        return table
    faults = [
        Fault(
            int(sifted.rows[row]),
            "patient",
            HeldReason.DUPLICATE_CONFLICT,
            f"patient {table['patient'][row].as_py()!r} stands here again with other facts",
            "keep one row; facts that disagree are taken as unknown until then",
        )
        for row in later.tolist()
    ]
    words, rows = report(faults, raw.table, raw.origin)
    problems += words
    held.append(rows)
    return _emptied(table, later, first_of).filter(pa.array(first_of == np.arange(len(codes))))


def _emptied(table: pa.Table, later: Any, first_of: Any) -> pa.Table:
    for name in table.column_names:
        if name == "patient":
            continue
        cells = table[name].to_pylist()
        disagree = {int(first_of[row]) for row in later if cells[row] != cells[first_of[row]]}
        if disagree:
            filled = [None if row in disagree else cell for row, cell in enumerate(cells)]
            column = pa.array(filled, table[name].type)
            table = table.set_column(table.column_names.index(name), name, column)
    return table


def _derived_patients(
    tables: dict[str, pa.Table], held: list[pa.Table], notices: list[Problem]
) -> pa.Table:
    """Without a patients table, everybody whom another table names, in a row held too."""
    named = [decoded(tables[name]["patient"]) for name in ("infusions", "results", "events")]
    named += [rows["patient"] for rows in held]
    ids = pc.unique(pa.chunked_array([c for column in named for c in column.chunks], pa.string()))
    ids = ids.drop_null().take(pc.sort_indices(ids.drop_null()))
    if len(ids):
        notices.append(
            Problem(
                f"there is no table patients; {len(ids):,} patients were taken from the others",
                how="without it birth date and sex are unknown",
            )
        )
    empty = {f.name: pa.nulls(len(ids), f.type) for f in RECORD["patients"]}
    return pa.table({**empty, "patient": ids}, schema=RECORD["patients"])


def _all_held(stored: pa.Table, new: list[pa.Table]) -> pa.Table:
    """What was held before and what is held now; the same row only once."""
    everything = pa.concat_tables([stored, *new], promote_options="default")
    codes, names = encode(everything["id"])
    _, firsts = np.unique(codes, return_index=True)
    if len(firsts) == everything.num_rows or None in [names[c] for c in set(codes.tolist())]:
        return everything
    return everything.take(pa.array(np.sort(firsts)))


def _unwatched(results: pa.Table, notices: list[Problem]) -> dict[str, int]:
    """How many rows name a test that the catalogue does not have."""
    known = catalogue()
    codes, names = encode(results["test"])
    counts = np.bincount(codes, minlength=len(names)).tolist()
    unwatched = {
        name: count
        for name, count in zip(names, counts, strict=True)
        if count and name is not None and name not in known.tests
    }
    for name in unwatched:
        test = known.by_alias(name) or known.by_loinc(name)
        near = [test.id] if test else get_close_matches(name.lower(), list(known.tests), n=1)
        if near:
            notices.append(
                Problem(
                    f"test {name!r} ({unwatched[name]:,} results) is not watched",
                    "results",
                    how=f"did you mean {near[0]!r}?",
                )
            )
    return unwatched
