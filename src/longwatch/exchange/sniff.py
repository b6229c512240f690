"""What a file is, told by its content; what cannot be read gets a sentence instead of a crash.

Only the first bytes of a file are read here, and sizes are asked before anything is opened whole:
a file of one endless line, an archive that swells, a device or a socket do no harm.
"""

from __future__ import annotations

import csv
import io
import os
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

from longwatch.core.errors import Problem
from longwatch.core.tables import RECORD

HEAD = 65_536
"""Bytes looked at."""

MAX_BYTES = 512 * 1024 * 1024
"""Largest file that is opened; larger ones are to be split by whoever sends them."""

MAX_COLUMNS = 2_000
"""More columns than any laboratory export has."""

_KNOWN_BINARY = (
    (b"PK\x03\x04", "a zip archive (or an Excel workbook)"),
    (b"\x1f\x8b", "a gzip archive"),
    (b"BZh", "a bzip2 archive"),
    (b"\xfd7zXZ", "an xz archive"),
    (b"\x28\xb5\x2f\xfd", "a zstd archive"),
    (b"7z\xbc\xaf", "a 7z archive"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a picture"),
    (b"\xff\xd8\xff", "a picture"),
    (b"\xd0\xcf\x11\xe0", "an old Office document"),
    (b"SQLite format 3", "an SQLite database"),
)
_UTF16 = (b"\xff\xfe", b"\xfe\xff")


@dataclass(frozen=True, slots=True)
class Source:
    """One file to import.

    Inputs:
        path: where it is; for a Record its folder.
        format: `fhir`, `hl7`, `csv`, `record`, `mapping`, `document` (a text beside the data), or
            '' when it cannot be read.
        problem: why it cannot be read.
        data: the content, where it is no file (standard input).
    """

    path: Path
    format: str
    problem: Problem | None = None
    data: bytes | None = None

    def content(self) -> bytes:
        """The whole content.

        Raises:
            OSError: when the file cannot be read.
        """
        return self.path.read_bytes() if self.data is None else self.data


def find_sources(paths: Iterable[Path]) -> Iterator[Source]:
    """Every file under `paths`, told by content; folders are walked in the order of names.

    Hidden files are left out inside folders. A folder that is a Record counts as one source. The
    path `-` is standard input.
    """
    for path in paths:
        if str(path) == "-":
            yield sniff_bytes(sys.stdin.buffer.read(MAX_BYTES + 1))
            continue
        yield from _walk(Path(path), set())


def _walk(path: Path, above: set[Path]) -> Iterator[Source]:
    try:
        if not path.is_dir():
            yield sniff(path)
            return
        real = path.resolve()
        if real in above:
            return
        if is_record(path):
            yield Source(path, "record")
            return
        names = sorted(child for child in path.iterdir() if not child.name.startswith("."))
    except OSError as error:
        yield _refused(path, _words(error), "check the path and the rights")
        return
    for child in names:
        yield from _walk(child, above | {real})


def is_record(folder: Path) -> bool:
    """Whether a folder holds the tables of a Record (CSV with our columns, or Parquet).

    Raises:
        OSError: when the folder cannot be read.
    """
    for name in RECORD:
        if (folder / f"{name}.parquet").is_file():
            return True
        table = folder / f"{name}.csv"
        if table.is_file() and _is_table(name, _columns(_head(table))):
            return True
    return False


def _is_table(name: str, columns: list[str]) -> bool:
    """Whether a CSV called `name` has the columns of our table of that name."""
    if name not in RECORD:
        return False
    needed = {field.name for field in RECORD[name] if not field.nullable}
    needed |= {"patients": {"birth_date", "sex"}, "results": {"value", "unit"}}.get(name, set())
    return needed <= set(columns)


def sniff(path: Path) -> Source:
    """What one file is.

    Returns:
        A source whose `format` is '' and whose `problem` says why when nobody can read it.
    """
    try:
        if not path.exists():
            return _refused(path, "there is no such file", "check the path")
        if not path.is_file():
            return _refused(path, "neither a file nor a folder", "give a file")
        size = path.stat().st_size
        head = _head(path)
    except OSError as error:
        return _refused(path, _words(error), "check the path and the rights")
    return _judge(path, size, head)


def sniff_bytes(data: bytes, name: str = "-") -> Source:
    """What these bytes are.

    >>> sniff_bytes(b"MSH|^~").format
    'hl7'
    """
    return replace(_judge(Path(name), len(data), data[:HEAD]), data=data)


def _judge(path: Path, size: int, head: bytes) -> Source:
    if not head:
        return _refused(path, "the file is empty", "ask the sender to send it again")
    for start, name in _KNOWN_BINARY:
        if head.startswith(start):
            return _refused(path, f"{name}, which is not opened", "unpack or convert it first")
    if head.startswith(b"PAR1"):
        return _refused(
            path, "a single Parquet table", "give the folder of the Record it belongs to"
        )
    if head.startswith(_UTF16):
        return _refused(path, "encoded as UTF-16", "save it as UTF-8")
    if b"\x00" in head:
        return _refused(path, "it holds NUL bytes: a binary file", "export it as text")
    if size > MAX_BYTES:
        return _refused(
            path,
            f"{size / 1e9:.1f} GB in one file, more than the {MAX_BYTES / 1e9:.1f} GB opened here",
            "split it, messages and lines whole",
        )
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip(b" \t\r\n\x0b\x1c")
    if text[:3] in (b"MSH", b"FHS", b"BHS"):
        return Source(path, "hl7")
    if text[:1] in (b"{", b"["):
        return Source(path, "fhir")
    if path.suffix.lower() in (".yaml", ".yml"):
        return Source(path, "mapping")
    if path.suffix.lower() in (".md", ".rst"):
        return Source(path, "document")
    if text[:1] == b"<":
        return _refused(path, "XML or a web page", "send FHIR as JSON")
    return _judge_table(path, text)


def _judge_table(path: Path, text: bytes) -> Source:
    line = text.split(b"\n", 1)[0]
    if len(line) == len(text) >= HEAD - 16:
        return _refused(
            path, "its first line does not end", "this is no table, or one with too many columns"
        )
    columns = _columns(text)
    if len(columns) > MAX_COLUMNS:
        return _refused(
            path, f"{len(columns)} columns, more than any laboratory sends", "check the export"
        )
    if len(columns) > 1:
        return Source(path, "record" if _is_table(path.stem, columns) else "csv")
    if b"\nMSH" in text or b"\rMSH" in text:
        return Source(path, "hl7")
    return _refused(
        path,
        "neither FHIR JSON nor HL7 v2 nor a table",
        "give FHIR R4 JSON or ndjson, HL7 v2 messages, or CSV with a header",
    )


def _columns(head: bytes) -> list[str]:
    """The names in the first line of a table, whatever parts them."""
    line = head.removeprefix(b"\xef\xbb\xbf").split(b"\n", 1)[0].decode("utf-8", "replace")
    delimiter = max(",;\t|", key=line.count)
    try:
        row = next(csv.reader(io.StringIO(line, newline=""), delimiter=delimiter), [])
    except csv.Error:
        row = line.split(delimiter)
    return [name.strip() for name in row]


def _head(path: Path) -> bytes:
    with path.open("rb") as file:
        return file.read(HEAD)


def _words(error: OSError) -> str:
    if isinstance(error, PermissionError):
        return "it may not be read: no permission"
    return os.strerror(error.errno) if error.errno else str(error)


def _refused(path: Path, what: str, how: str) -> Source:
    return Source(path, "", Problem(what, str(path), how=how))
