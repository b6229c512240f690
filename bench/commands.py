"""What a person waits for at the terminal: `longwatch demo`, `longwatch --help`."""

from __future__ import annotations

import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

_COMMANDS = {"demo": ("demo", "--into", "{folder}"), "help": ("--help",), "version": ("--version",)}
_RUNS = 3


def run() -> dict[str, Any]:
    """Median wall seconds of a few commands, each from a fresh process, after one to warm up.

    Raises:
        RuntimeError: when a command fails, with what it said.
    """
    return {name: round(_seconds(words), 2) for name, words in _COMMANDS.items()}


def _seconds(words: tuple[str, ...]) -> float:
    taken = []
    for _ in range(_RUNS + 1):
        with TemporaryDirectory() as scratch:
            folder = str(Path(scratch) / "clinic")
            program = str(Path(sys.executable).parent / "longwatch")
            command = [program, *(word.format(folder=folder) for word in words)]
            started = time.perf_counter()
            done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=scratch)
            taken.append(time.perf_counter() - started)
            # 1: done, but some of what the sample's laboratories sent was held back.
            if done.returncode not in (0, 1):
                raise RuntimeError(f"longwatch {' '.join(words)} failed:\n{done.stderr}")
    return statistics.median(taken[1:])
