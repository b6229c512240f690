"""Finding the files of a Record's folder and reading each as it came, text or typed."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from longwatch.core.errors import DamagedFileError, Problem, RecordError
from longwatch.core.held import HeldReason
from longwatch.core.record_csv import MOST_COLUMNS, BrokenRow, read_csv_text
from longwatch.core.record_faults import Fault, Origin, rows_by_number
from longwatch.core.record_schema import SCHEMAS, known_fields
from longwatch.core.tables import plain_text

FORMATS = ("csv", "parquet")
_PACKED = (".gz", ".zip", ".bz2", ".xz", ".zst", ".xlsx", ".xls", ".ods")


@dataclass(frozen=True, slots=True)
class Broken:
    """A row whose cells fit no columns: it is not in the table, and its patient is a guess."""

    where: str
    fault: Fault
    patient: str | None
    text: str


@dataclass(frozen=True, slots=True)
class RawTable:
    """One table as it came."""

    table: pa.Table
    origin: Origin
    broken: tuple[Broken, ...] = ()


@dataclass(frozen=True, slots=True)
class Folder:
    """The files of a Record by table, and what else lies there."""

    path: Path
    files: dict[str, Path]
    notices: tuple[Problem, ...]


TRUTH = "truth"
"""What lies beside a virtual cohort's tables: only an evaluation of the watch may read it."""


def find_tables(path: Path) -> Folder:
    """Which file holds which table.

    Raises:
        RecordError: no folder, no rights, no table, one table twice, a packed table.
    """
    try:
        entries = sorted(path.iterdir())
    except FileNotFoundError:
        raise RecordError(_no_folder(path)) from None
    except NotADirectoryError:
        raise RecordError(
            Problem("this is a file, a Record is a folder", str(path), how=f"give {path.parent}")
        ) from None
    except OSError as error:
        raise RecordError(
            Problem(f"the folder cannot be read ({error.strerror})", str(path), how="check rights")
        ) from None
    files: dict[str, Path] = {}
    problems: list[Problem] = []
    strange: list[Problem] = []
    for entry in entries:
        name, _, ending = entry.name.partition(".")
        if name in SCHEMAS and ending in FORMATS:
            problems += _claim(name, entry, files)
        elif name in SCHEMAS and entry.suffix in _PACKED:
            problems.append(
                Problem("packed or spreadsheet files are not read", str(entry), how="unpack to CSV")
            )
        elif entry.suffix[1:] in FORMATS and name != TRUTH:
            strange.append(_ignored(entry, name))
    if not files and not problems:
        listed = ", ".join(f"{name}.csv" for name in ("patients", "infusions", "results", "events"))
        problems.append(
            Problem("no table of a Record lies here", str(path), how=f"it holds {listed}")
        )
    if problems:
        raise RecordError([*problems, *strange])
    return Folder(path, files, tuple(strange))


def _claim(name: str, entry: Path, files: dict[str, Path]) -> list[Problem]:
    if name in files:
        twice = f"table {name} stands there twice, as {files[name].name} and {entry.name}"
        return [Problem(twice, str(entry.parent), how="keep one of them")]
    if not entry.is_file():
        return [Problem("this is not a regular file", str(entry))]
    files[name] = entry
    return []


def _no_folder(path: Path) -> Problem:
    siblings = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() else []
    near = get_close_matches(path.name, siblings, n=1)
    return Problem(
        "there is no such folder", str(path), how=f"did you mean {near[0]}?" if near else ""
    )


def _ignored(entry: Path, name: str) -> Problem:
    near = get_close_matches(name.lower(), list(SCHEMAS), n=1, cutoff=0.75)
    how = f"did you mean {near[0]}{entry.suffix}?" if near else ""
    return Problem(f"{entry.name} is no table of a Record and was not read", str(entry), how=how)


def read_raw(name: str, file: Path) -> RawTable:
    """One file as it came.

    Raises:
        RecordError: when it cannot be read as a table.
    """
    try:
        return _read_csv(name, file) if file.suffix == ".csv" else _read_parquet(name, file)
    except OSError as error:
        raise RecordError(
            Problem(f"the file cannot be read ({error.strerror or error})", str(file))
        ) from None


def _read_csv(name: str, file: Path) -> RawTable:
    text = read_csv_text(file)
    broken = tuple(_broken(row, file.name, text.table.column_names) for row in text.broken)

    def lines(wanted: Sequence[int]) -> Mapping[int, str]:
        return {row: str(line) for row, line in text.lines(wanted).items()}

    return RawTable(text.table, Origin(name, file.name, lines), broken)


def _broken(row: BrokenRow, file: str, columns: Sequence[str]) -> Broken:
    try:
        cells = next(csv.reader([row.text]), [])
    except csv.Error:
        cells = []
    at = columns.index("patient") if "patient" in columns else len(cells)
    fault = Fault(
        -1,
        None,
        HeldReason.BAD_ROW,
        f"the row has {row.found} cells, the header {row.expected}",
        "quote cells that contain a comma; delete or add the cells that differ",
    )
    patient = cells[at].strip() if at < len(cells) else None
    return Broken(f"{file}:{row.line}", fault, patient or None, row.text)


def _read_parquet(name: str, file: Path) -> RawTable:
    with reading_parquet(file):
        written = set(pq.read_schema(file).names)
        texts = [known.name for known in known_fields(name) if pa.types.is_string(known.type)]
        parquet = pq.ParquetFile(file, read_dictionary=[text for text in texts if text in written])
        if parquet.metadata.num_columns > MOST_COLUMNS:
            raise RecordError(
                Problem(f"{parquet.metadata.num_columns:,} columns, too many", str(file))
            )
        table = plain_text(parquet.read())
    return RawTable(table, Origin(name, file.name, rows_by_number))


@contextmanager
def reading_parquet(file: Path) -> Iterator[None]:
    """Whatever Arrow finds wrong inside a file becomes an error that names it.

    Raises:
        DamagedFileError: the file is no Parquet, cut off, or damaged.
    """
    try:
        yield
    except (pa.ArrowException, OSError, UnicodeDecodeError) as error:
        if isinstance(error, OSError) and error.errno:
            raise
        reason = (str(error).splitlines() or [type(error).__name__])[0]
        raise DamagedFileError(
            Problem(
                f"this is not a readable Parquet file ({reason})",
                str(file),
                "it is damaged, cut off, or something else under this name",
                "copy or export it once more",
            )
        ) from None
