"""A listener in a thread of its own, a sender with a plain socket, and a store in memory."""

import asyncio
import os
import re
import socket
import threading
from contextlib import contextmanager
from pathlib import Path

import pytest

from longwatch.feed.arrival import Stored
from longwatch.feed.limits import Limits
from longwatch.feed.listener import Listener
from longwatch.feed.mllp import framed

REPOSITORY = Path(__file__).parents[2]
MSH = rb"MSH|^~\&|LIS|LAB|LW|CLINIC|20250402101500||ORU^R01|%s|P|2.5"
REST = b"\rPID|1||0042^^^CLINIC^MR||DOE^JANE||19800229|F\rOBX|1|NM|777-3^P^LN||9|10*9/L|||||F\r"
QUICK = Limits(
    message_bytes=100_000,
    message_seconds=2,
    linger_seconds=0.1,
    idle_seconds=10,
    write_seconds=5,
    stop_seconds=2,
    connections=4,
    per_address=3,
)


def a_message(number):
    return MSH % (b"M%d" % number) + REST


@pytest.fixture
def message():
    return a_message


class MemoryStore:
    """Keeps what it is given; fails, waits or refuses when a test says so."""

    def __init__(self):
        self.messages = []
        self.refused = []
        self.channels = []
        self.fails = None
        self.verdict = Stored()
        self.gate = None
        self.entered = threading.Event()

    def store(self, raw, channel, received):
        self.entered.set()
        if self.gate is not None:
            assert self.gate.wait(10)
        if self.fails is not None:
            raise self.fails
        self.channels.append(channel)
        duplicate = raw in self.messages
        if not duplicate:
            self.messages.append(raw)
        return Stored(duplicate, self.verdict.refused)

    def keep_refused(self, raw, channel, received, why, size):
        if self.fails is not None:
            raise self.fails
        self.refused.append((raw, why, size))


@pytest.fixture
def store():
    return MemoryStore()


class Sender:
    """What a laboratory's interface does, one step at a time."""

    def __init__(self, port, context=None):
        self.socket = socket.create_connection(("127.0.0.1", port), timeout=10)
        if context is not None:
            self.socket = context.wrap_socket(self.socket, server_hostname="localhost")
        self._rest = b""

    def send(self, data):
        self.socket.sendall(data)

    def answer(self):
        """The next answer, without marks; None when the connection is closed."""
        while b"\x1c\r" not in self._rest:
            try:
                data = self.socket.recv(65536)
            except ConnectionError:
                return None
            if not data:
                return None
            self._rest += data
        found, _, self._rest = self._rest.partition(b"\x1c\r")
        assert found.startswith(b"\x0b")
        return found[1:]

    def verdict(self):
        """(code, control id) of the next answer; None when the connection is closed."""
        found = self.answer()
        if found is None:
            return None
        words = re.search(rb"MSA\|(A[AER])\|?([^|\r\n]*)", found)
        return words.group(1).decode(), words.group(2).decode()

    def exchange(self, message):
        self.send(framed(message))
        return self.verdict()

    def close(self):
        self.socket.close()


class Running:
    """A listener at work in its own thread."""

    def __init__(self, listener, loop):
        self.listener = listener
        self.loop = loop
        self.port = listener.port
        self.senders = []

    def sender(self, context=None):
        made = Sender(self.port, context)
        self.senders.append(made)
        return made

    def stop(self):
        asyncio.run_coroutine_threadsafe(self.listener.stop(), self.loop).result(30)

    def begin_stop(self):
        return asyncio.run_coroutine_threadsafe(self.listener.stop(), self.loop)


@contextmanager
def listening(store, limits=QUICK, **options):
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever)
    thread.start()
    listener = Listener(store, port=0, limits=limits, **options)
    asyncio.run_coroutine_threadsafe(listener.start(), loop).result(10)
    running = Running(listener, loop)
    try:
        yield running
    finally:
        for sender in running.senders:
            sender.close()
        running.stop()
        loop.call_soon_threadsafe(loop.stop)
        thread.join(10)
        loop.close()


@pytest.fixture
def listen():
    return listening


@pytest.fixture
def running(store):
    with listening(store) as found:
        yield found


def real_paths():
    named = os.environ.get("LONGWATCH_INPUTS")
    folder = Path(named) if named else REPOSITORY.parent / "shared" / "inputs"
    return sorted(path for path in (folder / "hl7v2").rglob("*") if path.is_file())


@pytest.fixture(scope="session")
def real_messages():
    """Real messages of other people, which are not part of the repository."""
    paths = real_paths()
    if not paths:
        pytest.skip("the folder of real messages is not here: set LONGWATCH_INPUTS")
    return [path.read_bytes() for path in paths]
