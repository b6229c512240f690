"""Several threads at once: every message once, every chain whole, nobody made twice."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from tests.store.messages import NEW_PEOPLE, clinic, oru

from longwatch.store.arrivals import receive
from longwatch.store.audit import verify_audit
from longwatch.store.desk import Batch, Manner, decide
from longwatch.store.message_read import Delivery, read_delivery
from longwatch.store.models import Identifier, Message, Patient, Result
from longwatch.store.record_in import write_record


def _at_once(messages, now):
    def work(place):
        number, raw = place
        try:
            when = now + timedelta(seconds=number)
            return receive(raw, channel="mllp", received=when, reception=NEW_PEOPLE).state
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        return list(threads.map(work, enumerate(messages)))


def test_messages_about_one_person_at_the_same_moment_are_each_filed_once(store, now):
    write_record(clinic(), source="registry", at=now)
    messages = [oru("25", order=f"A{n}", control=f"C{n}") for n in range(6)]

    states = _at_once(messages * 2, now)

    assert sorted(states) == ["duplicate"] * 6 + ["filed"] * 6
    assert Result.objects.count() == 6
    assert Message.objects.filter(first=None).count() == 6
    assert verify_audit().problem is None


def test_somebody_new_in_several_messages_at_once_becomes_one_patient(store, now):
    messages = [oru("25", who="77", order=f"A{n}", control=f"C{n}") for n in range(6)]

    states = _at_once(messages, now)

    assert states == ["filed"] * 6
    assert Patient.objects.count() == 1
    assert Identifier.objects.count() == 1
    assert Result.objects.count() == 6


def test_whoever_became_known_since_the_decision_is_decided_about_again(store, now):
    raw = oru("25", who="77", order="A0", control="C0")
    read = read_delivery(Delivery(raw, "mllp", now), NEW_PEOPLE)
    batch = Batch(read.items, "mllp", read.kind, now.replace(tzinfo=None))
    with transaction.atomic():
        decided = decide(batch, Manner(create_patients=True))
    _at_once([oru("31", who="77", order="A1", control="C1")], now)

    with pytest.raises(IntegrityError, match="meanwhile"), transaction.atomic():
        decided.write(now, None, "mllp")

    assert Result.objects.count() == 1


def test_the_same_result_in_two_messages_at_once_is_filed_once(store, now):
    write_record(clinic(), source="registry", at=now)
    messages = [oru("25", control=f"C{n}") for n in range(6)]

    states = _at_once(messages, now)

    assert sorted(states) == ["duplicate"] * 5 + ["filed"]
    assert Result.objects.count() == 1
