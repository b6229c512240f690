"""H23, G1: killed at any moment, nothing acknowledged is missing, and nothing is there twice.

The same harness is given a store that says "stored" too early: it must find that out.
"""

import hashlib
import os
import random
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

import pytest

from longwatch.feed.mllp import framed

from .conftest import Sender, a_message
from .sqlstore import SqliteStore

CHILD = Path(__file__).with_name("child.py")


class Harness:
    """Sends messages and drops files while the listener is killed again and again."""

    def __init__(self, folder, seed, mistake=""):
        self.database = folder / "store.sqlite"
        self.folder = folder / "inbox"
        self.folder.mkdir()
        self.random = random.Random(seed)
        self.store = SqliteStore(self.database)
        words = [sys.executable, str(CHILD), str(self.database), str(self.folder)]
        self.nursery = subprocess.Popen(
            [*words, mistake] if mistake else words,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
        self.acknowledged = set()
        self.dropped = set()
        self.next = 0
        self.pending = None

    def start(self):
        """The process id and the port of a new listener."""
        self.nursery.stdin.write("\n")
        self.nursery.stdin.flush()
        pid, port = self.nursery.stdout.readline().split()
        return int(pid), int(port)

    def end(self, pid, number):
        """The exit status of a listener to which a signal was sent."""
        os.kill(pid, number)
        return int(self.nursery.stdout.readline())

    def close(self):
        self.nursery.stdin.close()
        assert self.nursery.wait(20) == 0
        self.nursery.stdout.close()

    def drop(self):
        self.next += 1
        data = a_message(self.next)
        self.dropped.add(data)
        hidden = self.folder / f".{self.next}.hl7"
        hidden.write_bytes(data)
        hidden.rename(self.folder / f"{self.next}.hl7")

    def send(self, port, stop):
        """Like a laboratory: a message without an answer is sent again on the next connection."""
        while not stop.is_set():
            try:
                sender = Sender(port)
            except OSError:
                return
            try:
                while not stop.is_set():
                    if self.pending is None:
                        self.next += 1
                        self.pending = self.next
                    sender.send(framed(a_message(self.pending)))
                    verdict = sender.verdict()
                    if verdict is None:
                        break
                    if verdict == ("AA", f"M{self.pending}"):
                        self.acknowledged.add(a_message(self.pending))
                        self.pending = None
            except OSError:
                return
            finally:
                sender.close()

    def kill_once(self, longest):
        pid, port = self.start()
        stop = threading.Event()
        for _ in range(3):
            self.drop()
        thread = threading.Thread(target=self.send, args=(port, stop))
        thread.start()
        time.sleep(self.random.uniform(0, longest))
        assert self.end(pid, signal.SIGKILL) == signal.SIGKILL
        stop.set()
        thread.join(20)

    def drain(self):
        """A last start in peace: everything that lies in the folder is taken in."""
        pid, _ = self.start()
        end = time.monotonic() + 30
        while list(self.folder.glob("*.hl7")) and time.monotonic() < end:
            time.sleep(0.05)
        assert self.end(pid, signal.SIGTERM) == 0

    def lost(self):
        return (self.acknowledged | self.dropped) - set(self.store.messages())


@pytest.fixture
def harness(tmp_path):
    made = []

    def make(**options):
        made.append(Harness(tmp_path, **options))
        return made[-1]

    yield make
    for one in made:
        one.close()


def check(harness):
    assert harness.lost() == set()
    effects = harness.store.effects()
    assert len(effects) == len(set(effects))
    stored = {hashlib.sha256(raw).hexdigest() for raw in harness.store.messages()}
    assert stored == set(effects)
    done = [path.read_bytes() for path in (harness.folder / "done").iterdir()]
    assert sorted(done) == sorted(harness.dropped)


def test_killed_at_any_moment_nothing_acknowledged_is_lost_or_doubled(harness):
    tried = harness(seed=1)
    for _ in range(15):
        tried.kill_once(longest=0.25)
    tried.drain()

    assert tried.acknowledged
    check(tried)


def test_a_listener_that_acknowledges_before_it_stores_is_found_out(harness):
    tried = harness(seed=2, mistake="ack-first")
    for _ in range(40):
        tried.kill_once(longest=0.25)
        if tried.acknowledged - set(tried.store.messages()):
            return

    pytest.fail("40 kills did not show the mistake: the harness is blind")


@pytest.mark.campaign
def test_two_thousand_kills(harness):
    kills = int(os.environ.get("LONGWATCH_KILLS", "2000"))
    tried = harness(seed=3)
    for _ in range(kills):
        tried.kill_once(longest=0.4)
    tried.drain()

    print(f"{kills} kills, {len(tried.acknowledged)} acknowledged, {len(tried.dropped)} files")
    check(tried)
