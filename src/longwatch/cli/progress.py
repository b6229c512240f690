"""Progress of long work: a line on a terminal, silence elsewhere."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import PurePath


@contextmanager
def steps(doing: str, expected: int, *, quiet: bool = False) -> Iterator[Callable[[str], None]]:
    """A bar that moves with every file.

    Inputs:
        doing: the word before it (`Reading`).
        expected: files given; folders among them make it more, and every file comes twice.

    Yields:
        What to call with the name of each file as it is opened.
    """
    if quiet or not sys.stderr.isatty():
        yield lambda _: None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeElapsedColumn())
    console = Console(stderr=True)
    with Progress(*columns, console=console, transient=True, refresh_per_second=8) as bar:
        task = bar.add_task(doing, total=None if expected < 2 else 2 * expected)
        names: set[str] = set()
        opened = 0

        def move(name: str) -> None:
            nonlocal opened
            opened += 1
            names.add(name)
            bar.update(
                task,
                completed=opened,
                description=f"{doing} {PurePath(name).name[:40]:<40}",
                # Once a name comes again the first pass is over, and the number of files known.
                total=2 * max(len(names), expected)
                if opened > len(names) or expected > 1
                else None,
            )

        yield move


@contextmanager
def waiting(doing: str, *, quiet: bool = False) -> Iterator[None]:
    """A turning sign while something runs that cannot be counted."""
    if quiet or not sys.stderr.isatty():
        yield
        return
    from rich.console import Console

    with Console(stderr=True).status(doing):
        yield


@contextmanager
def groups_done(doing: str, *, quiet: bool = False) -> Iterator[Callable[[int, int], None] | None]:
    """A bar over work whose size is known once it has begun.

    Yields:
        What to call with how much is done and how much there is; None where nobody looks.
    """
    if quiet or not sys.stderr.isatty():
        yield None
        return
    from rich.console import Console
    from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn

    columns = (TextColumn("{task.description}"), BarColumn(), TimeRemainingColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as bar:
        task = bar.add_task(doing, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
