"""From an exception to words on stderr and an exit status; bad input never shows a traceback."""

from __future__ import annotations

import errno
import os
import sys
import traceback
from collections.abc import Sequence

from typer import Abort
from typer.exceptions import TyperException

from longwatch.cli.output import visible
from longwatch.core.errors import DamagedFileError, LongwatchError, Problem, UsageError

DONE, HELD_BACK, WRONG_USE, INTERNAL, INTERRUPTED = 0, 1, 2, 70, 130
_MOST_SHOWN = 20
_SYSTEM = {
    errno.ENOENT: "check the spelling of the path",
    errno.EACCES: "ask for the right to it, or choose another place",
    errno.EPERM: "ask for the right to it, or choose another place",
    errno.EROFS: "choose a place that can be written",
    errno.ENOSPC: "make room; nothing was left half-written",
    errno.EDQUOT: "make room; nothing was left half-written",
    errno.EISDIR: "give a file, not a folder",
    errno.ENOTDIR: "one part of the path is a file, not a folder",
    errno.EEXIST: "choose another name",
    errno.ENAMETOOLONG: "choose a shorter name",
}


def translate(error: BaseException) -> int:
    """Says on stderr what went wrong, and how to mend it.

    Returns:
        The exit status: 1 held back or invalid, 2 wrong use, 70 a fault of Longwatch, 130 stopped.
    """
    if isinstance(error, (KeyboardInterrupt, Abort)):
        say("Stopped. Nothing was left half-written.")
        return INTERRUPTED
    if isinstance(error, (UsageError, DamagedFileError)):
        show_problems(error.problems)
        return WRONG_USE
    if isinstance(error, LongwatchError):
        show_problems(error.problems)
        return HELD_BACK
    if isinstance(error, TyperException):
        return _wrong_use(error)
    if isinstance(error, OSError):
        show_problems([_system(error)])
        return HELD_BACK
    if isinstance(error, MemoryError):
        show_problems([Problem("there is not enough memory", how="watch fewer patients at once")])
        return HELD_BACK
    return _internal(error)


def show_problems(problems: Sequence[Problem]) -> None:
    """Prints problems on stderr, at most 20 of them, the rest as a number."""
    for problem in problems[:_MOST_SHOWN]:
        say(f"Problem: {problem}")
    if len(problems) > _MOST_SHOWN:
        say(f"… and {len(problems) - _MOST_SHOWN:,} more; --json lists all of them.")


def say(text: str) -> None:
    """One line on stderr, control characters taken out; a closed stderr is no reason to fail."""
    try:
        print(visible(text), file=sys.stderr, flush=True)  # noqa: T201
    except (OSError, ValueError):
        return


def _wrong_use(error: TyperException) -> int:
    context = getattr(error, "ctx", None)
    message = error.format_message().strip()
    if type(error).__name__ == "NoArgsIsHelpError":
        say(message)
        return WRONG_USE
    say(f"Problem: {message}")
    if context is not None:
        say(f"Mend: see {context.command_path} --help")
    return WRONG_USE


def _system(error: OSError) -> Problem:
    what = error.strerror or str(error) or type(error).__name__
    how = _SYSTEM.get(error.errno or 0, "check the path, its rights and the space on the disk")
    return Problem(what[:1].lower() + what[1:], str(error.filename or ""), how=how)


def _internal(error: BaseException) -> int:
    if os.environ.get("LONGWATCH_DEBUG"):
        traceback.print_exception(error)
    last = traceback.extract_tb(error.__traceback__)[-1:]
    place = f" ({os.path.basename(last[0].filename)}:{last[0].lineno})" if last else ""
    name = type(error).__name__
    say(f"Problem: Longwatch itself failed: {name}{place}. This is our fault, not yours.")
    say(
        "Mend: repeat with LONGWATCH_DEBUG=1 and report what it prints; "
        "take patient data out first. No file was left half-written."
    )
    return INTERNAL
