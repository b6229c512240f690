"""A process that stores messages, two together, and says which are stored, until it is killed.

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
    """Stores messages from `first` on, each two in one transaction, and prints their numbers."""
    from tests.store.messages import RECEPTION, oru

    from longwatch.store.arrivals import Delivery, receive_together
    from longwatch.store.message_read import read_delivery

    print(os.getpid(), flush=True)
    for number in count(first, 2):
        numbers = (number, number + 1)
        group = [
            Delivery(
                oru("25", who=f"{1 + one - number}", order=f"A{one}", control=f"C{one}"),
                "mllp",
                datetime(2026, 11, 22, 8, tzinfo=UTC),
                control_id=f"C{one}",
            )
            for one in numbers
        ]
        if early:
            print(*numbers, sep="\n", flush=True)
        receive_together([read_delivery(one, RECEPTION) for one in group], RECEPTION)
        if not early:
            print(*numbers, sep="\n", flush=True)


if __name__ == "__main__":
    main(sys.argv[1])
