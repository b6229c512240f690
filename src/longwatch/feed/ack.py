"""The answer to a message: its own separators, line ends and character set, no word about people.

The header is handled as bytes, and what the answer repeats is repeated as it was written: so it is
in the sender's character set, whichever that is, as long as its letters leave ASCII alone.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from longwatch.feed.mllp import KEPT_BYTES

_HEADERS = (b"MSH", b"FHS", b"BHS")
_LINE_END = re.compile(rb"\r\n|\r|\n")
_BEFORE = b"\xef\xbb\xbf \t\r\n"
_FROM_VERSION_WITH_NEW_ERR = (2, 5)
_WORDS = 80
"""Letters of MSA-3 in every version."""


class Code(Enum):
    """AA: it is in the store. AE: it is not, send it again. AR: it is no message for us."""

    AA = "AA"
    AE = "AE"
    AR = "AR"


class Fault(Enum):
    """Error codes of HL7 table 0357, with the words of the standard."""

    SEQUENCE = ("100", "Segment sequence error")
    INTERNAL = ("207", "Application internal error")


@dataclass(frozen=True, slots=True)
class Header:
    r"""The first segment of a message, or of a batch.

    >>> header = read_header(b"MSH|^~\\&|LIS|LAB|||20250402||ORU^R01|M1|P|2.5\rPID|1")
    >>> header.control_id, header.part(3), header.version
    (b'M1', b'LIS', (2, 5))
    """

    fields: tuple[bytes, ...]
    separator: bytes
    line_end: bytes

    def part(self, number: int) -> bytes:
        """A field as written, numbered as in the standard from 2; empty when absent."""
        return self.fields[number - 1] if number <= len(self.fields) else b""

    @property
    def marks(self) -> bytes:
        """The encoding characters; the usual ones where they are missing."""
        return self.part(2) or b"^~\\&"

    @property
    def control_id(self) -> bytes:
        """The sender's id: MSH-10; in the header of a batch, field 11."""
        return self.part(10 if self.fields[0] == b"MSH" else 11)

    @property
    def version(self) -> tuple[int, ...]:
        """The version, e.g. (2, 5, 1); empty where none is stated."""
        if self.fields[0] != b"MSH":
            return ()
        stated = self.part(12).split(self.marks[:1])[0].strip()
        return tuple(int(part) for part in stated.split(b".") if part.isdigit())


def read_header(raw: bytes) -> Header | None:
    r"""The header of a message.

    Returns:
        None where the bytes do not begin as an HL7 v2 message does.

    >>> read_header(b"GET / HTTP/1.1\r\n") is None
    True
    """
    start = raw[:KEPT_BYTES].lstrip(_BEFORE)
    if start[:3] not in _HEADERS or len(start) < len("MSH|^"):
        return None
    separator = start[3:4]
    if separator.isalnum() or not b"!" <= separator <= b"~":
        return None
    end = _LINE_END.search(start)
    line = start[: end.start()] if end else start
    fields = _clean(line).split(separator)
    if len(fields[1]) > len("^~\\&") * 2 or fields[1].isalnum():
        return None
    return Header(tuple(fields), separator, end.group() if end else b"\r")


def acknowledge(header: Header | None, code: Code, words: str, now: datetime, own_id: str) -> bytes:
    r"""The answer to a message, without transport marks.

    Inputs:
        header: that of the message; None when it has none, then the answer is in the usual style.
        code: the verdict.
        words: why, for AE and AR, in ASCII; without a word about a person.
        now: the moment of the answer.
        own_id: the id of the answer itself, new each time, at most 20 letters.

    >>> header = read_header(b"MSH|^~\\&|LIS|LAB|LW|CLINIC|20250402||ORU^R01|M1|P|2.5\r")
    >>> acknowledge(header, Code.AA, "", datetime(2025, 4, 2, 10, 15), "A7").split(b"\r")[0]
    b'MSH|^~\\&|LW|CLINIC|LIS|LAB|20250402101500||ACK^R01|A7|P|2.5'
    >>> acknowledge(header, Code.AA, "", datetime(2025, 4, 2, 10, 15), "A7").split(b"\r")[1]
    b'MSA|AA|M1'
    """
    said = header or Header((b"MSH", b"^~\\&"), b"|", b"\r")
    is_message = said.fields[0] == b"MSH"
    stamp = now.strftime("%Y%m%d%H%M%S%z").encode()
    first = [b"MSH", said.marks, said.part(5), said.part(6), said.part(3), said.part(4), stamp, b""]
    first += [_kind(said), own_id.encode()]
    if is_message:
        first += [said.part(11) or b"P", said.part(12) or b"2.5"]
        # Fields 13 to 17 speak of the message; the character set (18) holds for the answer, too.
        first += [b"", b"", b"", b"", b"", said.part(18)]
    else:
        first += [b"P", b"2.5"]
    reason = _escaped(words, said)
    lines = [first, [b"MSA", code.value.encode(), said.control_id, reason[:_WORDS]]]
    if code is not Code.AA:
        lines.append(_err(said, Fault.SEQUENCE if code is Code.AR else Fault.INTERNAL, reason))
    end = said.line_end
    return b"".join(said.separator.join(_without_tail(line)) + end for line in lines)


def _kind(header: Header) -> bytes:
    """`ACK` with the trigger of the message, and with the name of the structure if it had one."""
    parts = header.part(9).split(header.marks[:1]) if header.fields[0] == b"MSH" else []
    kind = [b"ACK", *parts[1:2]]
    if len(parts) > 2:
        kind.append(b"ACK")
    return header.marks[:1].join(kind)


def _err(header: Header, fault: Fault, reason: bytes) -> list[bytes]:
    number, words = (part.encode() for part in fault.value)
    between = header.marks[:1]
    if header.version and header.version < _FROM_VERSION_WITH_NEW_ERR:
        within = header.marks[3:4] or b"&"
        return [b"ERR", between * 3 + number + within + words]
    stated = between.join([number, words, b"HL70357"])
    return [b"ERR", b"", b"", stated, b"E", b"", b"", b"", reason]


def _escaped(words: str, header: Header) -> bytes:
    """Words for a field: a separator inside would shift everything after it."""
    text = _clean(words.encode("ascii", "replace"))
    special = set(header.separator + header.marks)
    return bytes(byte if byte not in special else ord(" ") for byte in text)


def _clean(line: bytes) -> bytes:
    """Without control characters: echoed, they would break the frame of the answer."""
    return line.translate(None, bytes(range(0x20)) + b"\x7f")


def _without_tail(fields: list[bytes]) -> list[bytes]:
    while fields and not fields[-1]:
        fields = fields[:-1]
    return fields
