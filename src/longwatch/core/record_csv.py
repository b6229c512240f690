"""Reading one CSV file of a Record as text, with the line of every row."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path

import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv as pa_csv

from longwatch.core.csv_guard import BLOCK, guard, refuse_open_quotes
from longwatch.core.errors import Problem, RecordError

MOST_COLUMNS = 2000


@dataclass(frozen=True, slots=True)
class BrokenRow:
    """A row with too few or too many cells: its line and its text."""

    line: int
    expected: int
    found: int
    text: str


@dataclass(frozen=True)
class CsvText:
    """One file: every column as text (empty cells null), and the rows that fit no column."""

    path: Path
    table: pa.Table
    broken: tuple[BrokenRow, ...] = ()
    skipped: frozenset[int] = field(default_factory=frozenset)
    multiline: bool = False

    def lines(self, rows: Sequence[int]) -> dict[int, int]:
        """The line in the file, counted from 1, of each of `rows` of the table, counted from 0."""
        records = _records_of(rows, self.skipped)
        lines = _record_lines(self.path, set(records.values()), self.multiline)
        return {row: lines[record] for row, record in records.items()}


def read_csv_text(path: Path) -> CsvText:
    """Reads the file, all columns as text.

    Raises:
        RecordError: when the file is no CSV in UTF-8 with a usable header, naming the line.
    """
    has_quotes = guard(path)
    header = _header(path)
    try:
        table, invalid = _parse(path, header, has_quotes)
    except pa.ArrowInvalid as error:
        refuse_open_quotes(path)
        reason = str(error).splitlines()[0]
        raise RecordError(Problem(f"this is not a CSV table ({reason})", str(path))) from None
    multiline = has_quotes and (_has_line_breaks(table) or any("\n" in row.text for row in invalid))
    if multiline:
        refuse_open_quotes(path)
    numbers = {row.number - 1 for row in invalid}
    lines = _record_lines(path, numbers, multiline) if numbers else {}
    broken = tuple(
        BrokenRow(lines[row.number - 1], row.expected_columns, row.actual_columns, row.text)
        for row in invalid
    )
    return CsvText(path, table, broken, frozenset(numbers), multiline)


def _header(path: Path) -> list[str]:
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        names = next((row for row in reader if row), None)
    if not names:
        raise RecordError(
            Problem("the file is empty", str(path), how="write the column names in the first line")
        )
    if len(names) > MOST_COLUMNS:
        raise RecordError(
            Problem(
                f"{len(names):,} columns, more than {MOST_COLUMNS:,}",
                f"{path}:1",
                how="is this file really a table of this Record?",
            )
        )
    for place, name in enumerate(names, 1):
        if name in names[: place - 1]:
            raise RecordError(
                Problem(f"column {name!r} stands there twice", f"{path}:1:{place}", how="keep one")
            )
    return names


def _parse(
    path: Path, header: list[str], has_quotes: bool
) -> tuple[pa.Table, list[pa_csv.InvalidRow]]:
    """Reads with all cores; when a row does not fit, once more in order, to know which."""
    if _is_header_only(path):
        return pa.table({name: pa.array([], pa.string()) for name in header}), []
    invalid: list[pa_csv.InvalidRow] = []
    table = _read(path, header, has_quotes, True, invalid)
    if invalid:
        invalid.clear()
        table = _read(path, header, has_quotes, False, invalid)
    return table, invalid


def _read(
    path: Path,
    header: list[str],
    has_quotes: bool,
    threads: bool,
    invalid: list[pa_csv.InvalidRow],
) -> pa.Table:
    def skip(row: pa_csv.InvalidRow) -> str:
        invalid.append(row)
        return "skip"

    return pa_csv.read_csv(
        path,
        read_options=pa_csv.ReadOptions(use_threads=threads, block_size=BLOCK),
        parse_options=pa_csv.ParseOptions(newlines_in_values=has_quotes, invalid_row_handler=skip),
        convert_options=pa_csv.ConvertOptions(
            column_types=dict.fromkeys(header, pa.string()),
            null_values=[""],
            strings_can_be_null=True,
            quoted_strings_can_be_null=True,
        ),
    )


def _is_header_only(path: Path) -> bool:
    with path.open("rb") as file:
        return sum(1 for _ in islice(filter(bytes.strip, file), 2)) < 2


def _has_line_breaks(table: pa.Table) -> bool:
    return any(
        pc.any(pc.match_substring_regex(column, r"[\r\n]")).as_py() for column in table.columns
    )


def _records_of(rows: Sequence[int], skipped: frozenset[int]) -> dict[int, int]:
    """Table row → record of the file (the header is record 0), past the skipped ones."""
    records = {}
    gaps = sorted(skipped)
    passed = 0
    for row in sorted(set(rows)):
        record = row + 1 + passed
        while passed < len(gaps) and gaps[passed] <= record:
            passed += 1
            record += 1
        records[row] = record
    return records


def _record_lines(path: Path, wanted: set[int], multiline: bool) -> dict[int, int]:
    """Record → line on which it starts; empty lines are no records."""
    if not wanted:
        return {}
    return dict(_lines_by_parsing(path, wanted) if multiline else _lines_by_counting(path, wanted))


def _lines_by_parsing(path: Path, wanted: set[int]) -> Iterator[tuple[int, int]]:
    last = max(wanted)
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file)
        record, start = 0, 1
        for cells in reader:
            if cells:
                if record in wanted:
                    yield record, start
                record += 1
            if record > last:
                return
            start = reader.line_num + 1


def _lines_by_counting(path: Path, wanted: set[int]) -> Iterator[tuple[int, int]]:
    last = max(wanted)
    record = 0
    # As text, so that a lone carriage return ends a line here as it does for the parser.
    with path.open(encoding="utf-8-sig") as file:
        for line, text in enumerate(file, 1):
            if text != "\n":
                if record in wanted:
                    yield record, line
                record += 1
            if record > last:
                return
