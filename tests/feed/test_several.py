"""Several processes on one port: each receives, and none is left without the others."""

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from longwatch.core.errors import UsageError
from longwatch.feed.several import refuse_one_writer

from .conftest import Sender, a_message

PROGRAM = """
import asyncio, os, sys
from longwatch.feed.listener import Listener
from longwatch.feed.serving import serve
from longwatch.feed.several import complain_of_a_lost_one, fork_others
from longwatch.feed.arrival import Stored

def say(what):
    os.write(1, f"{what} {os.getpid()}\\n".encode())

class Telling:
    def store(self, raw, channel, received):
        say("stored")
        return Stored()

fork_others(2)
listener = Listener(Telling(), port=int(sys.argv[1]), shared=True)
asyncio.run(serve(listener, [], ready=lambda: say("ready")))
complain_of_a_lost_one()
"""


@pytest.fixture
def three():
    """The first of three, their port, and the numbers of all."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    words = [sys.executable, "-c", PROGRAM, str(port)]
    root = Path(__file__).parents[2]
    with subprocess.Popen(words, cwd=root, stdout=subprocess.PIPE, text=True) as first:
        pids = {int(first.stdout.readline().removeprefix("ready ")) for _ in range(3)}
        assert first.pid in pids
        yield first, port, pids
        first.kill()


def test_connections_are_spread_over_all_of_them(three):
    first, port, pids = three
    for number in range(40):
        sender = Sender(port)
        assert sender.exchange(a_message(number)) == ("AA", f"M{number}")
        sender.close()

    stored = [int(first.stdout.readline().removeprefix("stored ")) for _ in range(40)]
    assert set(stored) <= pids
    assert len(set(stored)) > 1


@pytest.mark.parametrize(
    ("which", "status"),
    [
        ("another one", 1),
        pytest.param("the first one, asked to", 0, marks=pytest.mark.campaign),
        pytest.param("the first one", -signal.SIGKILL, marks=pytest.mark.campaign),
    ],
)
def test_when_one_ends_all_of_them_end(three, which, status):
    first, _, pids = three
    gone = first.pid if which.startswith("the first") else max(pids - {first.pid})
    os.kill(gone, signal.SIGTERM if "asked" in which else signal.SIGKILL)

    # The end of what they say is the end of all of them: each holds the pipe.
    assert first.stdout.read() == ""
    assert first.wait(20) == status


def test_a_database_with_one_writer_is_refused_before_anything_is_opened():
    with pytest.raises(UsageError, match="PostgreSQL"):
        refuse_one_writer("sqlite:///nowhere.db")
