"""Killed at any moment: what was said to be stored is there, whole, once; nothing is half there."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from pathlib import Path

import pytest
from django.db import connection
from tests.store.messages import clinic
from tests.store.where import url_of

from longwatch.store.audit import verify_audit
from longwatch.store.models import AuditEntry, Message, Result
from longwatch.store.record_in import write_record

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("LONGWATCH_KILLS", "2000"))


@contextmanager
def _sender(store: str):
    """A process that forks senders."""
    connection.close()
    with subprocess.Popen(
        [sys.executable, "-m", "tests.store.sender", url_of(store)],
        cwd=ROOT,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as sender:
        yield sender
        sender.stdin.close()


def _send_and_kill(sender, first: int, at_least: int, chance: random.Random, *how: str):
    """The numbers of the messages that were said to be stored before the process was killed."""
    print(first, *how, file=sender.stdin, flush=True)
    child = int(sender.stdout.readline())
    said = []
    while (line := sender.stdout.readline().strip()) != "end":
        said.append(int(line))
        if len(said) == at_least:
            time.sleep(0 if how else chance.random() * 0.05)
            os.kill(child, signal.SIGKILL)
    return said


def _stored() -> list[int]:
    return sorted(int(name[1:]) for name in Message.objects.values_list("control_id", flat=True))


def _assert_whole(said: list[int]) -> None:
    stored = _stored()
    assert set(said) <= set(stored)
    assert len(stored) == len(set(stored))
    # At most the two messages under way at each kill were stored without being acknowledged: both,
    # or none of them.
    assert all(number ^ 1 in stored for number in stored)
    assert Result.objects.count() == len(stored)
    assert set(Result.objects.values_list("message_id")) == set(Message.objects.values_list("id"))
    assert AuditEntry.objects.filter(action="received").count() == len(stored)
    assert verify_audit().problem is None
    if connection.vendor == "sqlite":
        with connection.cursor() as cursor:
            assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)


A_STORE = 50
"""Kills of one store: all of it is checked after each, which costs more the fuller it is."""


def _kill_often(store: str, times: int, seed: int) -> int:
    """How many messages were acknowledged."""
    chance = random.Random(seed)
    said: list[int] = []
    with _sender(store) as sender:
        for kill in range(times):
            said += _send_and_kill(sender, kill * 1000, chance.randint(1, 9), chance)
            _assert_whole(said)
            connection.close()
    return len(said)


@pytest.mark.campaign
def test_nothing_acknowledged_is_lost_when_the_process_is_killed(store, now):
    write_record(clinic(), source="registry", at=now)

    _kill_often(store, 3, 3)


@pytest.mark.campaign
def test_acknowledging_before_the_commit_is_found_out(store, now):
    """The negative control: the same harness loses messages of a wrong listener."""
    write_record(clinic(), source="registry", at=now)
    chance = random.Random(1)

    lost: set[int] = set()
    with _sender(store) as sender:
        for kill in range(3):
            said = _send_and_kill(sender, kill * 1000, 3, chance, "early")
            lost |= set(said) - set(_stored())

    assert lost


@pytest.mark.campaign
def test_nothing_acknowledged_is_lost_in_many_kills(new_store, now):
    said = 0
    for first in range(0, KILLS, A_STORE):
        store = new_store()
        write_record(clinic(), source="registry", at=now)
        said += _kill_often(store, min(A_STORE, KILLS - first), first)

    print(f"{KILLS} kills on {connection.vendor}: {said} messages acknowledged, 0 lost, 0 doubled")
