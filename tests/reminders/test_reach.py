"""Who may be reached how: each change is audited, and a stop counts at once (H33)."""

from __future__ import annotations

import json
from datetime import date, timedelta

import pytest
from tests.reminders.conftest import noon

from longwatch.core.errors import UsageError

DAY = date(2026, 2, 12)
NOW = noon(DAY)


def entries(action=None):
    from longwatch.store.models import AuditEntry

    rows = AuditEntry.objects.filter(kind="reachability").order_by("number")
    return [row for row in rows if action in (None, row.action)]


def test_each_change_stands_in_the_audit_log_without_the_address(clinic):
    from longwatch.reminders.reach import change_reach

    person = clinic.treat("p1")
    values = {"email": "secret@example.org", "opted_out": ["text"], "greeting": "Ann"}
    change_reach(person, values, actor="nora", at=NOW)

    last = entries()[-1]
    assert (last.actor, last.patient) == ("nora", "p1")
    assert json.loads(last.detail) == {
        "email": "changed", "greeting": "changed", "opted_out": ["[]", '["text"]'],
    }  # fmt: skip


def test_what_changes_nothing_is_no_change(clinic):
    from longwatch.reminders.reach import change_reach

    person = clinic.treat("p1")
    before = len(entries())
    change_reach(person, {"email": "p@example.org"}, actor="nora", at=NOW)

    assert len(entries()) == before


@pytest.mark.parametrize(
    "values",
    [
        {"channels": ["pigeon"]},
        {"opted_out": ["mail"]},
        {"zone": "Mars/Olympus"},
        {"quiet_from": "8pm"},
        {"email": "a@b.c\nBcc: x@y.z"},
        {"email": "a@b.c, x@y.z"},
        {"phone": "1\r\n2"},
        {"shoe": "43"},
    ],
)
def test_what_cannot_be_is_refused_and_changes_nothing(clinic, values):
    from longwatch.reminders.reach import change_reach
    from longwatch.store.models import Reachability

    person = clinic.treat("p1")
    with pytest.raises(UsageError):
        change_reach(person, {"language": "es", **values}, actor="nora", at=NOW)

    assert Reachability.objects.get().language == "en"


def test_H33_a_death_stops_everything_at_once_and_a_mistake_is_taken_back(clinic):
    from longwatch.reminders.reach import resume_reminders, stop_reminders
    from longwatch.store.models import Dispatch, Reminder, Result

    person = clinic.treat("p1")
    early = NOW.replace(hour=2)  # quiet: the text waits
    clinic.run(early)
    assert Dispatch.objects.get().state == "waiting"

    assert stop_reminders(person, "died", actor="nora", at=early) == 1
    for day in (date(2026, 2, 12), date(2026, 2, 20), date(2026, 3, 12)):
        assert clinic.run(day, again=True).made == []
    clinic.drawn("p1", date(2026, 2, 12), {"platelets": (240.0, "10*9/L")})
    assert not any(way.sent for way in clinic.ways.values())
    assert Result.objects.filter(patient=person).count() == 1

    resume_reminders(person, actor="nora", at=NOW, reason="somebody of the same name")
    clinic.run(date(2026, 3, 1))

    assert [len(way.sent) for way in clinic.ways.values()] == [0, 0, 1]
    assert {row.dispatch.state for row in Reminder.objects.all()} == {"sent"}
    assert [one.action for one in entries()][-2:] == ["stopped reminders", "resumed reminders"]


def test_H33_a_stop_while_a_text_is_being_prepared_is_noticed(clinic):
    from longwatch.reminders.clinic import read_clinic
    from longwatch.reminders.making import make
    from longwatch.reminders.reach import stop_reminders
    from longwatch.reminders.rounds import plan_round

    person = clinic.treat("p1")
    plans, _ = plan_round(DAY, read_clinic())
    stop_reminders(person, "moved", actor="nora", at=NOW)

    assert [make(plan, DAY, NOW) for plan in plans] == [False]


def test_a_stop_needs_a_known_reason_and_taking_it_back_one_in_words(clinic):
    from longwatch.reminders.reach import resume_reminders, stop_reminders

    person = clinic.treat("p1")
    with pytest.raises(UsageError, match="died"):
        stop_reminders(person, "gone", actor="nora", at=NOW)
    with pytest.raises(UsageError, match="reason"):
        resume_reminders(person, actor="nora", at=NOW, reason=" ")


def test_an_address_corrected_or_a_way_closed_before_it_is_sent_counts(clinic):
    from longwatch.reminders.reach import change_reach
    from longwatch.store.models import Dispatch

    person = clinic.treat("p1")
    clinic.run(NOW.replace(hour=2))
    change_reach(person, {"opted_out": ["email"], "phone": "222"}, actor="nora", at=NOW)
    clinic.run(NOW)
    clinic.run(NOW + timedelta(minutes=1))

    assert not clinic.email.sent
    assert [parcel.to for parcel in clinic.text.sent] == ["222"]
    assert set(Dispatch.objects.values_list("state", "cancelled")) == {
        ("cancelled", "opted-out"), ("sent", None),
    }  # fmt: skip


def test_what_was_answered_before_it_is_sent_is_not_sent(clinic):
    from longwatch.store.models import Dispatch

    clinic.treat("p1")
    clinic.run(NOW.replace(hour=2))
    clinic.drawn("p1", date(2026, 2, 10))
    clinic.run(NOW)

    assert not clinic.email.sent
    assert Dispatch.objects.get().cancelled == "not-asked"
