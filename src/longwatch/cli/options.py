"""Options that several commands share, and how a date on the command line is read.

Imports nothing heavy: `longwatch --help` must answer at once.
"""

from __future__ import annotations

import re
from datetime import date, timedelta
from pathlib import Path
from typing import Annotated

import typer

from longwatch.core.defaults import DEFAULT_PROTOCOL as DEFAULT_PROTOCOL

_NEARBY = {"today": 0, "yesterday": -1, "tomorrow": 1}


def read_day(text: str) -> date:
    """A day of the command line: `2025-03-31`, or `today`, `yesterday`, `tomorrow`.

    Raises:
        typer.BadParameter: with what is wrong with it.

    >>> read_day("2025-03-31")
    datetime.date(2025, 3, 31)
    """
    if isinstance(text, date):
        return text
    if text in _NEARBY:
        return today() + timedelta(days=_NEARBY[text])
    if not re.fullmatch(r"\d{4}-\d{2}-\d{2}", text, re.ASCII):
        raise typer.BadParameter(f"{text!r} is not written as a date; write 2025-03-31")
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} does not exist in the calendar") from None


def today() -> date:
    """The day at the clinic: the one place where a clock decides an answer."""
    return date.today()  # noqa: DTZ011 (dates are calendar dates at the clinic)


AsOf = Annotated[
    date | None,
    typer.Option(
        "--as-of",
        parser=read_day,
        metavar="DATE",
        help="The day to judge at, as 2025-03-31. Default: today.",
        show_default=False,
    ),
]
Protocol = Annotated[
    str | None,
    typer.Option(
        "--protocol",
        metavar="ID|FOLDER",
        help="A protocol that comes with Longwatch, or the folder of your own.",
        show_default=False,
    ),
]
RecordPath = Annotated[
    Path, typer.Argument(metavar="RECORD", help="The folder of the Record.", show_default=False)
]
Json = Annotated[bool, typer.Option("--json", help="Print JSON, for programs.")]
Quiet = Annotated[
    bool, typer.Option("--quiet", "-q", help="Print the answer alone: no progress, no hints.")
]
