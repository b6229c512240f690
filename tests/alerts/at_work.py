"""A clinic at work in a process that is there to be killed: messages, sweep, escalation, people.

Run as `python -m tests.alerts.at_work DATABASE`. For each line `FIRST HOW` on its standard input it
forks: the fork says its own number first, then each step that is committed (`sent 7`, `went 8`),
and `end` when it is dead. HOW is `together`, or `apart`: the result in one transaction and its
alert in a second one, as a clinic must not.
"""

from __future__ import annotations

import os
import random
import sys
import time
from datetime import UTC, date, datetime, timedelta
from itertools import count

from longwatch.store.setup import configure

BEGIN = datetime(2025, 6, 1, tzinfo=UTC)
DRAWS = 30
"""Results of each person, on days of their own."""


def day_of(number: int) -> date:
    """The day of a result: none of one person has that of another."""
    return date(2025, 4, 1) + timedelta(days=number % DRAWS)


def is_low(number: int) -> bool:
    """Every other count is far too low."""
    return number % 2 == 1


def moment(number: int) -> datetime:
    """When a step takes place: the clock goes on from kill to kill."""
    return BEGIN + timedelta(minutes=10 * number)


def main(database: str) -> None:
    """Forks for each line of standard input."""
    configure(database)
    from django.db import connection

    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.warming import warm_up

    # What takes long is done before the fork.
    clinic = read_clinic(UTC)
    warm_up(clinic, BEGIN)
    connection.close()
    for line in sys.stdin:
        first, how = line.split()
        child = os.fork()
        if not child:
            work(int(first), clinic, how == "apart")
        os.waitpid(child, 0)
        print("end", flush=True)


def work(first: int, clinic, apart: bool) -> None:
    """Does one step after the other, until it is killed."""
    from longwatch.alerts.escalate import escalate
    from longwatch.alerts.sweep import sweep

    print(os.getpid(), flush=True)
    chance = random.Random(first)
    for number in count(first):
        kind = chance.choices(("send", "escalate", "sweep", "close"), (70, 18, 6, 6))[0]
        if kind == "send":
            send(number, clinic, apart)
            print("sent", number, flush=True)
            continue
        if kind == "escalate":
            escalate(moment(number), clinic)
        elif kind == "sweep" and not apart:
            # It would raise what is missing, and hide the mistake that is looked for.
            sweep(moment(number), clinic, engine="python")
        elif kind == "close":
            close_one(number, clinic, chance)
        print("went", number, flush=True)


def send(number: int, clinic, apart: bool) -> None:
    """One result of one person; on a line of its own, every other one."""
    from tests.store.messages import NEW_PEOPLE, oru

    from longwatch.alerts.evaluate import hook
    from longwatch.store.arrivals import receive

    raise_alerts = hook(clinic, lambda: moment(number), "python")
    arrived = receive(
        oru(
            "15" if is_low(number) else "250",
            who=f"{number // DRAWS}",
            order=f"A{number}",
            control=f"C{number}",
            born="19800229",
            day=f"{day_of(number):%Y%m%d}",
        ),
        channel="mllp",
        received=moment(number),
        reception=NEW_PEOPLE,
        control_id=f"C{number}",
        and_then=None if apart else raise_alerts,
    )
    if apart:
        time.sleep(0.004)
        raise_alerts(arrived)


def close_one(number: int, clinic, chance: random.Random) -> None:
    """Somebody looks at an alert, does something and closes it: three steps, three transactions."""
    from django.contrib.auth.models import User

    from longwatch.alerts.acting import act, close, see
    from longwatch.store.models import Alert, State

    standing = Alert.objects.exclude(state=State.CLOSED).filter(kind=Alert.Kind.FINDING)
    keys = list(standing.order_by("-id").values_list("id", flat=True)[:20])
    if not keys:
        return
    one, nurse, now = chance.choice(keys), User.objects.get(username="nurse"), moment(number)
    see(one, nurse, now, clinic)
    act(one, nurse, now, clinic, "called")
    close(one, nurse, now, clinic, "done", follow_up=clinic.today(now) + timedelta(days=3))


if __name__ == "__main__":
    main(sys.argv[1])
