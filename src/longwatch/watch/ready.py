"""The compiled kernel made ready aside, for a process that must answer meanwhile.

python -m longwatch.watch.ready        compiles, and keeps the code on disk
"""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from datetime import date, timedelta

from longwatch.core.compiling import keeps_code
from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch.api import watch

_PACK = "alemtuzumab-us"
_AFTER_SECONDS = 5.0
_NICE = 10


def make_ready_aside(stopped: threading.Event) -> threading.Thread | None:
    """Compiles in another process and loads the code in a thread; until then Python judges.

    Inputs:
        stopped: nothing is begun after it is set.

    Returns:
        The thread; None where compiled code cannot be kept, so that another process is of no use.
    """
    if not keeps_code():
        return None
    thread = threading.Thread(target=_make_ready, args=(stopped,), name="kernel", daemon=True)
    thread.start()
    return thread


def _make_ready(stopped: threading.Event) -> None:
    # Whoever starts and stops at once does without.
    if stopped.wait(_AFTER_SECONDS):
        return
    words = [sys.executable, "-m", "longwatch.watch.ready"]
    quiet = subprocess.DEVNULL
    done = subprocess.run(words, check=False, stdout=quiet, stderr=quiet)  # noqa: S603 (our own)
    if done.returncode == 0 and not stopped.is_set():
        run_once()


def run_once() -> None:
    """Runs the compiled kernel over one person of nobody's."""
    day = date(2024, 1, 1) + timedelta(days=366)
    watch(load_protocol(_PACK), somebody(day), day, engine="compiled")


def somebody(day: date) -> Record:
    """One person of nobody's, with one infusion: enough to run every part of the kernel."""
    return Record.from_tables(
        patients={"patient": ["-"]},
        infusions={"patient": ["-"], "date": [day], "course": [1], "day": [1]},
        results={
            "patient": ["-"],
            "date": [day],
            "test": ["platelets"],
            "value": [240.0],
            "unit": ["10*9/L"],
        },
    )


if __name__ == "__main__":
    os.nice(_NICE)
    run_once()
