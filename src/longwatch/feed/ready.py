"""The compiled kernel made ready aside, in a process that must answer laboratories meanwhile."""

from __future__ import annotations

import subprocess
import sys
import threading

from longwatch.core.compiling import keeps_code
from longwatch.watch.ready import run_once

_AFTER_SECONDS = 5.0


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
