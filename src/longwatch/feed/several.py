"""Several processes that receive on one port: one interpreter uses one core.

The first forks the others before it opens anything. They end with it; it ends, with an error, when
one of them does, so that whatever started it starts all of them again.
"""

from __future__ import annotations

import logging
import os
import signal
import threading
from collections.abc import Sequence

from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.store.database import DEFAULT, VARIABLE, database_settings

log = logging.getLogger("longwatch.feed")

_LOOK_SECONDS = 1.0
_LOST = threading.Event()


def refuse_one_writer(database: str | None) -> None:
    """Refuses several processes on a database that lets only one write at a time.

    Raises:
        UsageError: it is SQLite, or the line names no database.
    """
    found = database_settings(database or os.environ.get(VARIABLE) or DEFAULT)
    if found["ENGINE"].endswith("sqlite3"):
        raise UsageError(
            Problem(
                "several processes would wait for each other on SQLite",
                how="use PostgreSQL, or leave --processes out",
            )
        )


def fork_others(number: int) -> bool:
    """Starts so many more processes; returns in all of them.

    Returns:
        Whether this is the first one.
    """
    first = os.getpid()
    children = []
    for _ in range(number):
        child = os.fork()
        if child == 0:
            threading.Thread(target=_end_with, args=(first,), daemon=True).start()
            return False
        children.append(child)
    threading.Thread(target=_watch, args=(children,), daemon=True).start()
    return True


def complain_of_a_lost_one() -> None:
    """After serving, in the first one: the exit status must say that this was no ordinary end.

    Raises:
        LongwatchError: one of the others ended before it was asked to.
    """
    if _LOST.is_set():
        how = "start it again, and look in the log for why"
        raise LongwatchError(Problem("a process that receives has ended by itself", how=how))


def _end_with(first: int) -> None:
    """In the others: stops when the first one is gone, however it went."""
    wait = threading.Event()
    while os.getppid() == first:
        wait.wait(_LOOK_SECONDS)
    os.kill(os.getpid(), signal.SIGTERM)


def _watch(children: Sequence[int]) -> None:
    """In the first one: stops when any other has ended."""
    _, status = os.waitpid(-1 if len(children) > 1 else children[0], 0)
    if status:
        # One that was asked to end, as all are when the machine stops, says 0.
        _LOST.set()
    log.error("a process that receives has ended: all of them stop")
    os.kill(os.getpid(), signal.SIGTERM)
