"""From a table as it came to one the watch can use, with every row that cannot be, and why."""

from __future__ import annotations

from dataclasses import dataclass, field
from difflib import get_close_matches

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from longwatch.core.errors import Problem, RecordError
from longwatch.core.held import HeldReason
from longwatch.core.record_cells import read_cells
from longwatch.core.record_faults import Fault, Origin, report
from longwatch.core.record_results import codes_of, decoded, grade_results, unusable_results
from longwatch.core.record_schema import ESSENTIAL, FILLED, REQUIRED, SCHEMAS, known_fields
from longwatch.core.record_superseding import keep_superseding
from longwatch.core.record_valueless import read_valueless
from longwatch.core.tables import DESK

_MISSING = {"patient": HeldReason.MISSING_PATIENT, "date": HeldReason.MISSING_DATE}


@dataclass(frozen=True)
class Sifted:
    """The usable rows in the table's types; what is wrong, in words and as rows of `held`.

    `rows`: where each usable row stood in the table as it came.
    """

    table: pa.Table
    problems: tuple[Problem, ...] = ()
    held: pa.Table = field(default_factory=DESK["held"].empty_table)
    rows: npt.NDArray[np.int64] = field(default_factory=lambda: np.array([], np.int64))


def sift(
    raw: pa.Table,
    origin: Origin,
    patients: pa.Array | None = None,
    waiting: pa.Table | None = None,
    coded: bool = False,
) -> Sifted:
    """Types the columns of `raw`, and takes out the rows that cannot be used.

    Works batch by batch as well as on a whole table. Extra columns stay as they are.

    Inputs:
        raw: text or typed columns, in any order.
        origin: the table's name, and how to say where a row stands.
        patients: those on file; rows of others are held. None: not checked.
        waiting: what is held already; a result that it tells of is not reported again.
        coded: leave text as codes and words where it came so.

    Raises:
        RecordError: a required column is missing, or a column's type cannot be meant.
    """
    name = origin.table
    doubts = check_columns(raw.column_names, origin)
    typed, faults = _type_columns(raw, origin, coded)
    if patients is not None:
        faults += _strangers(typed, patients, name)
    if name == "results":
        typed = grade_results(typed)
        typed, valueless = read_valueless(typed, {fault.row for fault in faults}, waiting)
        faults += [*valueless, *unusable_results(typed)]
        typed, faults = keep_superseding(typed, faults, raw)
    faults = _one_per_cell(faults)
    keep = np.ones(raw.num_rows, dtype=bool)
    keep[[fault.row for fault in faults if fault.whole]] = False
    if not keep.all():
        typed = typed.filter(pa.array(keep))
    problems, held = report(faults, raw, origin)
    return Sifted(typed, (*doubts, *problems), held, np.flatnonzero(keep))


def check_columns(names: list[str], origin: Origin) -> list[Problem]:
    """Refuses a missing required column; complains of extra ones that look like a misspelt one.

    Raises:
        RecordError: naming file, column and the likely misspelling.
    """
    fields = [known.name for known in known_fields(origin.table)]
    strange = [name for name in names if name not in fields]
    missing = [name for name in REQUIRED[origin.table] if name not in names]
    if missing:
        raise RecordError([_missing_column(column, names, strange, origin) for column in missing])
    likely = {
        name: near[0]
        for name in strange
        if (near := get_close_matches(name.strip().lower(), fields, n=1, cutoff=0.85))
        and near[0] not in names
    }
    return [
        Problem(
            f"column {name!r} is kept but not used",
            origin.label,
            how=f"did you mean {meant!r}?",
        )
        for name, meant in likely.items()
    ]


def _missing_column(column: str, names: list[str], strange: list[str], origin: Origin) -> Problem:
    how = f"add it; {origin.table} needs {', '.join(REQUIRED[origin.table])}"
    if near := get_close_matches(column, [name.strip().lower() for name in strange], n=1):
        written = next(name for name in strange if name.strip().lower() == near[0])
        how = f"did you mean it by {written!r}?"
    elif len(names) == 1 and any(sign in names[0] for sign in ";\t|"):
        how = "separate the columns by commas"
    return Problem(f"column {column!r} is missing", origin.label, how=how)


def _type_columns(raw: pa.Table, origin: Origin, coded: bool) -> tuple[pa.Table, list[Fault]]:
    name = origin.table
    columns: dict[str, pa.ChunkedArray] = {}
    faults: list[Fault] = []
    for wanted in known_fields(name):
        if wanted.name not in raw.column_names:
            if wanted.name in SCHEMAS[name].names:
                columns[wanted.name] = pa.chunked_array([pa.nulls(raw.num_rows, wanted.type)])
            continue
        cells = read_cells(raw[wanted.name], name, wanted, origin.label)
        columns[wanted.name] = cells.values if coded else decoded(cells.values)
        whole = wanted.name in ESSENTIAL[name]
        faults += [
            Fault(row, wanted.name, complaint.reason, complaint.what, complaint.how, whole)
            for row, complaint in cells.bad.items()
        ]
        if wanted.name in FILLED[name]:
            faults += _empty_cells(cells.values, wanted.name, cells.bad.keys())
    extras = {extra: raw[extra] for extra in raw.column_names if extra not in columns}
    fields = [
        known.with_type(columns[known.name].type)
        for known in known_fields(name)
        if known.name in columns
    ]
    fields += [pa.field(extra, column.type) for extra, column in extras.items()]
    return pa.table([*columns.values(), *extras.values()], pa.schema(fields)), faults


def _empty_cells(values: pa.ChunkedArray, column: str, known: object) -> list[Fault]:
    if not values.null_count:
        return []
    rows = np.flatnonzero(pc.is_null(values).to_numpy())
    reason = _MISSING.get(column, HeldReason.BAD_ROW)
    return [
        Fault(int(row), column, reason, f"{column} is empty", f"fill in the {column}")
        for row in rows
        if int(row) not in known  # type: ignore[operator]
    ]


def _strangers(table: pa.Table, patients: pa.Array, name: str) -> list[Fault]:
    if name in ("patients", "held", "identifiers"):
        return []
    codes, names = codes_of(table["patient"])
    strange = pc.invert(pc.is_in(names, value_set=patients)).to_numpy(zero_copy_only=False)
    # Nobody's name is another complaint.
    rows = np.flatnonzero(np.append(strange, False)[codes])
    reason = HeldReason.UNKNOWN_PATIENT
    return [
        Fault(
            int(row),
            "patient",
            reason,
            f"patient {table['patient'][int(row)].as_py()!r} is not in the patients table",
            reason.remedy,
        )
        for row in rows
    ]


def _one_per_cell(faults: list[Fault]) -> list[Fault]:
    """The first complaint about a cell is the one that explains it."""
    first: dict[tuple[int, str | None], Fault] = {}
    for fault in faults:
        first.setdefault((fault.row, fault.column), fault)
    return list(first.values())
