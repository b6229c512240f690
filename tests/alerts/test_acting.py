"""H46-H49: seen is not acted, closed needs a reason, and of two people one is first."""

import json
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from longwatch.core.errors import UsageError


@pytest.fixture
def raised(ward):
    ward.send("15")
    return next(alert for alert in ward.alerts() if alert.rule == "PLT-1")


@pytest.fixture
def acting(ward):
    from longwatch.alerts import acting

    return acting


def test_a_life_from_raised_to_closed(ward, raised, acting):
    ann = ward.user("ann")
    acting.see(raised.pk, ann, ward.now, ward.clinic)
    acting.act(raised.pk, ann, ward.now, ward.clinic, "sent to the emergency department")
    ward.wait(days=1)
    ward.send("250", day="20250701")

    raised.refresh_from_db()
    assert ward.states(raised) == ["raised", "seen", "acted", "closable", "closed"]
    ended = raised.states.get(state="closed")
    assert (ended.actor, ended.result.value) == (None, 250)


def test_an_emergency_is_not_closed_before_somebody_has_acted(ward, raised, acting):
    ann = ward.user("ann")
    acting.see(raised.pk, ann, ward.now, ward.clinic)

    with pytest.raises(UsageError, match="nobody has said what was done"):
        acting.close(raised.pk, ann, ward.now, ward.clinic, "fine")


def test_closing_before_a_later_normal_value_needs_the_day_of_the_repeat(ward, raised, acting):
    ann = ward.user("ann")
    acting.act(raised.pk, ann, ward.now, ward.clinic, "hematology takes over")

    with pytest.raises(UsageError, match="no later normal result yet"):
        acting.close(raised.pk, ann, ward.now, ward.clinic, "done")
    with pytest.raises(UsageError, match="no repeat can be promised"):
        acting.close(raised.pk, ann, ward.now, ward.clinic, "done", follow_up=ward.now.date())
    acting.close(
        raised.pk, ann, ward.now, ward.clinic, "hematology has her", follow_up=date(2025, 7, 4)
    )

    (promised,) = ward.alerts(kind="follow-up")
    assert (promised.state, promised.next_at.date()) == ("snoozed", date(2025, 7, 4))
    assert json.loads(promised.detail)["of"] == raised.pk


def test_H48_a_promised_repeat_comes_back_on_its_day_and_ends_with_its_result(ward, raised, acting):
    from longwatch.alerts.chase import chase
    from longwatch.alerts.escalate import escalate

    ann = ward.user("ann")
    acting.act(raised.pk, ann, ward.now, ward.clinic, "hematology takes over")
    acting.close(raised.pk, ann, ward.now, ward.clinic, "x", follow_up=date(2025, 7, 4))
    (promised,) = ward.alerts(kind="follow-up")
    ward.now = promised.next_at
    assert promised.pk in escalate(ward.now, ward.clinic)
    assert ward.states(promised) == ["raised", "snoozed", "raised-again"]

    ward.send("180", day="20250704")
    chase(ward.now, ward.clinic)

    assert ward.states(promised)[-1] == "closed"
    assert promised.states.get(state="closed").result.value == 180


def test_what_a_person_closed_is_not_raised_again_for_the_same_value(ward, acting):
    ward.send("140")
    (alert,) = ward.alerts(kind="finding")
    acting.close(alert.pk, ward.user("ann"), ward.now, ward.clinic, "known for years")
    from longwatch.alerts.sweep import sweep

    sweep(ward.now, ward.clinic, engine="python")
    assert [a.state for a in ward.alerts(kind="finding")] == ["closed"]


@pytest.mark.parametrize("note", ["", "   "])
def test_nothing_is_done_without_words(ward, raised, acting, note):
    ann = ward.user("ann")
    for do in (acting.act, acting.close):
        with pytest.raises(UsageError, match="missing"):
            do(raised.pk, ann, ward.now, ward.clinic, note)


@pytest.mark.parametrize("role", [None, "laboratory-desk", "administrator"])
def test_who_has_no_role_for_it_may_not(ward, raised, acting, role):
    with pytest.raises(UsageError, match="may not do this"):
        acting.see(raised.pk, ward.user("carl", role), ward.now, ward.clinic)


def test_a_role_that_has_ended_is_none(ward, raised, acting):
    ann = ward.user("ann")
    ann.memberships.update(until=ward.now - timedelta(hours=1))

    with pytest.raises(UsageError, match="may not do this"):
        acting.see(raised.pk, ann, ward.now, ward.clinic)


def test_an_emergency_cannot_be_put_off_and_nothing_for_ever(ward, raised, acting):
    ann = ward.user("ann")
    with pytest.raises(UsageError, match="cannot be put off"):
        acting.snooze(raised.pk, ann, ward.now, ward.clinic, "later", date(2025, 7, 3))
    other = next(a for a in ward.alerts() if a.rule == "PLT-2")
    with pytest.raises(UsageError, match="cannot wait until"):
        acting.snooze(other.pk, ann, ward.now, ward.clinic, "later", date(2026, 7, 3))
    acting.snooze(other.pk, ann, ward.now, ward.clinic, "in the ward", date(2025, 7, 3))
    assert ward.states(other) == ["raised", "snoozed"]


def test_H49_what_was_decided_on_an_old_screen_is_refused_with_what_happened(ward, raised, acting):
    ann, ben = ward.user("ann"), ward.user("ben", "neurologist")
    acting.see(raised.pk, ann, ward.now, ward.clinic, step=1)

    with pytest.raises(acting.AlreadyMovedError, match="it is seen by ann at 2025-07-01 08:00"):
        acting.act(raised.pk, ben, ward.now, ward.clinic, "called", step=1)


def test_H49_of_fifty_who_acknowledge_at_once_one_is_first(ward, raised, acting):
    from django.db import connection

    users = [ward.user(f"u{number}") for number in range(50)]

    def work(user):
        try:
            acting.see(raised.pk, user, ward.now, ward.clinic, step=1)
        except acting.AlreadyMovedError as error:
            return str(error)
        finally:
            connection.close()
        return "first"

    with ThreadPoolExecutor(8) as threads:
        said = list(threads.map(work, users))

    assert said.count("first") == 1
    assert all("it is seen by u" in one for one in said if one != "first")
    assert ward.states(raised) == ["raised", "seen"]


def test_every_step_of_a_person_stands_in_the_audit_log(ward, raised, acting):
    from longwatch.store.audit import verify_audit
    from longwatch.store.models import AuditEntry

    acting.act(raised.pk, ward.user("ann"), ward.now, ward.clinic, "called her")

    entry = AuditEntry.objects.get(action="acted")
    assert (entry.actor, entry.patient, entry.target) == ("ann", "p1", str(raised.pk))
    assert json.loads(entry.detail)["role"] == "nurse"
    assert verify_audit().problem is None


def test_the_database_refuses_an_open_alert_without_a_next_moment(ward, raised):
    from django.db import IntegrityError, transaction

    from longwatch.store.models import Alert

    with pytest.raises(IntegrityError), transaction.atomic():
        Alert.objects.filter(pk=raised.pk).update(next_at=None)
    with pytest.raises(IntegrityError), transaction.atomic():
        raised.states.create(
            number=2, state="closed", at=ward.now, tier="emergency", note="by nobody"
        )
