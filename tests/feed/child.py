"""Listeners and watched folders in processes that are there to be killed.

    child.py DATABASE FOLDER [ack-first]

For each line on stdin one process is forked, which is fast because everything is imported already.
It says `PID PORT` when it listens, and its exit status when it has ended.
"""

import asyncio
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent))

from sqlstore import AcknowledgesFirst, SqliteStore

from longwatch.feed.folder import Folder
from longwatch.feed.listener import Listener
from longwatch.feed.serving import serve


def work(database, folder, mistake=""):
    store = SqliteStore(database)
    if mistake:
        store = AcknowledgesFirst(store)
    listener = Listener(store, port=0)
    watched = Folder(Path(folder), store, settled_seconds=0.02)

    def ready():
        print(os.getpid(), listener.port, flush=True)

    asyncio.run(serve(listener, [watched], ready=ready, look_seconds=0.02))


def main(*words):
    for _ in sys.stdin:
        pid = os.fork()
        if pid == 0:
            try:
                work(*words)
            except BaseException:
                os._exit(1)
            os._exit(0)
        _, status = os.waitpid(pid, 0)
        print(status, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
