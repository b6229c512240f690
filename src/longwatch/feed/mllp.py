r"""From a stream of bytes to messages: MLLP, the frame that laboratories put around HL7 v2.

A message stands between a start mark (0x0B) and an end mark (0x1C, then a line end). Whatever the
stream holds beside whole messages comes out as well, named for what it is: nothing is swallowed.
However the network cuts the stream into pieces, the same frames come out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum

START, END = b"\x0b", b"\x1c\r"

MESSAGE_BYTES = 16 * 1024 * 1024
"""Longest message taken in: a report with a picture or a document inside fits several times."""

KEPT_BYTES = 64 * 1024
"""How much is kept of what is not taken in: enough for its header, and for a person to judge."""

# One pattern without repetition: a run of marks would make a greedy one walk it again and again.
_MARK = re.compile(rb"\x0b|\x1c[\r\n\x0b]")
_BLANK = b"\r\n\t \x1c\x00"
_SOMETHING = re.compile(rb"[^\r\n\t \x1c\x00]")


class Kind(Enum):
    """What a frame is.

    `MESSAGE` had both marks. `TOO_LONG` began and is larger than the limit. `UNFINISHED` began and
    did not end. `HEADLESS` ended and did not begin. `STRAY` stood between messages.
    """

    MESSAGE = "message"
    TOO_LONG = "too long"
    UNFINISHED = "unfinished"
    HEADLESS = "headless"
    STRAY = "stray"


@dataclass(frozen=True, slots=True)
class Frame:
    """One piece of the stream.

    Inputs:
        kind: what it is.
        data: its bytes, without marks; of what is not a whole message, the beginning only.
        size: how many bytes stood in the stream, also where `data` holds fewer.
    """

    kind: Kind
    data: bytes
    size: int


class Framer:
    r"""Cuts a stream into frames; holds one unfinished message at most.

    Inputs:
        limit: largest message in bytes; of a larger one only the beginning stays in memory.

    >>> framer = Framer()
    >>> framer.feed(b"\x0bMSH|^~\\&|LAB\r\x1c"), framer.may_have_ended
    ([], True)
    >>> [(frame.kind.value, frame.data) for frame in framer.feed(b"\r?\x0bMSH|")]
    [('message', b'MSH|^~\\&|LAB\r'), ('stray', b'?')]
    >>> [frame.kind.value for frame in framer.finish()]
    ['unfinished']
    """

    def __init__(self, limit: int = MESSAGE_BYTES) -> None:
        self._limit = limit
        self._buffer = bytearray()
        self._seen = 0
        self._dropped = 0
        self._inside = False

    @property
    def open(self) -> bool:
        """Whether something has begun that is not finished."""
        return self._inside or bool(self._dropped or _SOMETHING.search(self._buffer))

    @property
    def may_have_ended(self) -> bool:
        """Whether a message stands at an end mark whose line end has not come (yet)."""
        return self._inside and self._buffer.endswith(b"\x1c")

    def feed(self, data: bytes) -> list[Frame]:
        """Takes the next bytes of the stream.

        Returns:
            The frames that these bytes completed, in the order of the stream.
        """
        self._buffer += data
        frames: list[Frame] = []
        begun = 0
        for mark in self._marks():
            ended = mark.group()[:1] == b"\x1c"
            frames += self._cut(begun, mark.start(), ended=ended)
            begun = mark.end()
            self._inside = mark.group()[-1:] == START
        del self._buffer[:begun]
        self._shrink()
        # The last byte may be the first half of an end mark.
        self._seen = max(0, len(self._buffer) - 1)
        return frames

    def finish(self) -> list[Frame]:
        """The stream is over, or nobody waits any longer.

        Returns:
            What was left of it. A message at an end mark without its line end is a whole one.
        """
        ended = self.may_have_ended
        end = len(self._buffer) - 1 if ended else len(self._buffer)
        frames = self._cut(0, end, ended=ended)
        self._buffer.clear()
        self._seen = 0
        self._inside = False
        return frames

    def _marks(self) -> Iterable[re.Match[bytes]]:
        # Finding no byte of a mark is ten times faster than matching nowhere; documents are long.
        if self._buffer.find(START, self._seen) < 0 and self._buffer.find(b"\x1c", self._seen) < 0:
            return ()
        return _MARK.finditer(self._buffer, self._seen)

    def _cut(self, begin: int, end: int, *, ended: bool) -> list[Frame]:
        """The frame between two marks; none where only blanks stood outside a message."""
        size = self._dropped + end - begin
        long = size > self._limit
        stop = min(end, begin + (KEPT_BYTES if long else self._limit))
        data = bytes(memoryview(self._buffer)[begin:stop])
        if not long:
            data = data.rstrip(b"\x1c")
        self._dropped = 0
        whole = self._inside and ended
        if not long and not whole and not data.strip(_BLANK):
            return []
        if self._inside:
            kind = Kind.TOO_LONG if long else Kind.MESSAGE if ended else Kind.UNFINISHED
        else:
            kind = Kind.HEADLESS if ended else Kind.STRAY
        return [Frame(kind, data if whole and not long else data[:KEPT_BYTES], size)]

    def _shrink(self) -> None:
        """Forgets the middle of what is too long: its beginning and its last byte are needed."""
        over = self._dropped + len(self._buffer) - self._limit
        if over > 0 and len(self._buffer) > KEPT_BYTES + 1:
            self._dropped += len(self._buffer) - KEPT_BYTES - 1
            del self._buffer[KEPT_BYTES:-1]


def framed(message: bytes) -> bytes:
    r"""A message with its marks.

    >>> framed(b"MSH|")
    b'\x0bMSH|\x1c\r'
    """
    return START + message + END
