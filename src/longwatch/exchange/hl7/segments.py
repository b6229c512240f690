"""Fields, components and escapes of one segment, by the separators that its message declares."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

_NULL = '""'
_ESCAPED_BREAKS = re.compile(r"\.(br|sp|fi|nf|ce|in|ti|sk)[+\-\d]*", re.IGNORECASE)
_MARKS = {"F": "field", "S": "component", "R": "repetition", "E": "escape", "T": "sub"}
_FIXED = {"H": "", "N": "", "P": "#"}


@dataclass(frozen=True, slots=True)
class Separators:
    """The five characters of MSH-1 and MSH-2.

    >>> Separators.of("MSH|^~&|LAB").sub
    '&'
    """

    field: str
    component: str
    repetition: str
    escape: str
    sub: str

    @staticmethod
    def of(header: str) -> Separators:
        """Read them from a header segment, mending the usual damage.

        A backslash lost (`^~&`) or doubled on the way (`^~` with two backslashes and `&`) is common
        where messages pass through program text; a fifth character (`#`) marks truncation.
        """
        field = header[3:4] or "|"
        return _separators(field, header[4:].split(field, 1)[0])

    def text(self, value: str) -> str:
        r"""Take the escapes out of a text; HL7's null (`""`) and blanks are ''.

        >>> Separators.of("MSH|^~\\&|").text(r"a\T\b \.br\ 5\X2530\x ")
        'a&b \n 5%0x'
        """
        if value == _NULL:
            return ""
        if self.escape in value:
            value = self._unescape(value)
        return value.strip()

    def _unescape(self, value: str) -> str:
        pieces = value.split(self.escape)
        out = [pieces[0]]
        index = 1
        while index < len(pieces):
            meaning = self._meaning(pieces[index]) if index + 1 < len(pieces) else None
            if meaning is None:
                # Not an escape after all: the mark is part of the text, and so is what follows.
                out.append(self.escape + pieces[index])
                index += 1
            else:
                out.append(meaning + pieces[index + 1])
                index += 2
        return "".join(out)

    def _meaning(self, name: str) -> str | None:
        if not name:
            return None
        if name in _MARKS:
            return str(getattr(self, _MARKS[name]))
        if name in _FIXED:
            return _FIXED[name]
        if _ESCAPED_BREAKS.fullmatch(name):
            return "\n"
        if name[:1] == "X" and len(name) > 1:
            return _hexadecimal(name[1:])
        return None


@lru_cache(maxsize=256)
def _separators(field: str, marks: str) -> Separators:
    if marks[2:] == "&" or marks[2:5] == "\\\\&":
        marks = marks[:2] + "\\&"
    marks += "^~\\&"[len(marks) :]
    return Separators(field, marks[0], marks[1], marks[2], marks[3])


def _hexadecimal(digits: str) -> str | None:
    try:
        data = bytes.fromhex(digits)
    except ValueError:
        return None
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("latin-1")


class Segment:
    """One segment. Fields count from 1 as in the standard; what is absent is ''.

    >>> segment = Segment("OBX|1|NM|777-3^Platelets^LN", Separators.of("MSH|^~|"))
    >>> segment.name, segment.first(3, 2), segment.raw(14)
    ('OBX', 'Platelets', '')
    """

    __slots__ = ("fields", "marks", "name")

    def __init__(self, line: str, marks: Separators) -> None:
        self.marks = marks
        self.fields = line.split(marks.field)
        self.name = self.fields[0][:3]
        if self.name in ("MSH", "FHS", "BHS"):
            self.fields.insert(1, marks.field)

    def raw(self, number: int) -> str:
        """The field as written, '' when absent or null."""
        if number >= len(self.fields):
            return ""
        value = self.fields[number]
        return "" if value == _NULL else value

    def repetitions(self, number: int) -> list[str]:
        """The field's repetitions as written, blank ones left out."""
        value = self.raw(number)
        if self.marks.repetition not in value:
            return [value] if value.strip() else []
        return [part for part in value.split(self.marks.repetition) if part.strip()]

    def components(self, value: str) -> list[str]:
        """Components of one repetition, escapes taken out."""
        return [self.marks.text(part) for part in value.split(self.marks.component)]

    def first(self, number: int, component: int = 1) -> str:
        """One component of the first repetition, '' when absent."""
        value = self.raw(number)
        if not value:
            return ""
        marks = self.marks
        if marks.repetition in value:
            value = value.split(marks.repetition, 1)[0]
        if marks.component not in value:
            return marks.text(value) if component == 1 else ""
        parts = value.split(marks.component)
        return marks.text(parts[component - 1]) if component <= len(parts) else ""
