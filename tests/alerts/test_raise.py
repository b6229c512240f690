"""A result that arrives is an alert in the same transaction, once, and stays until it is over."""

import json
from datetime import timedelta
from itertools import permutations

import pytest
from tests.alerts.conftest import NOW, Ward, people


def _open(ward, kind="finding"):
    return {alert.rule: alert for alert in ward.alerts(kind=kind) if alert.state != "closed"}


def test_a_low_count_is_an_alert_when_the_message_is_stored(ward):
    ward.send("15")

    alert = _open(ward)["PLT-1"]
    assert (alert.subject, alert.tier, alert.state) == ("p1", "emergency", "raised")
    assert alert.result.value == 15
    assert alert.role.name == "nurse"
    assert (alert.protocol, alert.version) == ("alemtuzumab-us", "2026.1")
    assert json.loads(alert.detail)["action"].startswith("Emergency department")


def test_a_normal_count_is_none(ward):
    ward.send("240")

    assert _open(ward) == {}


def test_the_same_again_changes_nothing(ward):
    ward.send("15")
    before = [(a.pk, a.step) for a in ward.alerts()]
    for _ in range(3):
        ward.send("15")

    assert [(a.pk, a.step) for a in ward.alerts()] == before


def test_a_new_abnormal_value_raises_it_again_also_when_it_was_seen(ward):
    ward.send("15")
    alert = _open(ward)["PLT-1"]
    from longwatch.alerts.acting import see

    see(alert.pk, ward.user("ann"), ward.now, ward.clinic)
    ward.wait(hours=1)
    ward.send("12", day="20250701")

    assert ward.states(alert) == ["raised", "seen", "raised-again"]
    assert len(ward.alerts(rule="PLT-1")) == 1


def test_a_final_value_that_confirms_a_preliminary_one_calls_nobody_again(ward):
    ward.send("15", status="P")
    ward.send("15", status="F", sent="20250630130000")

    assert ward.states(_open(ward)["PLT-1"]) == ["raised"]


def test_a_preliminary_value_is_an_alert_and_says_so(ward):
    ward.send("15", status="P")

    assert json.loads(_open(ward)["PLT-1"].detail)["finding"]["preliminary"] is True


def test_H16_a_value_corrected_to_normal_keeps_the_alert_open(ward):
    ward.send("15")
    ward.send("150", status="C", sent="20250630130000")

    alert = _open(ward)["PLT-1"]
    assert ward.states(alert) == ["raised", "value-corrected"]
    ward.wait(days=1)
    ward.send("250", day="20250701")
    assert _open(ward)["PLT-1"].state == "value-corrected"


def test_H16_a_value_corrected_to_abnormal_is_a_new_alert(ward):
    ward.send("240")
    ward.send("15", status="C", sent="20250630130000")

    assert "PLT-1" in _open(ward)


def test_H17_a_result_of_somebody_else_is_taken_back_and_told(ward):
    ward.send("15")
    ward.send("15", status="W", sent="20250630130000")

    assert _open(ward)["PLT-1"].state == "value-corrected"


def test_a_later_normal_value_does_not_close_what_nobody_has_acted_on(ward):
    ward.send("15")
    ward.wait(days=1)
    ward.send("250", day="20250701")

    alert = _open(ward)["PLT-1"]
    assert ward.states(alert) == ["raised", "closable"]
    assert alert.states.get(state="closable").result.value == 250


def test_a_later_normal_value_closes_what_asks_for_no_action(ward):
    ward.send("140")
    assert _open(ward)["PLT-5"].tier == "week"
    ward.wait(days=1)
    ward.send("250", day="20250701")

    (alert,) = ward.alerts(rule="PLT-5")
    assert ward.states(alert) == ["raised", "closable", "closed"]
    assert alert.next_at is None


def test_a_normal_value_that_is_taken_back_opens_it_again(ward):
    ward.send("140")
    ward.wait(days=1)
    ward.send("250", day="20250701")
    ward.send("250", day="20250701", status="W", sent="20250701130000")

    assert [a.state for a in ward.alerts(rule="PLT-5")] == ["closed", "raised"]
    assert ward.alerts(rule="PLT-5")[1].episode == "2025-06-30 (2)"


MESSAGES = [
    ("30", "20250620", "F", "20250620120000"),
    ("15", "20250624", "P", "20250624120000"),
    ("18", "20250624", "F", "20250624130000"),
    ("250", "20250627", "F", "20250627120000"),
]


def _story(ward):
    """What stands open and what each rule was ever raised for: not in which order."""
    told = {}
    for alert in ward.alerts(kind="finding"):
        details = [alert.detail, *(s.detail for s in alert.states.all() if s.detail)]
        days = {key.partition("=")[0] for d in details for key in json.loads(d)["keys"]}
        state = {"raised": "open", "raised-again": "open"}.get(alert.state, alert.state)
        told.setdefault(alert.rule, []).append((state, sorted(days)))
    return told


