"""Stores messages in FOLDER and says which are stored, one after the other.

Run as `python -m tests.store.powered FOLDER NUMBER SYNCHRONOUS`; the folder holds a migrated store.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime

from longwatch.store import database
from longwatch.store.setup import configure


def main(folder: str, messages: int, synchronous: str) -> None:
    """Stores so many messages, one after the other."""
    database.SQLITE_BEGINNING = tuple(
        line.replace("synchronous=FULL", f"synchronous={synchronous}")
        for line in database.SQLITE_BEGINNING
    )
    configure(f"sqlite:///{folder}/store.db")
    from tests.store.messages import NEW_PEOPLE, clinic, oru

    from longwatch.store.arrivals import receive
    from longwatch.store.record_in import write_record

    now = datetime(2026, 11, 22, 8, tzinfo=UTC)
    write_record(clinic(), source="registry", at=now)
    said = os.open(f"{folder}/said", os.O_WRONLY | os.O_CREAT)
    for number in range(1, messages + 1):
        raw = oru("25", who=str(number % 40), order=f"A{number}", control=f"C{number}")
        receive(raw, channel="mllp", received=now, reception=NEW_PEOPLE, control_id=f"C{number}")
        os.pwrite(said, b"%d" % number, 0)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), sys.argv[3])
