"""G1, H23: killed at any moment of ingest, sweep, escalation or a person's step: no abnormal result
is without its alert, none has it twice, and no step of an alert is half there.

The same harness is given a clinic that raises alerts in a transaction of their own: it must fail.
"""

import json
import os
import random
import signal
import subprocess
import sys
import time
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from django.db import connection
from tests.alerts.at_work import BEGIN, DRAWS, day_of, is_low, moment
from tests.store.where import url_of

ROOT = Path(__file__).parents[2]
KILLS = int(os.environ.get("LONGWATCH_KILLS", "2000"))
RULE = "PLT-1"


class Work:
    """A clinic at work, killed again and again; what it said to be done; what is found then."""

    def __init__(self, store: str, seed: int) -> None:
        from django.contrib.auth.models import User

        from longwatch.alerts.roles import role
        from longwatch.store.models import Membership

        user = User.objects.create(username="nurse")
        since = BEGIN - timedelta(days=1)
        Membership.objects.create(user=user, role=role("nurse"), since=since)
        connection.close()
        self.chance = random.Random(seed)
        self.next = 0
        self.sent: set[int] = set()
        self.steps = 0
        words = [sys.executable, "-m", "tests.alerts.at_work", url_of(store)]
        self.nursery = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )

    def kill_once(self, how: str = "together") -> None:
        """Lets it work for some steps and kills it somewhere in the next."""
        print(self.next, how, file=self.nursery.stdin, flush=True)
        child = int(self.nursery.stdout.readline())
        steps, at_least = 0, self.chance.randint(1, 9)
        while (line := self.nursery.stdout.readline().strip()) != "end":
            what, number = line.split()
            if what == "sent":
                self.sent.add(int(number))
            steps, self.next = steps + 1, max(self.next, int(number))
            if steps == at_least:
                time.sleep(self.chance.random() * 0.03)
                os.kill(child, signal.SIGKILL)
        assert steps >= at_least, "the work ended by itself"
        self.steps += steps
        # The one under way may be there, too: it is never said again.
        self.next += 2

    def stored(self) -> list[int]:
        from longwatch.store.models import Message

        return sorted(int(c[1:]) for c in Message.objects.values_list("control_id", flat=True))

    def without_alert(self) -> set[tuple[str, str]]:
        """Abnormal results that are stored and in no alert, by person and key."""
        wanted = {
            (f"{number // DRAWS}", f"{day_of(number)}=15")
            for number in self.stored()
            if is_low(number)
        }
        return wanted - set(self.told())

    @staticmethod
    def told() -> list[tuple[str, str]]:
        from longwatch.store.models import Alert, AlertState

        first = Alert.objects.filter(rule=RULE).values_list("subject", "detail")
        again = AlertState.objects.filter(alert__rule=RULE, detail__isnull=False)
        pairs = [*first, *again.values_list("alert__subject", "detail")]
        return [(subject, key) for subject, text in pairs for key in json.loads(text)["keys"]]

    def check(self) -> None:
        """Nothing lost, doubled or half done; asked of the whole store."""
        from longwatch.store.audit import verify_audit
        from longwatch.store.models import Alert, AlertState, Result

        stored, told = self.stored(), self.told()
        assert self.sent <= set(stored)
        assert len(stored) == len(set(stored)) == Result.objects.count()
        assert self.without_alert() == set()
        assert len(told) == len(set(told))
        steps: dict[int, list[AlertState]] = {}
        for state in AlertState.objects.order_by("alert_id", "number"):
            steps.setdefault(state.alert_id, []).append(state)
        alerts = Alert.objects.in_bulk()
        assert steps.keys() == alerts.keys()
        for key, some in steps.items():
            assert [state.number for state in some] == list(range(1, len(some) + 1))
            alert, last = alerts[key], some[-1]
            said = (last.number, last.state, last.tier, last.next_at)
            assert (alert.step, alert.state, alert.tier, alert.next_at) == said
        assert verify_audit().problem is None
        if connection.vendor == "sqlite":
            with connection.cursor() as cursor:
                assert cursor.execute("PRAGMA integrity_check").fetchone() == ("ok",)
        connection.close()

    def nothing_is_left_over(self) -> None:
        """What was due when it was killed goes on afterwards, each once."""
        from datetime import UTC

        from longwatch.alerts.clinic import read_clinic
        from longwatch.alerts.escalate import escalate
        from longwatch.alerts.sweep import sweep
        from longwatch.store.models import Alert, State

        clinic, now = read_clinic(UTC), moment(self.next)
        while escalate(now, clinic):
            pass
        assert not Alert.objects.exclude(state=State.CLOSED).filter(next_at__lte=now).exists()
        assert sweep(now, clinic, engine="python").missing == []

    def close(self) -> None:
        self.nursery.stdin.close()
        self.nursery.wait(20)
        self.nursery.stdout.close()


@contextmanager
def _work(store, seed):
    work = Work(store, seed)
    try:
        yield work
    finally:
        work.close()


A_STORE = 50
"""Kills of one store: what is checked grows with the store, and so would the cost of a kill."""


def _kill_often(new_store, times):
    from longwatch.store.models import AlertState

    steps = sent = states = stores = 0
    for first in range(0, times, A_STORE):
        with _work(new_store(), times + first) as work:
            for _ in range(min(A_STORE, times - first)):
                work.kill_once()
            work.check()
            work.nothing_is_left_over()
            steps, sent, stores = steps + work.steps, sent + len(work.sent), stores + 1
            states += AlertState.objects.count()
        print(
            f"{min(first + A_STORE, times)} kills, {time.process_time():.0f} CPU s here", flush=True
        )
    print(
        f"{times} kills in {stores} stores on {connection.vendor}: {steps} steps, {sent} messages "
        f"acknowledged, {states} steps of alerts; 0 lost, 0 doubled, 0 without alert"
    )


def test_no_abnormal_result_is_without_its_alert_when_the_process_is_killed(store):
    """And then the mistake, in the same store: result and alert in two transactions."""
    with _work(store, 5) as work:
        for _ in range(5):
            work.kill_once()
            work.check()
        for _ in range(60):
            work.kill_once("apart")
            if work.without_alert():
                return
    pytest.fail("60 kills did not show the mistake: the harness is blind")


@pytest.mark.campaign
def test_no_abnormal_result_is_without_its_alert_in_many_kills(new_store):
    _kill_often(new_store, KILLS)
