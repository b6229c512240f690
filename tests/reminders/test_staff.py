"""What staff do when nothing has helped: tasks, contacts, decisions, the morning's mail (H32)."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from tests.reminders.conftest import noon

from longwatch.core.errors import UsageError

LATE = date(2026, 3, 8)
"""The day of the step `call` for the items due on 12 February."""


@pytest.fixture
def late(clinic):
    """Somebody whom mail, text and letter did not bring: a task stands open."""
    person = clinic.treat("p1")
    for day in (date(2026, 2, 20), date(2026, 2, 24), date(2026, 3, 1), LATE):
        clinic.run(day)
    return person


def open_now():
    from longwatch.reminders.digest import open_tasks

    return [(task.kind, task.patient.reference) for task in open_tasks()]


def test_only_reaching_them_ends_the_task_and_the_asking_goes_on(clinic, late, nurse):
    from longwatch.reminders.contacts import history, record_contact

    at = noon(LATE)
    assert open_now() == [("call", "p1")]
    record_contact(late, "call", "no-answer", actor=nurse, at=at)
    record_contact(late, "call", "left-word", actor=nurse, at=at + timedelta(hours=1))
    assert open_now() == [("call", "p1")]
    record_contact(late, "call", "reached", actor=nurse, at=at + timedelta(hours=2), note="Monday")
    assert open_now() == []

    clinic.run(LATE + timedelta(days=13))
    assert open_now() == []
    clinic.run(LATE + timedelta(days=14))

    assert open_now() == [("call", "p1")]
    told = [(one.kind, one.outcome, one.actor and one.actor.username) for one in history(late)]
    assert [one for one in told if one[2]] == [
        ("call", "reached", "nora"), ("call", "left-word", "nora"), ("call", "no-answer", "nora"),
    ]  # fmt: skip
    assert ("letter", "sent", None) in told


def test_every_contact_is_audited_with_its_author(late, nurse):
    from longwatch.reminders.contacts import record_contact
    from longwatch.store.audit import verify_audit
    from longwatch.store.models import AuditEntry

    record_contact(late, "visit", "reached", actor=nurse, at=noon(LATE))

    entry = AuditEntry.objects.order_by("number").last()
    assert (entry.action, entry.actor, entry.patient) == ("contacted", "nora", "p1")
    assert verify_audit().problem is None


@pytest.mark.parametrize(("kind", "outcome"), [("pigeon", "reached"), ("call", "maybe")])
def test_a_contact_of_another_kind_is_refused(late, nurse, kind, outcome):
    from longwatch.reminders.contacts import record_contact

    with pytest.raises(UsageError):
        record_contact(late, kind, outcome, actor=nurse, at=noon(LATE))


def test_H32_who_is_lost_is_left_in_peace_until_the_day_to_look_again_and_never_forgotten(
    clinic, late, nurse
):
    from longwatch.reminders.follow_up import current, decide

    again = LATE + timedelta(days=60)
    decide(
        late, "lost", actor=nurse, reason="no answer since February", on=LATE, at=noon(LATE),
        recheck_on=again,
    )  # fmt: skip
    assert open_now() == []
    for days in (5, 30, 59):
        assert clinic.run(LATE + timedelta(days=days)).made == []
    assert current(late).recheck_on == again

    clinic.run(again)

    assert sorted(open_now()) == [("call", "p1"), ("recheck", "p1")]
    decide(late, "back", actor=nurse, reason="moved house", on=again, at=noon(again))
    assert current(late) is None
    assert open_now() == []
    clinic.run(again + timedelta(days=14))
    assert ("call", "p1") in open_now()


@pytest.mark.parametrize(
    ("state", "reason", "recheck"),
    [("lost", "gone", None), ("refuses", "said so", LATE), ("lost", " ", date(2027, 1, 1)),
     ("dead", "x", date(2027, 1, 1))],
)  # fmt: skip
def test_H32_no_decision_without_a_reason_and_a_day_to_look_again(
    late, nurse, state, reason, recheck
):
    from longwatch.reminders.follow_up import decide
    from longwatch.store.models import FollowUp

    with pytest.raises(UsageError):
        decide(late, state, actor=nurse, reason=reason, on=LATE, at=noon(LATE), recheck_on=recheck)
    assert not FollowUp.objects.exists()


def test_H32_the_database_itself_refuses_a_decision_without_a_day(late, nurse):
    from django.db import IntegrityError, transaction

    from longwatch.store.models import FollowUp

    row = {"patient": late, "state": "lost", "reason": "x", "actor": nurse, "on": LATE}
    for recheck in (None, LATE):
        with pytest.raises(IntegrityError), transaction.atomic():
            FollowUp.objects.create(**row, at=noon(LATE), recheck_on=recheck)


def test_a_named_person_ends_the_asking_for_one_item_and_the_next_is_asked_for(clinic, late, nurse):
    from longwatch.reminders.clinic import read_clinic
    from longwatch.reminders.follow_up import end_asking
    from longwatch.reminders.rounds import plan_round

    with pytest.raises(UsageError):
        end_asking(late, "cbc", date(2026, 2, 12), actor=nurse, reason="", at=noon(LATE))
    end_asking(late, "cbc", date(2026, 2, 12), actor=nurse, reason="done abroad", at=noon(LATE))

    plans, _ = plan_round(LATE + timedelta(days=60), read_clinic())
    asked = {ask.activity for plan in plans for ask, _ in (*plan.told, *plan.tasks)}
    assert "cbc" not in asked
    assert "creatinine" in asked


def test_the_dead_are_on_no_list_and_a_mistake_brings_them_back(late, nurse):
    from longwatch.reminders.reach import resume_reminders, stop_reminders

    stop_reminders(late, "died", actor="nora", at=noon(LATE))
    assert open_now() == []
    resume_reminders(late, actor="nora", at=noon(LATE), reason="wrong person")

    assert open_now() == [("call", "p1")]


def test_the_morning_mail_comes_once_a_day_to_each_who_has_the_role_with_numbers_only(
    clinic, late, nurse
):
    from django.contrib.auth.models import User

    User.objects.create(username="someone", email="else@clinic.example")
    morning = noon(LATE + timedelta(days=1)).replace(hour=4)  # 5 in Berlin
    clinic.run(morning)
    before = [parcel for parcel in clinic.email.sent if parcel.to == nurse.email]
    for number in range(3):
        clinic.run(morning.replace(hour=6) + timedelta(minutes=number))

    mails = [parcel for parcel in clinic.email.sent if parcel.to == nurse.email]
    assert len(mails) - len(before) == 1
    assert "    1  people to call" in mails[-1].text
    assert "p1" not in mails[-1].text
    assert not [parcel for parcel in clinic.email.sent if parcel.to == "else@clinic.example"]


def test_somebody_who_left_the_role_gets_no_mail(clinic, nurse):
    from longwatch.store.models import Membership

    Membership.objects.update(until=noon(LATE))
    clinic.run(LATE)

    assert clinic.email.sent == []


def test_tables_that_are_written_once_refuse_a_change(clinic, late, nurse):
    from django.db import DatabaseError, transaction

    from longwatch.store.models import SendAttempt

    for change in (SendAttempt.objects.all().delete, lambda: SendAttempt.objects.update(code="x")):
        with pytest.raises(DatabaseError), transaction.atomic():
            change()
