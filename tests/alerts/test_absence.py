"""H15, H24, H44: what does not come is noticed: a laboratory, a result, a final value, an alert."""

import json
from datetime import timedelta

import pytest

from longwatch.core.errors import UsageError


@pytest.fixture
def laboratory(ward):
    from longwatch.alerts.feeds import LABORATORIES
    from longwatch.store.models import Setting

    one = {"laboratory": "LIS/LAB", "hours": 24, "since": "2025-06-30T08:00+00:00"}
    Setting.objects.create(key=LABORATORIES, value=json.dumps([one]))
    return one


def _listen(ward):
    from longwatch.alerts.feeds import listen_for_silence

    return listen_for_silence(ward.now, ward.clinic)


def test_H24_a_laboratory_that_falls_silent_is_an_alert_once(ward, laboratory):
    ward.send("240")
    assert _listen(ward) == []
    ward.wait(hours=25)

    assert len(_listen(ward)) == 1
    assert _listen(ward) == []
    (alert,) = ward.alerts(kind="feed")
    assert (alert.subject, alert.tier) == ("laboratory:LIS/LAB", "same-day")
    assert alert.role.name == "laboratory-desk"


def test_H24_it_closes_only_by_a_message_heard_and_a_person(ward, laboratory):
    from longwatch.alerts.acting import act, close

    desk = ward.user("dora", "laboratory-desk")
    ward.wait(hours=25)
    _listen(ward)
    (alert,) = ward.alerts(kind="feed")
    act(alert.pk, desk, ward.now, ward.clinic, "called them")
    with pytest.raises(UsageError, match="nothing has been heard"):
        close(alert.pk, desk, ward.now, ward.clinic, "they say it works")

    ward.send("240")
    _listen(ward)
    assert ward.states(alert)[-1] == "closable"
    close(alert.pk, desk, ward.now, ward.clinic, "the cable")

    ward.wait(hours=25)
    assert len(_listen(ward)) == 1


def test_H24_silent_again_before_anybody_closed_it(ward, laboratory):
    ward.wait(hours=25)
    _listen(ward)
    ward.send("240")
    _listen(ward)
    ward.wait(hours=25)
    _listen(ward)

    (alert,) = ward.alerts(kind="feed")
    assert ward.states(alert) == ["raised", "closable", "raised-again"]


@pytest.mark.parametrize(
    "value", ["[{}]", "{", '[{"laboratory": "x", "hours": 1, "since": "2025-01-01"}]']
)
def test_a_setting_that_cannot_be_read_is_said(ward, value):  # fmt: skip
    from longwatch.alerts.feeds import LABORATORIES
    from longwatch.store.models import Setting

    Setting.objects.create(key=LABORATORIES, value=value)
    with pytest.raises(UsageError, match=r"clinic.laboratories cannot be read.*Mend"):
        _listen(ward)


def _drawn(ward, day):
    from longwatch.store.models import Event

    Event.objects.create(
        patient_id=1, date=day, kind="procedure", code="blood-draw", filed_at=ward.now, digest=day
    )


def _chase(ward):
    from longwatch.alerts.chase import chase

    return chase(ward.now, ward.clinic)


def test_a_draw_without_a_result_is_chased_after_three_working_days(ward):
    ward.hours()
    _drawn(ward, "2025-06-26")  # a Thursday
    # Friday, Monday and Tuesday are the three days; on Wednesday it is chased.
    assert _chase(ward) == []
    ward.wait(days=1)
    assert len(_chase(ward)) == 1
    assert _chase(ward) == []

    (alert,) = ward.alerts(kind="chase")
    assert (alert.rule, alert.subject, alert.episode) == ("PEND", "p1", "2025-06-26")
    ward.send("240", day="20250626")
    _chase(ward)
    assert ward.states(alert) == ["raised", "closable", "closed"]


