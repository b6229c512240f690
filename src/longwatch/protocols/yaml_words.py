"""What keeps a file from being read as YAML, in the words of a person who edits packs."""

from __future__ import annotations

from typing import Any

from longwatch.core.errors import Problem, ProtocolError
from longwatch.protocols.nodes import Place


def decoded(content: bytes, file: str) -> str:
    """The text of a file: UTF-8, with or without a byte order mark, and no NUL.

    Raises:
        ProtocolError: with the place of the first byte that is neither.

    >>> decoded(b"grace: 7", "cbc.yaml")
    'grace: 7'
    """
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise ProtocolError(Problem("the file is UTF-16", file, how="save it as UTF-8"))
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        column = error.start - content.rfind(b"\n", 0, error.start)
        what = f"byte 0x{content[error.start]:02x} is not UTF-8"
        raise ProtocolError(
            Problem(what, str(Place(file, line, column)), how="save the file as UTF-8")
        ) from None
    at = text.find("\0")
    if at >= 0:
        place = Place(file, text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at))
        how = "restore the file from a good copy"
        raise ProtocolError(Problem("a NUL byte stands in the file", str(place), how=how))
    return text


def syntax_problem(error: Any, text: str, file: str) -> Problem:
    """Rewrites an error of the YAML parser.

    Inputs:
        error: what the parser raised.
        text: the content of the file.
        file: its name in messages.

    >>> from yaml.reader import ReaderError
    >>> print(syntax_problem(ReaderError("", 3, 7, "", "a bad letter"), "a: x", "cbc.yaml"))
    cbc.yaml:1:1: not readable as YAML: a bad letter
    """
    mark = getattr(error, "problem_mark", None)
    said = str(getattr(error, "problem", "") or getattr(error, "reason", "") or error)
    if mark is None:
        at = getattr(error, "position", None)
        number = text.count("\n", 0, at) + 1 if isinstance(at, int) and at >= 0 else 1
        return Problem(f"not readable as YAML: {said}", str(Place(file, number)))
    lines = text.split("\n")
    line = lines[mark.line] if mark.line < len(lines) else ""
    place = str(Place(file, mark.line + 1, mark.column + 1))
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Problem("the line is indented with a tab", place, how="use spaces only")
    how = ""
    if "mapping values are not allowed" in said:
        how = "put quotes around text that holds a colon, and check the indentation"
    elif "cannot start any token" in said:
        how = "put quotes around text that starts with this character"
    elif "parsing a flow" in str(getattr(error, "context", "")):
        how = f"close the bracket that opens in line {error.context_mark.line + 1}"
    return Problem(f"not readable as YAML: {said}", place, how=how)
