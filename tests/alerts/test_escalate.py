"""H46: an alert that nobody sees goes on, by the clinic's clock, until everybody was asked."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

import pytest

from longwatch.alerts.hours import ClinicHours
from longwatch.protocols.model.response import Wait

BERLIN = ZoneInfo("Europe/Berlin")
WEEK = {day: (time(8), time(16)) for day in range(5)}
HALF_HOUR, FOUR_HOURS = Wait(value=30, unit="min"), Wait(value=4, unit="h")
A_DAY = Wait(value=1, unit="d")


def at(text):
    return datetime.fromisoformat(text).replace(tzinfo=BERLIN)


WAITS = {
    "around the clock, in the night": ("2026-11-20 23:50", HALF_HOUR, True, "2026-11-21 00:20"),
    "within the day": ("2026-11-20 09:00", FOUR_HOURS, False, "2026-11-20 13:00"),
    "to the very end of the day": ("2026-11-20 12:00", FOUR_HOURS, False, "2026-11-20 16:00"),
    "over the weekend": ("2026-11-20 15:00", FOUR_HOURS, False, "2026-11-23 11:00"),
    "begun on a Sunday": ("2026-11-22 10:00", FOUR_HOURS, False, "2026-11-23 12:00"),
    "over a holiday": ("2026-12-24 15:00", FOUR_HOURS, False, "2026-12-28 11:00"),
    "before the doors open": ("2026-11-20 03:00", FOUR_HOURS, False, "2026-11-20 12:00"),
    "a day that ends on a Saturday": ("2026-11-20 09:00", A_DAY, False, "2026-11-23 08:00"),
    "clocks go forward: 30 minutes are 30": ("2026-03-29 01:45", HALF_HOUR, True,
                                             "2026-03-29 03:15"),
    "clocks go back: 4 hours are 4": ("2026-10-25 00:30", FOUR_HOURS, True, "2026-10-25 03:30"),
    "a day is a day of the calendar": ("2026-03-28 12:00", A_DAY, True, "2026-03-29 12:00"),
}  # fmt: skip


@pytest.mark.parametrize("name", WAITS)
def test_a_wait_ends(name):
    begin, wait, always, end = WAITS[name]
    hours = ClinicHours(BERLIN, WEEK, {date(2026, 12, 25)})

    assert hours.after(at(begin), wait, always=always) == at(end)


def test_a_clinic_that_never_opens_keeps_nobody_waiting_for_ever():
    hours = ClinicHours(UTC, {0: (time(8), time(8))})

    begin = datetime(2026, 11, 20, tzinfo=UTC)
    assert hours.after(begin, FOUR_HOURS, always=False) == begin + timedelta(hours=4)


@pytest.mark.parametrize(
    ("day", "days", "then"),
    [
        ("2026-11-20", 3, "2026-11-25"),
        ("2026-12-23", 3, "2026-12-29"),
        ("2026-11-21", 0, "2026-11-21"),
    ],
)
def test_working_days(day, days, then):
    hours = ClinicHours(BERLIN, WEEK, {date(2026, 12, 25)})

    assert hours.working_days_after(date.fromisoformat(day), days) == date.fromisoformat(then)


def _story(ward, alert):
    rows = alert.states.order_by("number").values_list("at", "state", "role__name")
    return [(f"{moment:%a %H:%M}", state, role) for moment, state, role in rows]


def _run_minutes(ward, minutes, step=5):
    from longwatch.alerts.escalate import escalate

    end = ward.now + timedelta(minutes=minutes)
    while ward.now < end:
        ward.wait(minutes=step)
        escalate(ward.now, ward.clinic)


def test_an_emergency_climbs_to_the_top_at_night_and_then_is_shown_to_all(ward):
    ward.hours()
    ward.now = datetime(2025, 7, 5, 23, 0, tzinfo=UTC)
    ward.send("15", day="20250705")
    alert = next(a for a in ward.alerts() if a.rule == "PLT-1")

    _run_minutes(ward, 125)

    assert _story(ward, alert) == [
        ("Sat 23:00", "raised", "nurse"),
        ("Sat 23:30", "escalated", "neurologist"),
        ("Sun 00:00", "escalated", "lead"),
        ("Sun 00:30", "nobody-answered", "lead"),
        ("Sun 01:00", "nobody-answered", "lead"),
    ]
    from longwatch.alerts.listing import open_alerts

    assert open_alerts()[0]["id"] == alert.pk


def test_a_same_day_alert_of_friday_evening_waits_for_monday(ward):
    ward.hours()
    ward.now = datetime(2025, 7, 4, 16, 0, tzinfo=UTC)
    ward.send("80", day="20250704")
    alert = next(a for a in ward.alerts() if a.rule == "PLT-3")

    _run_minutes(ward, 3 * 24 * 60, step=60)

    assert _story(ward, alert)[:2] == [
        ("Fri 16:00", "raised", "nurse"),
        ("Mon 11:00", "escalated", "neurologist"),
    ]


def test_what_is_seen_and_not_acted_on_goes_on_too(ward):
    from longwatch.alerts.acting import see

    ward.send("15")
    alert = next(a for a in ward.alerts() if a.rule == "PLT-1")
    see(alert.pk, ward.user("ann"), ward.now, ward.clinic)

    _run_minutes(ward, 65)

    assert [state for _, state, _ in _story(ward, alert)] == ["raised", "seen", "escalated"]
    assert "nobody has said what was done" in alert.states.get(state="escalated").note


def test_two_workers_escalate_once(ward):
    from django.db import connection

    from longwatch.alerts.escalate import escalate

    ward.send("15")
    ward.wait(minutes=31)

    def work(_):
        try:
            return escalate(ward.now, ward.clinic)
        finally:
            connection.close()

    with ThreadPoolExecutor(4) as threads:
        said = list(threads.map(work, range(8)))

    (alert,) = ward.alerts(rule="PLT-1")
    assert sum(one.count(alert.pk) for one in said) == 1
    assert ward.states(alert) == ["raised", "escalated"]


def test_a_circle_of_deputies_ends(ward):
    from longwatch.alerts.roles import deputy_after, role

    nurse, lead = role("nurse"), role("lead")
    lead.deputy = nurse
    lead.save()

    assert [deputy_after(nurse, n) and deputy_after(nurse, n).name for n in range(4)] == [
        "nurse", "neurologist", "lead", None,
    ]  # fmt: skip


def test_a_historic_alert_wakes_nobody(ward):
    ward.now += timedelta(days=3 * 366)
    ward.send("15", day="20250610")
    alert = next(a for a in ward.alerts() if a.rule == "PLT-1")

    _run_minutes(ward, 24 * 60, step=60)

    assert ward.states(alert) == ["raised"]
