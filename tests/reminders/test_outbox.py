"""H50: what fails is told apart, tried again, shown, and reaches the person by another way."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from tests.reminders.conftest import Post, noon

from longwatch.reminders.channels import (
    AddressRefusedError,
    MaybeSentError,
    SetupError,
    TryLaterError,
)
from longwatch.reminders.ladder import default_ladder

DAY = date(2026, 2, 12)
NOW = noon(DAY)
MINUTE = timedelta(minutes=1)


def attempts():
    from longwatch.store.models import SendAttempt

    return list(SendAttempt.objects.order_by("pk").values_list("outcome", "code"))


def contacts():
    from longwatch.store.models import Contact

    return list(Contact.objects.order_by("pk").values_list("kind", "outcome"))


@pytest.mark.parametrize(
    ("raised", "outcome"),
    [
        (TryLaterError("451"), "later"),
        (SetupError("password 535"), "setup"),
        (MaybeSentError("hung up"), "unknown"),
        (RuntimeError("Ann Roe has multiple sclerosis"), "setup"),
    ],
)
def test_H50_what_may_work_later_is_tried_again_under_the_same_key(clinic, raised, outcome):
    clinic.email.answers = [raised]
    clinic.treat("p1")
    clinic.run(NOW)
    clinic.run(NOW + MINUTE / 2)
    assert not clinic.email.sent

    clinic.run(NOW + 2 * MINUTE)

    assert [found for found, _ in attempts()] == [outcome, "sent"]
    assert not any("sclerosis" in code for _, code in attempts())
    assert contacts() == [("email", "sent")]
    assert len(clinic.email.sent) == 1


def test_H50_the_pauses_grow_and_after_the_last_the_next_way_is_taken(clinic):
    from longwatch.store.models import Dispatch

    minutes = default_ladder().retry_minutes
    clinic.email.answers = [TryLaterError("451")] * (len(minutes) + 1)
    clinic.treat("p1", quiet_from="00:00", quiet_until="00:00")
    clinic.run(NOW)
    at = NOW
    for wait in minutes:
        clinic.run(at + timedelta(minutes=wait - 0.5))
        at += timedelta(minutes=wait + 0.1)
        clinic.run(at)
    clinic.run(at + MINUTE)

    assert len(attempts()) == len(minutes) + 2
    assert contacts() == [("email", "failed"), ("text", "sent")]
    assert list(Dispatch.objects.order_by("pk").values_list("state", flat=True)) == [
        "failed", "sent",
    ]  # fmt: skip


def test_H50_an_address_that_is_refused_is_left_alone_and_the_next_way_is_taken_at_once(clinic):
    from longwatch.reminders.digest import counts
    from longwatch.reminders.reach import change_reach

    clinic.email.answers = [AddressRefusedError("550")]
    person = clinic.treat("p1")
    clinic.run(NOW)
    clinic.run(NOW + MINUTE)
    clinic.run(noon(date(2026, 2, 20)))

    assert contacts() == [("email", "bounced"), ("text", "sent"), ("text", "sent")]
    assert counts()["addresses that were refused"] == 1

    change_reach(person, {"email": "new@example.org"}, actor="nora", at=NOW)
    clinic.run(noon(date(2026, 3, 2)))
    assert counts()["addresses that were refused"] == 0


def test_H50_who_cannot_be_reached_by_any_way_is_a_task_for_staff(clinic):
    from longwatch.store.models import StaffTask

    for way in clinic.ways.values():
        way.answers = [AddressRefusedError("550")]
    clinic.treat("p1")
    for number in range(4):
        clinic.run(NOW + number * MINUTE)

    task = StaffTask.objects.get()
    assert (task.kind, task.why) == (
        "call", "an address was refused, and there is no other way",
    )  # fmt: skip


def test_H50_a_mail_that_comes_back_later_takes_the_next_way_once(clinic):
    from longwatch.reminders.aftermath import record_bounce

    clinic.treat("p1")
    clinic.run(NOW)
    (key,) = clinic.email.keys

    came_back = [record_bounce(key, NOW + MINUTE), record_bounce(key, NOW + 2 * MINUTE)]
    clinic.run(NOW + 3 * MINUTE)

    assert came_back == [True, False]
    assert contacts() == [("email", "sent"), ("email", "bounced"), ("text", "sent")]


def test_H50_a_worker_that_dies_after_sending_may_send_twice_under_one_key_and_it_is_noted(clinic):
    from longwatch.reminders.outbox import LEASE

    clinic.treat("p1")
    dies = patch("longwatch.reminders.outbox.record", side_effect=KeyboardInterrupt)
    with dies, pytest.raises(KeyboardInterrupt):
        clinic.run(NOW)
    clinic.run(NOW + LEASE / 2)
    assert len(clinic.email.sent) == 1

    clinic.run(NOW + LEASE + MINUTE)

    assert len(clinic.email.keys) == 2
    assert len(set(clinic.email.keys)) == 1
    assert attempts() == [("unknown", "stopped"), ("sent", "taken")]


def test_a_worker_that_dies_before_sending_sends_nothing_twice(clinic):
    from longwatch.reminders.outbox import LEASE

    clinic.treat("p1")
    clinic.email.answers = [KeyboardInterrupt()]
    with pytest.raises(KeyboardInterrupt):
        clinic.run(NOW)
    clinic.run(NOW + LEASE + MINUTE)

    assert len(clinic.email.sent) == 1


def test_a_slow_worker_whose_lease_ended_is_believed_that_it_sent_and_not_that_it_failed(clinic):
    from longwatch.reminders.clinic import read_clinic
    from longwatch.reminders.outbox import LEASE, claim, record
    from longwatch.store.models import Dispatch, SendAttempt

    clinic.treat("p1")
    clinic.run(NOW.replace(hour=2))
    pk = Dispatch.objects.get().pk
    slow = claim(pk, NOW, "slow")
    assert claim(pk, NOW + MINUTE, "other") is None
    assert claim(pk, NOW + LEASE + MINUTE, "other") is not None

    late = SendAttempt.Outcome.LATER
    record(slow, "slow", late, "451", NOW + LEASE, read_clinic())
    assert Dispatch.objects.get().worker == "other"
    assert Dispatch.objects.get().lease_until is not None
    record(slow, "slow", SendAttempt.Outcome.SENT, "taken", NOW + LEASE, read_clinic())

    assert Dispatch.objects.get().state == "sent"


def test_a_channel_in_trouble_is_left_alone_for_the_rest_of_the_round_and_staff_are_told(clinic):
    clinic.email.answers = [TryLaterError("silent")] * 9
    for number in range(6):
        clinic.treat(f"p{number}")

    done = clinic.run(NOW)

    assert len(attempts()) == 3
    assert done.delivery.counts["waiting"] == 3
    assert done.problems == ["email is in trouble: it did not take 3 texts in a row"]


def test_without_a_channel_or_a_telephone_everything_waits_and_says_so(clinic):
    from longwatch.store.models import Dispatch, Setting

    clinic.treat("p1")
    email = clinic.ways.pop("email")
    assert "no channel for email is set up" in clinic.run(NOW).problems

    clinic.ways["email"] = email
    Setting.objects.filter(key="clinic.telephone").delete()
    done = clinic.run(NOW)
    assert any("clinic.telephone is not set" in problem for problem in done.problems)
    assert Dispatch.objects.get().state == "waiting"


@pytest.mark.parametrize("workers", [2, 4])
def test_workers_at_once_make_each_step_once_and_send_nothing_twice(clinic, workers):
    from django.db import connection

    from longwatch.store.audit import verify_audit
    from longwatch.store.models import Reminder

    for number in range(5):
        clinic.treat(f"p{number}")

    def work(number):
        try:
            return clinic.run(NOW + timedelta(seconds=number), again=True)
        finally:
            connection.close()

    with ThreadPoolExecutor(workers) as threads:
        list(threads.map(work, range(workers)))
    clinic.run(NOW + MINUTE)

    assert len(clinic.email.sent) == len(set(clinic.email.keys)) == 5
    assert contacts() == [("email", "sent")] * 5
    assert Reminder.objects.count() == 5 * 2 * 4
    assert verify_audit().problem is None


def test_nothing_is_sent_inside_a_transaction(clinic):
    from django.db import connection

    class Looking(Post):
        def send(self, parcel):
            assert not connection.in_atomic_block
            return super().send(parcel)

    clinic.ways["email"] = looking = Looking()
    clinic.treat("p1")
    clinic.run(NOW)

    assert len(looking.sent) == 1
