"""Messages that wait together are stored together: the store ends as if each had come alone."""

import json
import random
from collections import Counter
from datetime import UTC, datetime

import pytest
from django.db import connection
from tests.store.messages import MRN, RECEPTION, oru
from tests.store.people import adt, believe_the_registry

from longwatch.core.record import Record
from longwatch.feed.arrival import Came, Channel
from longwatch.store.audit import verify_audit
from longwatch.store.models import (
    Alert,
    AuditEntry,
    HeldItem,
    Identifier,
    InboxItem,
    Message,
    Patient,
    Result,
    Standing,
)
from longwatch.store.record_in import write_record

NOW = datetime(2025, 7, 1, 8, tzinfo=UTC)
CHANNEL = Channel("mllp", "10.0.0.5:4711")
PEOPLE = 8
BAD = "POISON"
"""Control id of a message on which the program itself fails."""


def _ward():
    """Eight people on the watch; 1 and 2 look like one person, 8 has a second number."""
    names = [f"p{number}" for number in range(1, PEOPLE + 1)]
    same = ["1990-05-01" if number < 3 else f"19{60 + number}-01-02" for number in range(1, 9)]
    record = Record.from_tables(
        patients={
            "patient": names,
            "sex": ["female"] * PEOPLE,
            "birth_date": same,
            "name": ["Roe, Ann"] * PEOPLE,
        },
        identifiers={
            "authority": [MRN] * PEOPLE + ["urn:other"],
            "value": [name[1:] for name in names] + ["88"],
            "patient": [*names, "p8"],
        },
        infusions={
            "patient": names,
            "date": ["2025-03-03"] * PEOPLE,
            "course": [1] * PEOPLE,
            "day": [1] * PEOPLE,
        },
    )
    write_record(record, source="registry", at=NOW)
    believe_the_registry()


def _clinic():
    from longwatch.alerts.clinic import read_clinic
    from longwatch.alerts.evaluate import hook
    from longwatch.feed.clinic import ClinicStore

    raise_alerts = hook(read_clinic(UTC), lambda: NOW, "python")

    def alerts_or_failure(*arrived):
        raise_alerts(*arrived)
        keys = [one.message for one in arrived]
        if Message.objects.filter(pk__in=keys, control_id=BAD).exists():
            raise ZeroDivisionError

    return ClinicStore(RECEPTION, and_then=alerts_or_failure)


def _send(messages, size):
    """What the sender of each message is told, when so many wait at a time."""
    store, told = _clinic(), []
    for begin in range(0, len(messages), size):
        some = [Came(raw, CHANNEL, NOW) for raw in messages[begin : begin + size]]
        told += store.store_each(some)
    return [type(one).__name__ if isinstance(one, Exception) else str(one) for one in told]


def _state():
    """Everything that the store holds, without keys and without the order of independent rows."""
    audit = Counter()
    for entry in AuditEntry.objects.exclude(action="imported"):
        detail = json.loads(entry.detail)
        detail.pop("alerts", None)
        patient = entry.patient
        audit[entry.action, entry.actor, patient, json.dumps(detail, sort_keys=True)] += 1
    assert verify_audit().problem is None
    results = Result.objects.values_list(
        "patient__reference", "date", "test", "value", "status", "gone", "issued", "note",
        "message__control_id", "supersedes__message__control_id",
    )  # fmt: skip
    alerts = {
        (one.subject, one.kind, one.rule, one.episode, one.tier, one.state, one.detail): list(
            one.states.order_by("number").values_list("state", "tier", "detail", "note")
        )
        for one in Alert.objects.all()
    }
    held = HeldItem.objects.values_list(
        "key", "reason", "detail", "patient", "message__control_id", "resolution"
    )
    standing = Standing.objects.values_list("patient", "tier", "findings", "overdue", "next_due")
    messages = Message.objects.values_list("control_id", "digest", "state", "first__control_id")
    inbox = InboxItem.objects.values_list("result__source", "result__value", "patient")
    return {
        "audit": audit,
        "results": Counter(results),
        "alerts": alerts,
        "held": Counter(held),
        "standing": sorted(standing),
        "messages": Counter(messages),
        "inbox": Counter(inbox),
        "people": sorted(Patient.objects.values_list("reference", "joined_into__reference")),
        "numbers": sorted(Identifier.objects.values_list("authority", "value", "patient")),
    }


