"""A store for tests, in a file: what was committed can be counted after a kill."""

import hashlib
import sqlite3
import threading
import time

from longwatch.feed.arrival import Stored

_TABLES = """
create table if not exists message (digest text primary key, raw blob, channel text, origin text);
create table if not exists effect (digest text, number integer);
create table if not exists refused (digest text primary key, raw blob, why text, size integer);
"""


class SqliteStore:
    """Message and effect in one transaction; the same bytes a second time change nothing."""

    def __init__(self, path):
        self._path = str(path)
        self._local = threading.local()
        self._connection().executescript(_TABLES)

    def _connection(self):
        if not hasattr(self._local, "connection"):
            connection = sqlite3.connect(self._path, timeout=30, isolation_level=None)
            connection.execute("pragma journal_mode=wal")
            connection.execute("pragma synchronous=full")
            self._local.connection = connection
        return self._local.connection

    def store(self, raw, channel, received):
        digest = hashlib.sha256(raw).hexdigest()
        connection = self._connection()
        connection.execute("begin immediate")
        try:
            row = (digest, raw, channel.name, channel.origin)
            new = connection.execute("insert or ignore into message values (?, ?, ?, ?)", row)
            if new.rowcount:
                connection.execute("insert into effect values (?, 1)", (digest,))
            connection.execute("commit")
        except BaseException:
            connection.execute("rollback")
            raise
        return Stored(duplicate=not new.rowcount)

    def keep_refused(self, raw, channel, received, why, size):
        row = (hashlib.sha256(raw).hexdigest(), raw, why, size)
        self._connection().execute("insert or ignore into refused values (?, ?, ?, ?)", row)


class AcknowledgesFirst:
    """The mistake that the harness must find: says "stored" and stores afterwards."""

    def __init__(self, store):
        self._store = store

    def store(self, raw, channel, received):
        def later():
            time.sleep(0.01)
            self._store.store(raw, channel, received)

        threading.Thread(target=later, daemon=True).start()
        return Stored()

    def keep_refused(self, raw, channel, received, why, size):
        self._store.keep_refused(raw, channel, received, why, size)
