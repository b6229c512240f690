"""Listeners and watched folders in processes that are there to be killed.

    child.py DATABASE FOLDER STORE

STORE is `plain`, `ack-first` (a mistake made on purpose) or `clinic`. For each line on stdin one
process is forked, which is fast because everything is imported already. It says `PID PORT` when it
listens, and its exit status when it has ended.
"""

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

sys.path.insert(0, str(Path(__file__).parent))

from sqlstore import AcknowledgesFirst, SqliteStore

from longwatch.feed.arrival import Channel
from longwatch.feed.folder import Folder
from longwatch.feed.listener import Listener
from longwatch.feed.serving import serve

WARM_UP = (
    b"MSH|^~\\&|LIS|LAB|||20250402||ORU^R01|M0|P|2.5\r"
    b"PID|1||WARM^^^CLINIC^MR||WARM^UP||19800229|F\r"
    b"OBR|1|P0|A0|CBC^Blood count|||20191231083000\r"
    b"OBX|1|NM|777-3^Platelets^LN||250|10*9/L|150-400||||F\r"
)


def make_store(kind, database):
    if kind != "clinic":
        plain = SqliteStore(database)
        return AcknowledgesFirst(plain) if kind == "ack-first" else plain
    from longwatch.feed.clinic import ClinicStore
    from longwatch.store.arrivals import Reception
    from longwatch.store.desk import Manner

    return ClinicStore(Reception(ZoneInfo("Europe/Berlin"), Manner(create_patients=True)))


def prepare(kind, database):
    if kind == "clinic":
        from django.db import connection

        from longwatch.store.setup import configure, migrate

        configure(f"sqlite:///{database}")
        migrate()
        # The first message loads the catalogue and more: once here, not after every fork.
        channel = Channel("mllp", "warm-up")
        make_store(kind, database).store(WARM_UP, channel, datetime.now(UTC))
        connection.close()


def work(database, folder, kind):
    store = make_store(kind, database)
    listener = Listener(store, port=0)
    watched = Folder(Path(folder), store, settled_seconds=0.02)

    def ready():
        print(os.getpid(), listener.port, flush=True)

    asyncio.run(serve(listener, [watched], ready=ready, look_seconds=0.02))


def main(database, folder, kind):
    prepare(kind, database)
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                work(database, folder, kind)
            except BaseException as error:
                print(repr(error), file=sys.stderr)
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
