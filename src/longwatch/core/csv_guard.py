"""Looking a CSV file over before it is parsed, in bounded memory.

What a parser would accept in silence is refused here: a quotation mark left open swallows
rows, compressed or UTF-16 bytes are no table, one endless line fills the memory.
"""

from __future__ import annotations

import codecs
import csv
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from longwatch.core.errors import Problem, RecordError

LONGEST_LINE = 128 * 1024
BLOCK = 4 * 1024 * 1024
_MAGIC = {
    b"\x1f\x8b": "compressed (gzip)",
    b"PK\x03\x04": "a zip archive or a spreadsheet",
    b"BZh": "compressed (bzip2)",
    b"\xfd7zXZ": "compressed (xz)",
    b"\x28\xb5\x2f\xfd": "compressed (zstd)",
    b"PAR1": "a Parquet file",
    b"\xff\xfe": "UTF-16 text",
    b"\xfe\xff": "UTF-16 text",
}


def guard(path: Path) -> bool:
    """Streams through the bytes once; returns whether the file has quotation marks.

    Raises:
        RecordError: naming the line, when the bytes are no text table in UTF-8.
    """
    decoder = codecs.getincrementaldecoder("utf-8")()
    line, length, has_quotes, first = 1, 0, False, True
    for chunk in _chunks(path):
        if first:
            _refuse_magic(path, chunk)
            _refuse_old_line_ends(path, chunk)
            first = False
        if b"\x00" in chunk:
            at = line + chunk[: chunk.index(b"\x00")].count(b"\n")
            raise RecordError(
                Problem("a NUL byte", f"{path}:{at}", "text files have none: the file is damaged")
            )
        _refuse_other_encodings(path, decoder, chunk, line)
        has_quotes = has_quotes or b'"' in chunk
        line, length = _measure(path, chunk, line, length)
    _refuse_other_encodings(path, decoder, b"", line, final=True)
    return has_quotes


def _refuse_other_encodings(
    path: Path,
    decoder: codecs.IncrementalDecoder,
    chunk: bytes,
    line: int,
    *,
    final: bool = False,
) -> None:
    try:
        decoder.decode(chunk, final)
    except UnicodeDecodeError as error:
        at = line + chunk[: error.start].count(b"\n")
        raise RecordError(
            Problem(
                "the text is not UTF-8", f"{path}:{at}", how="save the file with encoding UTF-8"
            )
        ) from None


def _measure(path: Path, chunk: bytes, line: int, length: int) -> tuple[int, int]:
    """Counts on through `chunk`; refuses a line longer than `LONGEST_LINE`."""
    ends = np.flatnonzero(np.frombuffer(chunk, np.uint8) == 10)
    if not len(ends):
        longest, at, rest = length + len(chunk), line, length + len(chunk)
    else:
        lengths = np.diff(ends, prepend=-1 - length)
        longest, at = int(lengths.max()), line + int(lengths.argmax())
        rest = len(chunk) - 1 - int(ends[-1])
        if rest > longest:
            longest, at = rest, line + len(ends)
    if longest > LONGEST_LINE:
        raise RecordError(
            Problem(
                f"the line is longer than {LONGEST_LINE:,} characters",
                f"{path}:{at}",
                how="check that lines end and quotation marks close",
            )
        )
    return line + len(ends), rest


def _refuse_magic(path: Path, start: bytes) -> None:
    for magic, kind in _MAGIC.items():
        if start.startswith(magic):
            raise RecordError(
                Problem(
                    f"this is {kind}, not a CSV file",
                    str(path),
                    how="unpack it, or save it as CSV in UTF-8",
                )
            )


def _refuse_old_line_ends(path: Path, start: bytes) -> None:
    if b"\r" in start and b"\n" not in start:
        raise RecordError(
            Problem(
                "lines end in a carriage return only, as on old Macintoshes",
                str(path),
                how="save the file with the line ends of today (LF or CR LF)",
            )
        )


def refuse_open_quotes(path: Path) -> None:
    """Parses strictly, to find a quotation mark that never closes, or closes in a later row.

    Raises:
        RecordError: naming the line on which that row starts.
    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        reader = csv.reader(file, strict=True)
        start = 1
        try:
            for _ in reader:
                start = reader.line_num + 1
        except csv.Error:
            raise RecordError(
                Problem(
                    "a quotation mark is not closed in this row",
                    f"{path}:{start}",
                    "everything behind it would be read as one cell",
                    "close it, or double it where it is part of the text",
                )
            ) from None


def _chunks(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while chunk := file.read(BLOCK):
            yield chunk
