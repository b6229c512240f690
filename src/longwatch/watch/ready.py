"""The compiled kernel made ready: run once, over one person of nobody's.

python -m longwatch.watch.ready        compiles, and keeps the code on disk
"""

from __future__ import annotations

import os
from datetime import date

from longwatch.core.record import Record
from longwatch.protocols.load import load_protocol
from longwatch.watch.api import watch

_PACK = "alemtuzumab-us"
_NICE = 10


def run_once() -> None:
    """Runs the compiled kernel over one person of nobody's."""
    day = date.fromisoformat("2025-01-02")
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
