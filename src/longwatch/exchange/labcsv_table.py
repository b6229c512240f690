"""From the bytes of a CSV file to rows under a header that is exactly the expected one."""

from __future__ import annotations

import csv
import difflib
import io
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

from longwatch.core.errors import ExchangeError, Problem

_SHOWN = 8
_SPREADSHEETS = {
    b"PK\x03\x04": "a spreadsheet or archive",
    b"\xd0\xcf\x11\xe0": "an old spreadsheet",
}


class Row(NamedTuple):
    """One row: its fields, the line it begins on, and its text as it stands in the file."""

    fields: list[str]
    line: int
    raw: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """A header and its rows; blank lines are left out."""

    header: list[str]
    header_raw: str
    rows: list[Row]


def read_sheet(data: bytes, name: str, encoding: str, delimiter: str) -> Sheet:
    r"""Split a CSV file; quoted fields may hold delimiters and line ends.

    Raises:
        ExchangeError: when the file is no CSV in this encoding, or a quote is never closed.

    >>> read_sheet(b'id,name\n007,"Doe, Jane"\n', "a.csv", "utf-8", ",").rows[0].fields
    ['007', 'Doe, Jane']
    """
    lines = io.StringIO(_decode(data, name, encoding), newline="").readlines()
    reader = csv.reader(lines, delimiter="\t" if delimiter == "tab" else delimiter, strict=True)
    rows: list[Row] = []
    start = 0
    try:
        for fields in reader:
            raw = "".join(lines[start : reader.line_num]).rstrip("\r\n")
            if any(field.strip() for field in fields):
                rows.append(Row([field.strip() for field in fields], start + 1, raw))
            start = reader.line_num
    except csv.Error as error:
        raise _refused(f"not readable as CSV: {error}", f"{name}:{start + 1}", _QUOTE) from None
    if not rows:
        raise _refused("the file is empty", name, "check the transfer")
    return Sheet(rows[0].fields, rows[0].raw, rows[1:])


_QUOTE = 'a quote (") is opened and not closed, or a field is larger than 128 KiB; export again'


def _decode(data: bytes, name: str, encoding: str) -> str:
    for start, what in _SPREADSHEETS.items():
        if data.startswith(start):
            raise _refused(f"this is {what}, not CSV", name, "save it as CSV (UTF-8)")
    codec = "utf-8-sig" if encoding == "utf-8" else encoding
    try:
        text = data.decode(codec)
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        what = f"byte 0x{data[error.start]:02x} is not {encoding}"
        how = "state the encoding in the mapping, e.g. encoding: windows-1252"
        raise _refused(what, f"{name}:{line}", how) from None
    if "\0" in text:
        raise _refused("NUL characters stand in the file", name, "export it again; UTF-16?")
    return text


def check_header(sheet: Sheet, expected: Sequence[str], name: str) -> None:
    """Refuse a file whose columns are not exactly the expected ones, in order.

    A moved column would put one test's numbers under another test's name.

    Raises:
        ExchangeError: with the difference.
    """
    found = sheet.header
    if found == list(expected):
        return
    twice = sorted(column for column, times in Counter(found).items() if column and times > 1)
    there, known = set(found), set(expected)
    missing = [column for column in expected if column not in there]
    extra = [column for column in found if column not in known]
    said = []
    if len(found) == 1 and len(expected) > 1:
        said.append(f"one column only, '{found[0][:60]}': is the delimiter another one?")
    else:
        said += [
            f"{word}: {_listed(columns)}"
            for word, columns in (
                ("columns that stand twice", twice),
                ("missing columns", missing),
                ("unexpected columns", extra),
            )
            if columns
        ]
    if not said:
        at = next(i for i, (a, b) in enumerate(zip(found, expected, strict=False)) if a != b)
        said.append(f"column {at + 1} is '{found[at]}' instead of '{expected[at]}'")
    close = difflib.get_close_matches(missing[0], extra[:200], n=1) if missing else []
    if close:
        said.append(f"is '{close[0]}' the new name of '{missing[0]}'?")
    raise _refused(
        f"the header is not the one that the mapping states ({'; '.join(said)})",
        f"{name}:1",
        "if the laboratory changed its file, check every column and write a new mapping",
    )


def _listed(columns: Sequence[str]) -> str:
    shown = ", ".join(column[:60] for column in columns[:_SHOWN])
    return shown + (f" and {len(columns) - _SHOWN} more" if len(columns) > _SHOWN else "")


def _refused(what: str, where: str, how: str) -> ExchangeError:
    return ExchangeError(Problem(what, where, "nothing of the file was read", how))
