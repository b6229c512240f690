"""Kills a listener again and again while messages and files come, and counts afterwards."""

import json
import os
import random
import re
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from datetime import date, timedelta
from pathlib import Path

from longwatch.feed.mllp import framed

from .conftest import MSH, Sender

CHILD = Path(__file__).with_name("child.py")
STORED = {
    "plain": ("select raw from message", "select count(*) from effect"),
    "clinic": (
        "select raw from store_message where first_id is null and state = 'filed'",
        "select count(*) from store_result",
    ),
}
"""By kind of store: what it holds, and how many results that made."""


ALERTS = "select detail from store_alert where rule = '{rule}'"
AGAIN = (
    "select s.detail from store_alertstate s join store_alert a on a.id = s.alert_id "
    "where a.rule = '{rule}' and s.detail is not null"
)
OPEN = "select subject from store_alert where rule = '{rule}' and state <> 'closed'"


def day_of(number):
    return date(2020, 1, 1) + timedelta(days=number % 1500)


def a_result(number):
    """One result, on a day of its own: as many results as messages, or something is wrong.

    Every other one is abnormal.
    """
    person, day = number // 1500, day_of(number)
    value = 15 if number % 2 else 250
    return (
        MSH % (b"M%d" % number)
        + (
            f"\rPID|1||{person:04d}^^^CLINIC^MR||DOE^JANE{person}||19800229|F"
            f"\rOBR|1|P{number}|A{number}|CBC^Blood count|||{day:%Y%m%d}083000"
            f"\rOBX|1|NM|777-3^Platelets^LN||{value}|10*9/L|150-400||||F\r"
        ).encode()
    )


class Harness:
    """One store, one folder, and a laboratory that sends again what was not answered.

    Inputs:
        kind: the store, as `child.py` names it.
    """

    def __init__(self, folder, seed, kind="plain"):
        self.kind = kind
        self.database = folder / "store.sqlite"
        self.folder = folder / "inbox"
        self.folder.mkdir()
        self.random = random.Random(seed)
        self.questions = STORED["clinic" if kind == "clinic" else "plain"]
        words = [sys.executable, str(CHILD), str(self.database), str(self.folder), kind]
        self.nursery = subprocess.Popen(
            words, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
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
        data = a_result(self.next)
        self.dropped.add(data)
        hidden = self.folder / f".{self.next}.hl7"
        hidden.write_bytes(data)
        hidden.rename(self.folder / f"{self.next}.hl7")

    def send(self, port, stop):
        """Like a laboratory: a message without an answer is sent again on the next connection."""
        try:
            sender = Sender(port)
        except OSError:
            return
        try:
            while not stop.is_set():
                if self.pending is None:
                    self.next += 1
                    self.pending = self.next
                sender.send(framed(a_result(self.pending)))
                verdict = sender.verdict()
                if verdict is None:
                    return
                if verdict == ("AA", f"M{self.pending}"):
                    self.acknowledged.add(a_result(self.pending))
                    self.pending = None
        except OSError:
            return
        finally:
            sender.close()

    def kill_once(self, longest):
        pid, port = self.start()
        stop = threading.Event()
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
        end = time.monotonic() + 60
        while list(self.folder.glob("*.hl7")) and time.monotonic() < end:
            time.sleep(0.05)
        assert self.end(pid, signal.SIGTERM) == 0

    def ask(self, question):
        connection = sqlite3.connect(self.database, timeout=30)
        try:
            return connection.execute(question).fetchall()
        finally:
            connection.close()

    def stored(self):
        return [bytes(row[0]) for row in self.ask(self.questions[0])]

    def lost(self):
        """What was acknowledged and is not there."""
        return self.acknowledged - set(self.stored())

    def check_alerts(self, stored):
        """Every abnormal result is in an alert, once; of each person one stands open at most."""
        numbers = [int(re.search(rb"\|M(\d+)\|", raw)[1]) for raw in stored]
        wanted = sorted(f"{day_of(number)}=15" for number in numbers if number % 2)
        told = [
            key
            for question in (ALERTS, AGAIN)
            for (detail,) in self.ask(question.format(rule="PLT-1"))
            for key in json.loads(detail)["keys"]
        ]
        assert sorted(told) == wanted
        standing = self.ask(OPEN.format(rule="PLT-1"))
        assert len(standing) == len(set(standing))

    def check(self):
        """Nothing is missing, nothing is there twice, nothing is there by half."""
        stored = self.stored()
        assert self.lost() == set()
        assert self.dropped - set(stored) == set()
        assert len(stored) == len(set(stored))
        ((effects,),) = self.ask(self.questions[1])
        assert effects == len(stored)
        if self.kind == "clinic":
            self.check_alerts(stored)
        done = [path.read_bytes() for path in (self.folder / "done").iterdir()]
        assert sorted(done) == sorted(self.dropped)