def _ends_alike(new_store, messages, sizes):
    """The state after messages one by one is that after groups of any size; how many were held."""
    found = []
    for size in (1, *sizes):
        new_store()
        _ward()
        told = _send(messages, size)
        found.append((told, _state()))
        connection.close()
    for size, (told, state) in zip(sizes, found[1:], strict=True):
        assert told == found[0][0], size
        for name, rows in state.items():
            assert rows == found[0][1][name], (size, name)
    return found[0][1]


RELATED = {
    "two messages of one person, low and normal": [
        oru("15", who="3", order="A1", control="C1", day="20250629"),
        oru("240", who="3", order="A2", control="C2", day="20250630"),
    ],
    "a result and its correction": [
        oru("15", who="3", order="A1", control="C1"),
        oru("150", "C", who="3", order="A1", control="C2", sent="20250603120000"),
    ],
    "a correction before its result": [
        oru("150", "C", who="3", order="A1", control="C2", sent="20250603120000"),
        oru("15", who="3", order="A1", control="C1"),
    ],
    "the same bytes twice": [
        oru("15", who="3"),
        oru("15", who="4", control="C2"),
        oru("15", who="3"),
    ],
    "the same content in two messages": [oru("15", who="3"), oru("15", who="3", control="C2")],
    "a result between and after a merge": [
        oru("15", who="2", control="C1"),
        adt("A40", "1", "2", control="C2"),
        oru("14", who="1", order="A9", control="C3", day="20250629"),
        oru("13", who="2", order="A8", control="C4", day="20250628"),
    ],
    "two of whom nobody knows that they are one person": [
        adt("A40", "1", "2", control="C1"),
        oru("15", who="1", order="A7", control="C2"),
        oru("14", who="2", order="A8", control="C3", day="20250603"),
    ],
    "two numbers of one person": [
        oru("15", who="8", order="A1", control="C1"),
        oru("14", who="88", order="A2", control="C2", day="20250603").replace(
            MRN.encode(), b"urn:other"
        ),
    ],
    "what was taken back": [
        oru("15", who="3", order="A1", control="C1"),
        oru("", "W", who="3", order="A1", control="C2", sent="20250603120000"),
        oru("15", who="4", order="A2", control="C3"),
    ],
    "a bad one among good ones": [
        oru("15", who="3", control="C1"),
        oru("14", who="4", control=BAD),
        oru("13", who="5", control="C3"),
    ],
    "somebody unknown, a unit of nobody's, and no message at all": [
        oru("15", who="77", control="C1"),
        oru("15", who="3", unit="furlongs", control="C2"),
        b"MSH|^~\\&|LIS\rOBX|1|\r",
        oru("15", who="4", control="C3"),
    ],
}


@pytest.mark.parametrize("messages", RELATED.values(), ids=RELATED.keys())
def test_messages_that_wait_together_end_as_one_by_one(new_store, messages):
    _ends_alike(new_store, messages, [len(messages)])


def _drawn(dice, number):
    who = dice.choice("12345678")
    if dice.random() < 0.1:
        return adt(dice.choice(["A40", "A37", "A08"]), "1", "2", control=f"C{number}")
    return oru(
        dice.choice(["240", "15", "14", "<5", "clumped"]),
        dice.choice("PFFFC"),
        who=dice.choice(["88", "77", who, who, who, who]),
        order=f"A{dice.randrange(12)}",
        sent=f"202506{dice.randrange(10, 28)}120000",
        day=f"202506{dice.randrange(1, 9):02}",
        unit=dice.choice(["10*9/L"] * 6 + ["furlongs"]),
        control=BAD if dice.random() < 0.03 else f"C{number}",
    )


def _any_order(new_store, seed, count):
    dice = random.Random(seed)
    messages = [_drawn(dice, number) for number in range(count)]
    messages += [dice.choice(messages) for _ in range(count // 8)]
    dice.shuffle(messages)
    return _ends_alike(new_store, messages, [dice.randrange(2, 9), 50])


def test_any_mixture_ends_as_one_by_one(new_store, monkeypatch):
    from longwatch.store import arrivals

    sizes = []
    real = arrivals.take_in

    def take_in(messages, *rest):
        sizes.append(len(messages))
        return real(messages, *rest)

    monkeypatch.setattr(arrivals, "take_in", take_in)
    state = _any_order(new_store, 7, 40)

    assert max(sizes) > 3, "nothing was stored together"
    assert min(len(state[name]) for name in ("alerts", "held", "results")) > 5


@pytest.mark.campaign
def test_many_mixtures_end_as_one_by_one(new_store):
    for seed in range(100):
        _any_order(new_store, seed, 60)