def test_H15_a_preliminary_value_without_a_final_one_is_chased(ward):
    ward.send("240", status="P")
    ward.wait(hours=47)
    assert _chase(ward) == []
    ward.wait(hours=2)
    assert len(_chase(ward)) == 1
    (alert,) = ward.alerts(kind="chase")
    assert (alert.rule, alert.result.value) == ("PRELIM", 240)

    ward.send("240", status="F", sent="20250702120000")
    _chase(ward)
    assert alert.states.filter(state="closed").exists()
    assert _chase(ward) == []


def _send_without_alerts(ward, value, day="20250630", order="X1"):
    """The mistake: a store that keeps the result and is killed before the alert."""
    hook, ward.hook = ward.hook, None
    ward.send(value, day, order=order)
    ward.hook = hook


def test_H44_the_sweep_finds_every_missing_alert_and_says_so(ward):
    from longwatch.alerts.sweep import sweep

    sweep(ward.now, ward.clinic, engine="python")
    before = {alert.pk for alert in ward.alerts()}
    _send_without_alerts(ward, "15")
    swept = sweep(ward.now, ward.clinic, engine="python")

    found = {alert.rule for alert in ward.alerts(kind="finding")}
    assert found >= {"PLT-1", "PLT-2"}
    assert {alert.pk for alert in ward.alerts()} - before >= set(swept.missing) != set()
    (incident,) = ward.alerts(kind="incident")
    assert set(json.loads(incident.detail)["alerts"]) == set(swept.missing)
    assert sweep(ward.now, ward.clinic, engine="python").steps == {}


def test_H44_what_days_have_made_overdue_is_no_incident(ward):
    from longwatch.alerts.sweep import sweep

    swept = sweep(ward.now, ward.clinic, engine="python")

    assert swept.steps["raised"]
    assert (swept.people, swept.missing) == (2, [])
    assert ward.alerts(kind="incident") == []


@pytest.mark.campaign
def test_the_sweep_compiled_says_what_the_message_said(ward):
    from longwatch.alerts.sweep import sweep

    ward.send("15")
    sweep(ward.now, ward.clinic, engine="compiled")
    assert ward.alerts(kind="incident") == []


def test_H52_a_dead_worker_is_missed(ward):
    from longwatch.alerts.jobs import Job, alert_jobs, late_jobs, run_due
    from longwatch.store.models import JobRun

    assert late_jobs(ward.now) == ["no worker has ever run: start longwatch worker"]

    def fails(now):
        raise ValueError("Doe, Jane")

    jobs = [*alert_jobs(ward.clinic)[1:], Job("broken", 60.0, fails)]
    assert run_due(jobs, ward.now) == ["broken"]
    assert JobRun.objects.get(name="broken").failure == "ValueError"
    assert late_jobs(ward.now) == ["broken last succeeded never; the last try failed: ValueError"]
    ward.wait(hours=3)
    assert {sentence.split()[0] for sentence in late_jobs(ward.now)} == {
        "broken", "chase", "escalate", "silence",
    }  # fmt: skip


def test_a_job_is_run_when_its_time_has_come_and_after_a_clock_was_set_back(ward):
    from longwatch.alerts.jobs import Job, run_due

    ran = []
    job = Job("count", 60.0, lambda now: ran.append(now) or "")
    for seconds in (0, 30, 61, 62, -3600):
        run_due([job], ward.now + timedelta(seconds=seconds))

    assert len(ran) == 3


def test_the_nightly_job_runs_when_the_day_changes_at_the_clinic(ward):
    from zoneinfo import ZoneInfo

    from longwatch.alerts.jobs import DAY, Job

    job = Job("sweep", DAY, lambda now: "", ZoneInfo("America/New_York"))
    evening = ward.now.replace(hour=23)

    assert not job.is_due(evening, evening + timedelta(hours=4, minutes=59))
    assert job.is_due(evening, evening + timedelta(hours=5, minutes=1))