def _in_every_order(new_store, messages):
    from longwatch.store.record_in import write_record

    stories = []
    for order in permutations(messages):
        new_store()
        write_record(people(), source="registry", at=NOW - timedelta(days=60))
        ward = Ward()
        for value, day, status, sent in order:
            ward.send(value, day, status, sent=sent)
        stories.append(_story(ward))
    return stories


def test_H20_every_order_of_messages_ends_in_the_same_alerts(new_store):
    stories = _in_every_order(new_store, MESSAGES[1:])

    assert stories[0]["PLT-1"] == [("closable", ["2025-06-24"])]
    assert all(story == stories[0] for story in stories)


@pytest.mark.campaign
def test_H20_every_order_of_five_messages_too(new_store):
    stories = _in_every_order(new_store, [*MESSAGES, ("12", "20250629", "F", "20250629120000")])

    assert stories[0]["PLT-1"] == [("open", ["2025-06-24", "2025-06-29"])]
    assert all(story == stories[0] for story in stories)


def test_H43_what_was_entered_years_later_is_historic_and_ended_by_later_values(ward):
    ward.now += timedelta(days=3 * 366)
    ward.send("15", day="20250610")
    alert = _open(ward)["PLT-1"]
    assert alert.historic
    assert alert.next_at > ward.now + timedelta(days=1)

    ward.send("250", day="20250630")
    assert ward.alerts(rule="PLT-1")[0].state == "closed"


def test_what_is_overdue_is_an_alert_and_ends_with_its_result(ward):
    from longwatch.alerts.evaluate import evaluate

    evaluate(["p1"], ward.now, ward.clinic, engine="python")
    before = _open(ward, "overdue")
    # No white cells were ever counted; creatinine was last measured two months ago.
    assert (before["cbc"].tier, before["creatinine"].tier) == ("same-day", "week")
    evaluate(["p1"], ward.now, ward.clinic, engine="python")
    assert {a.rule: a.step for a in _open(ward, "overdue").values()} == dict.fromkeys(before, 1)

    ward.send("70", code="2160-0^Creatinine^LN", unit="umol/L", day="20250701", order="K1")
    ended = before["creatinine"].states.get(state="closed")
    assert (ended.result.test, ended.result.value, ended.actor) == ("creatinine", 70, None)


def test_what_stays_overdue_is_raised_again_when_it_weighs_more(ward):
    from longwatch.alerts.evaluate import evaluate

    evaluate(["p1"], ward.now, ward.clinic, engine="python")
    alert = _open(ward, "overdue")["creatinine"]
    ward.wait(days=14)
    evaluate(["p1"], ward.now, ward.clinic, engine="python")

    assert ward.states(alert) == ["raised", "raised-again"]
    assert _open(ward, "overdue")["creatinine"].tier == "48-hours"


def test_H30_a_critical_result_of_nobody_known_calls_the_desk(ward):
    from tests.store.messages import RECEPTION, oru

    from longwatch.store.arrivals import receive

    raw = oru("9", who="999").replace(b"|150-400||||F", b"|150-400|LL|||F")
    receive(raw, channel="mllp", received=ward.now, reception=RECEPTION, and_then=ward.hook)
    receive(raw, channel="mllp", received=ward.now, reception=RECEPTION, and_then=ward.hook)
    receive(oru("240", who="998", control="C9"), channel="mllp", received=ward.now,
            reception=RECEPTION, and_then=ward.hook)  # fmt: skip

    (alert,) = ward.alerts(kind="desk")
    assert (alert.tier, alert.role.name) == ("emergency", "laboratory-desk")
    assert alert.subject.startswith("held:")


def test_somebody_whose_protocol_is_lost_is_watched_by_the_clinics_own_and_it_is_told(ward):
    from longwatch.store.models import ProtocolInForce

    ProtocolInForce.objects.create(
        patient_id=1, protocol="gone/away", since="2025-06-01", author="x", filed_at=ward.now
    )
    ward.send("15")
    ward.send("12", day="20250701")

    assert "PLT-1" in _open(ward)
    assert len(ward.alerts(kind="incident", rule="PROTOCOL")) == 1


def test_H31_somebody_who_moved_away_is_watched_until_a_person_ends_it(ward):
    from longwatch.alerts.sweep import sweep
    from longwatch.store.models import Patient
    from longwatch.store.stopping import stop_reminders

    stop_reminders(Patient.objects.get(reference="p1"), "moved", actor="nora", at=ward.now)
    ward.send("15")
    ward.wait(days=60)
    sweep(ward.now, ward.clinic, engine="python")

    assert {"PLT-1"} <= {
        alert.rule for alert in ward.alerts(subject="p1") if alert.state != "closed"
    }
    assert ward.alerts(subject="p1", kind="overdue")
