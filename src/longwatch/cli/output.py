"""What commands print: lines and tables for people, JSON and CSV for programs."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import pyarrow as pa
    from rich.console import Console

_PIPED_WIDTH = 120
_LEAST_WIDTH = 20


def is_terminal() -> bool:
    """Whether a person reads stdout; `NO_COLOR` is left to rich."""
    return sys.stdout.isatty()


def console(*, stderr: bool = False) -> Console:
    """A rich console on stdout or stderr; without colors and of fixed width when piped."""
    from rich.console import Console

    stream = sys.stderr if stderr else sys.stdout
    if stream.isatty():
        return Console(file=stream, highlight=False, markup=False)
    width = _piped_width()
    return Console(file=stream, highlight=False, markup=False, no_color=True, width=width)


def print_line(text: str = "") -> None:
    """One line, whole, as it is."""
    sys.stdout.write(f"{visible(text)}\n")


def visible(text: str) -> str:
    r"""Text whose control signs cannot move the cursor of the terminal that shows it.

    >>> visible("p1\x1b[2J")
    'p1�[2J'
    """
    return "".join(sign if sign.isprintable() or sign == "\n" else "�" for sign in text)


def hint(text: str, quiet: bool = False) -> None:
    """Advice beside the answer, on stderr so that a pipe does not carry it."""
    if not quiet:
        sys.stderr.write(f"{visible(text)}\n")


def command(*words: object) -> str:
    """A command to type, quoted where a path needs it; `./run` where that was how we were called.

    >>> command("held", "my clinic")
    "longwatch held 'my clinic'"
    """
    program = "./run" if os.environ.get("LONGWATCH_RUN") else "longwatch"
    return f"{program} {shlex.join(map(str, words))}"


def print_json(content: object) -> None:
    """JSON on stdout; dates as `2025-03-31`, missing numbers as null."""
    sys.stdout.write(json_text(content))


def json_text(content: object) -> str:
    """Content as JSON text, ending with a line end."""
    text = json.dumps(content, ensure_ascii=False, indent=1, default=_plain, allow_nan=False)
    return f"{text}\n"


def _plain(value: object) -> object:
    if isinstance(value, (datetime, date)):
        return value.isoformat()
    return str(value)


def rows_of(table: pa.Table) -> list[dict[str, Any]]:
    """The rows of a table, ready for JSON."""
    rows: list[dict[str, Any]] = table.to_pylist()
    for row in rows:
        for name, cell in row.items():
            if isinstance(cell, float) and cell != cell:
                row[name] = None
    return rows


def print_csv(table: pa.Table) -> None:
    """A table as CSV on stdout, with its header."""
    import csv

    writer = csv.writer(sys.stdout, lineterminator="\n")
    writer.writerow(table.column_names)
    for batch in table.to_batches(max_chunksize=10_000):
        columns = [column.to_pylist() for column in batch.columns]
        writer.writerows(zip(*columns, strict=True))


def print_grid(head: Sequence[str], rows: Iterable[Sequence[object]]) -> None:
    """Rows in columns; a cell too long for the terminal is folded, never cut."""
    from rich import box
    from rich.table import Table
    from rich.text import Text

    grid = Table(box=box.SIMPLE_HEAD, header_style="bold", pad_edge=False, show_edge=False)
    for name in head:
        grid.add_column(Text(name), overflow="fold")
    for row in rows:
        grid.add_row(*(Text("" if cell is None else visible(str(cell))) for cell in row))
    console().print(grid)


def wrapped(text: str, indent: int, first: str | None = None) -> str:
    """A paragraph folded to the width at hand.

    Inputs:
        indent: blanks before every line.
        first: what stands before the first line instead.
    """
    import textwrap

    return textwrap.fill(
        visible(text),
        width=max(width(), indent + 20),
        initial_indent=" " * indent if first is None else first,
        subsequent_indent=" " * indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


def width() -> int:
    """Columns to write in."""
    if is_terminal():
        return min(shutil.get_terminal_size((100, 24)).columns, 140)
    return _piped_width()


def _piped_width() -> int:
    """The width asked for; programs that know none say 0, and a few columns cannot be read."""
    wished = os.environ.get("COLUMNS", "")
    width = int(wished) if wished.isascii() and wished.isdigit() else 0
    return width if width >= _LEAST_WIDTH else _PIPED_WIDTH
