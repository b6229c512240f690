"""From bytes to messages: transport frames, line ends, encodings, batches, junk.

Nothing here knows what a segment means. Every line that is not blank ends in exactly one block.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field

_ENVELOPES = frozenset({"FHS", "BHS", "BTS", "FTS"})
_HEADERS = frozenset({"MSH", "FHS", "BHS"})
_BARE = frozenset({"PID", "NTE", "OBR", "OBX", "ORC", "SPM", "PV1", "MSH", "BTS", "FTS"})
_FIELDS_UP_TO_STATUS = 11
_LATE_HEADER = re.compile(r"MSH([^\w\s])[^\w\s]{2,5}\1")
_CHARSETS = {
    "UNICODE UTF-8": "utf-8",
    "UNICODE": "utf-8",
    "UTF-8": "utf-8",
    "ASCII": "cp1252",
    **{f"8859/{part}": f"iso8859-{part}" for part in (1, 2, 3, 4, 5, 6, 7, 8, 9, 15)},
}


@dataclass(slots=True)
class Block:
    """Consecutive lines: one message, one batch envelope, or lines that belong to no message.

    Inputs:
        kind: `message`, `envelope` or `loose`.
        separator: the field separator of its header, `|` for loose lines.
        lines: the segments; a segment broken over several lines is joined with line feeds.
        numbers: line number of each segment in the file.
        spans: how many lines of the file each segment took.
        loose: indexes of lines inside a message that begin no segment.
        more: lines of the file that go on with the last segment.
        missing: how many fields the last segment lacks up to the status of a result.

    The last segment is complete only after `close`.
    """

    kind: str
    separator: str
    lines: list[str] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)
    spans: list[int] = field(default_factory=list)
    loose: set[int] = field(default_factory=set)
    more: list[str] = field(default_factory=list)
    missing: int = 0

    def add(self, line: str, number: int, *, loose: bool = False) -> None:
        """Append one line as a segment of its own."""
        self.close()
        if loose:
            self.loose.add(len(self.lines))
        self.lines.append(line)
        self.numbers.append(number)
        self.spans.append(1)
        self.missing = _FIELDS_UP_TO_STATUS - line.count(self.separator)

    def glue(self, line: str) -> None:
        """Continue the last segment on this line."""
        self.more.append(line)
        self.missing -= line.count(self.separator)
        self.spans[-1] += 1

    def goes_on(self) -> bool:
        """Whether a line that begins no segment can be the rest of the last one.

        Only a comment and a result not yet complete up to its status can go on: the line after a
        complete result would otherwise corrupt its last field.
        """
        if self.kind != "message" or len(self.lines) - 1 in self.loose:
            return False
        name = self.lines[-1][:3]
        return name == "NTE" or (name == "OBX" and self.missing > 0)

    def close(self) -> Block:
        """Join what was glued to the last segment."""
        if self.more:
            self.lines[-1] = "\n".join([self.lines[-1], *self.more])
            self.more = []
        return self


def is_hl7(data: bytes) -> bool:
    r"""Whether these bytes begin as an HL7 v2 file does (frame marks and blanks aside).

    >>> is_hl7(b"\x0bMSH|^~\\&|LAB"), is_hl7(b'{"resourceType": "Bundle"}')
    (True, False)
    """
    start = _unicode(data[:256]).lstrip("\ufeff\x0b\x1c \t\r\n")
    return start[:3] in _HEADERS and start[3:4] not in ("", " ") and not start[3:4].isalnum()


def blocks(data: bytes, charset: str | None = None) -> Iterator[Block]:
    r"""Split a file into messages, envelopes and loose lines.

    Inputs:
        data: the file, with or without transport frames; CR, LF or CRLF; with or without a BOM.
        charset: Python's name of the encoding; None reads UTF-8, else what the message declares
            (MSH-18), else Windows-1252.

    Returns:
        Blocks in the order of the file.

    >>> [block.kind for block in blocks(b"hello\rMSH|^~|A\rPID|1\rBTS|1\r")]
    ['loose', 'message', 'envelope']
    """
    for block in _split(_unicode(data)):
        if not all(line.isascii() for line in block.lines):
            _decode(block, charset)
        yield block


def _unicode(data: bytes) -> str:
    """Bytes as text, one character a byte except in UTF-16: decoding waits for the message."""
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return data.decode("utf-16", "replace").encode().decode("latin-1")
    if data[:4] == b"M\0S\0" or data[:4] == b"\0M\0S":
        codec = "utf-16-le" if data[1] == 0 else "utf-16-be"
        return data.decode(codec, "replace").encode().decode("latin-1")
    return data.removeprefix(b"\xef\xbb\xbf").decode("latin-1")


def _split(text: str) -> Iterator[Block]:
    text = (
        text.replace("\r\n", "\n").replace("\r", "\n").replace("\x0b", "\n").replace("\x1c", "\n")
    )
    block = Block("loose", "|")
    for number, line in enumerate(text.split("\n"), 1):
        if not line or line.isspace():
            continue
        start, at = _start(line, block.separator)
        opens = start in _HEADERS or start in _ENVELOPES
        before = line[:at] if opens else ""
        if before and not before.isspace():
            if block.kind == "envelope":
                yield block.close()
                block = Block("loose", "|")
            _place_loose(block, before, number)
        line = line[at:]
        if opens:
            if block.lines:
                yield block.close()
            kind = "message" if start == "MSH" else "envelope"
            block = Block(kind, line[3:4] or "|")
            block.add(line, number)
        elif start and block.kind == "message":
            block.add(line, number)
        else:
            if block.kind == "envelope":
                yield block.close()
                block = Block("loose", "|")
            _place_loose(block, line, number)
    if block.lines:
        yield block.close()


def _start(line: str, separator: str) -> tuple[str, int]:
    """The segment name that the line begins with ('' for none), and where the segment begins."""
    name = line[:3]
    if line[3:4] == separator and name.isalnum() and name.isupper():
        return name, 0
    if name in _HEADERS and line[3:4] and not line[3:4].isalnum() and not line[3:4].isspace():
        return name, 0
    if line.rstrip() in _BARE:
        return line.rstrip(), 0
    if line[0].isspace() or line[0] == "\ufeff":
        stripped = line.lstrip("\ufeff \t\f")
        if stripped and stripped != line:
            name, at = _start(stripped, separator)
            if name:
                return name, at + len(line) - len(stripped)
    late = _LATE_HEADER.search(line)
    return ("MSH", late.start()) if late else ("", 0)


def _place_loose(block: Block, line: str, number: int) -> None:
    """A line that begins no segment: the rest of a broken text, or junk."""
    if block.lines and block.goes_on():
        block.glue(line)
    else:
        block.add(line, number, loose=block.kind == "message")


def _decode(block: Block, charset: str | None) -> None:
    # Line by line: no mark put between them is safe, for any can stand in a damaged line.
    lines = [line.encode("latin-1") for line in block.lines]
    block.lines = _texts(lines, charset or _declared(block))


def _declared(block: Block) -> str | None:
    header = block.lines[0].split(block.separator) if block.kind == "message" else []
    named = header[17].split("~")[0].strip().upper() if len(header) > 17 else ""
    return _CHARSETS.get(named)


def _texts(lines: list[bytes], charset: str | None) -> list[str]:
    """UTF-8 where the bytes allow it: text in another encoding hardly ever passes for UTF-8."""
    for codec in ("utf-8", charset or "cp1252"):
        try:
            return [line.decode(codec) for line in lines]
        except (UnicodeDecodeError, LookupError):
            continue
    return [line.decode("latin-1") for line in lines]
