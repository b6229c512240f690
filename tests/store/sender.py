"""A process that stores one message after another and says which are stored, until it is killed.

Run as `python -m tests.store.sender DATABASE`. For each line `FIRST` on its standard input it
forks, because starting Python anew takes longer than a hundred messages: the fork says its own
number first, then the number of each message that is in the store; `end` when it is dead. With
`FIRST early` it says so before it is true, as a listener must not.
"""

from __future__ import annotations

import os
import sys
from datetime import UTC, datetime
from itertools import count

from longwatch.store.setup import configure


def main(database: str) -> None:
    """Forks for each line of standard input."""
    configure(database)
    from tests.store.messages import oru

    from longwatch.core.catalogue import catalogue
    from longwatch.store import arrivals  # noqa: F401 (what takes long is done before the fork)

    catalogue()
    oru()
    for line in sys.stdin:
        first, *how = line.split()
        child = os.fork()
        if not child:
            send(int(first), bool(how))
        os.waitpid(child, 0)
        print("end", flush=True)


def send(first: int, early: bool) -> None:
    """Stores messages from `first` on and prints the number of each that is in the store."""
    from tests.store.messages import RECEPTION, oru

    from longwatch.store.arrivals import receive

    print(os.getpid(), flush=True)
    for number in count(first):
        raw = oru("25", who="1", order=f"A{number}", control=f"C{number}")
        if early:
            print(number, flush=True)
        receive(
            raw,
            channel="mllp",
            received=datetime(2026, 11, 22, 8, tzinfo=UTC),
            reception=RECEPTION,
            control_id=f"C{number}",
        )
        if not early:
            print(number, flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
