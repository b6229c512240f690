"""Small pieces of MyST Markdown, with everything that comes from data escaped."""

import re
from collections.abc import Iterable

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>|$#~@])")


def text(words: object) -> str:
    """Words from data as plain text: no mark of Markdown in them takes effect, one line."""
    line = " ".join(str(words).split())
    line = _SPECIAL.sub(r"\\\1", line)
    # A number or a dash at the beginning of a paragraph would start a list.
    return re.sub(r"^(\d+)([.)])(\s)", r"\1\\\2\3", re.sub(r"^([-+=:%])", r"\\\1", line))


def code(words: object) -> str:
    """A word as code, such as an id or a unit."""
    return f"`{words}`" if str(words) else ""


def table(head: Iterable[str], rows: Iterable[Iterable[str]]) -> str:
    """A table; cells are Markdown already. A bar inside a cell is escaped, also within code."""
    names = list(head)
    cells = ([re.sub(r"(?<!\\)\|", r"\\|", cell) for cell in row] for row in rows)
    lines = [names, ["---"] * len(names), *cells]
    return "".join(f"| {' | '.join(line)} |\n" for line in lines) + "\n"


def bullets(lines: Iterable[str], indent: int = 0) -> str:
    """A list; lines are Markdown already."""
    pad = " " * indent
    return "".join(f"{pad}- {line}\n" for line in lines) + "\n"
