"""The Record: all that is known of the patients, as tables, read with every bad row reported.

A bad row never stops the reading and never disappears: it leaves the table, is named in `problems`
with file, line and column, and waits in `held` with its text. What the tables demand stands in
`longwatch.core.record_schema`.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path

import pyarrow as pa

from longwatch.core.errors import Problem
from longwatch.core.record_build import Draft, build
from longwatch.core.record_faults import Origin, rows_by_number
from longwatch.core.record_files import FORMATS, RawTable, find_tables, read_raw
from longwatch.core.record_schema import SCHEMAS
from longwatch.core.record_write import Format, sort_rows, write_tables
from longwatch.core.tables import DESK, RECORD, as_table

PathLike = str | os.PathLike[str]


@dataclass(frozen=True)
class Record:
    """Tables by `RECORD` and `DESK`, and what is wrong with their source.

    Inputs:
        results: units as they came (the watch converts); amounts of graded tests are grades.
            Rows of tests that the catalogue does not know stay, and are counted in `unwatched`.
        problems: each bad row or cell, in words. Any of them makes a command exit with 1.
        notices: what is worth knowing and no mistake.
        incomplete: patients with an infusion row that cannot be used, each with a sentence.
        path: the folder it was read from.
    """

    patients: pa.Table = field(default_factory=RECORD["patients"].empty_table)
    infusions: pa.Table = field(default_factory=RECORD["infusions"].empty_table)
    results: pa.Table = field(default_factory=RECORD["results"].empty_table)
    events: pa.Table = field(default_factory=RECORD["events"].empty_table)
    held: pa.Table = field(default_factory=DESK["held"].empty_table)
    identifiers: pa.Table = field(default_factory=DESK["identifiers"].empty_table)
    problems: tuple[Problem, ...] = ()
    notices: tuple[Problem, ...] = ()
    incomplete: Mapping[str, str] = field(default_factory=dict)
    unwatched: Mapping[str, int] = field(default_factory=dict)
    path: Path | None = None

    @classmethod
    def read(cls, path: PathLike) -> Record:
        """Reads a folder of `NAME.csv` and `NAME.parquet` files.

        Raises:
            RecordError: when a file cannot be read at all; a bad row does not raise.
        """
        return _read(Path(path), skip=())

    @classmethod
    def from_tables(cls, **tables: object) -> Record:
        """Makes a Record of tables in memory, checked like files.

        Inputs:
            tables: by name (`patients`, `results`, …): anything with the Arrow PyCapsule interface,
                or a mapping of columns.

        >>> from datetime import date
        >>> record = Record.from_tables(
        ...     results={"patient": ["p1"], "date": [date(2025, 4, 1)], "test": ["platelets"],
        ...              "value": [25.0], "unit": ["K"]})
        >>> print(record.problems[0])
        results:row 1:5: unit 'K' is not one of platelets. Mend: write the value in 10*9/L
        """
        unknown = tables.keys() - SCHEMAS.keys()
        if unknown:
            raise TypeError(f"no such table: {', '.join(sorted(unknown))}")
        raw = {
            name: RawTable(as_table(data, SCHEMAS[name]), Origin(name, name, rows_by_number))
            for name, data in tables.items()
        }
        return _record(build(raw), None, ())

    def tables(self) -> dict[str, pa.Table]:
        """Every table by its name."""
        return {name: getattr(self, name) for name in SCHEMAS}

    def sorted(self) -> Record:
        """The same Record: infusions, results, events by patient and date; patients by id."""
        dated = {
            name: sort_rows(getattr(self, name)) for name in ("infusions", "results", "events")
        }
        return replace(self, patients=self.patients.sort_by("patient"), **dated)

    def write(self, path: PathLike, format: Format = "csv") -> None:  # noqa: A002
        """Writes all tables into folder `path`, sorted by patient and date; each file at once.

        Raises:
            RecordError: when the folder cannot be written.
        """
        tables = self.sorted().tables()
        folder = Path(path)
        kept = {n: t for n, t in tables.items() if n in RECORD or t.num_rows or _lies_in(folder, n)}
        write_tables(kept, folder, format)


def read_small_tables(path: PathLike) -> Record:
    """The Record without its results (empty table): for readers that stream those by themselves.

    Text stays as codes and words where the files hold it so.
    `results_file` finds them, `sift` in `longwatch.core.record_sift` checks each batch.
    """
    return _read(Path(path), skip=("results",), coded=True)


def results_file(path: PathLike) -> Path | None:
    """The file that holds the results of the Record in folder `path`, if it has one."""
    return find_tables(Path(path)).files.get("results")


def _read(path: Path, skip: tuple[str, ...], coded: bool = False) -> Record:
    folder = find_tables(path)
    raw = {name: read_raw(name, file) for name, file in folder.files.items() if name not in skip}
    draft = build(raw, has_results="results" in folder.files, coded=coded)
    return _record(draft, path, folder.notices)


def _record(draft: Draft, path: Path | None, notices: tuple[Problem, ...]) -> Record:
    return Record(
        **draft.tables,
        problems=draft.problems,
        notices=(*notices, *draft.notices),
        incomplete=draft.incomplete,
        unwatched=draft.unwatched,
        path=path,
    )


def _lies_in(folder: Path, table: str) -> bool:
    return any((folder / f"{table}.{ending}").exists() for ending in FORMATS)
