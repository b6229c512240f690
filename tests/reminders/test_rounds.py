"""Each step of each item exactly once: run twice, late, at any hour, when clocks change (G15)."""

from __future__ import annotations

from collections import Counter
from contextlib import contextmanager
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from unittest.mock import patch
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from tests.reminders.conftest import FIRST, days, noon

from longwatch.reminders.asks import Asks
from longwatch.reminders.ladder import Ask, default_ladder, next_step, reached

ITEMS = ((date(2026, 2, 12), "blood"), (date(2026, 3, 29), "urine"), (date(2026, 4, 12), "blood"))


def asks(name="p1", items=ITEMS):
    week = timedelta(days=7)
    return [Ask(name, activity, due, due - week, due + week) for due, activity in items]


@contextmanager
def watched(by_day):
    """The rounds ask for what a test says, instead of what the watch finds."""
    with (
        patch("longwatch.reminders.making.read_record", lambda **_: None),
        patch(
            "longwatch.reminders.making.asks_of",
            lambda record, day, *_: Asks(tuple(by_day(day)), ()),
        ),
    ):
        yield


def made():
    from longwatch.store.models import Reminder

    rows = Reminder.objects.values_list("patient__reference", "activity", "due", "step")
    return Counter(rows)


def expected(wanted, until):
    ladder = default_ladder()
    return {
        (ask.patient, ask.activity, ask.due, step.name)
        for ask in wanted
        for step in reached(ladder, ask, until)
    }


def test_somebody_who_never_comes_is_asked_by_mail_then_text_then_letter_then_by_a_person(clinic):
    from longwatch.store.models import StaffTask

    clinic.treat("p1")
    told = [
        (str(done.day), plan.channel or "a person", plan.told or plan.tasks)
        for day in days(date(2026, 1, 30), 40)
        if (done := clinic.run(day)).made
        for plan in done.made
    ]

    blood = [
        (day, way, [step.name for ask, step in steps if ask.activity == "cbc"])
        for day, way, steps in told
    ]
    assert [row for row in blood if row[2]] == [
        ("2026-02-02", "email", ["before"]),
        ("2026-02-12", "email", ["due"]),
        ("2026-02-20", "email", ["late"]),
        ("2026-02-24", "text", ["late-2"]),
        ("2026-03-01", "letter", ["late-3"]),
        ("2026-03-08", "a person", ["call"]),
    ]
    assert StaffTask.objects.get().patient.reference == "p1"


def test_who_comes_is_left_in_peace_until_the_next_item(clinic):
    clinic.treat("p1")
    clinic.run(date(2026, 2, 2))
    clinic.drawn("p1", date(2026, 2, 6))

    quiet = [clinic.run(date(2026, 2, 6) + timedelta(days=n)).made for n in (0, 6, 14, 18, 22)]
    clinic.run(date(2026, 3, 2))

    assert not any(quiet)
    assert len(clinic.email.sent) == 2


@settings(max_examples=4, deadline=None, suppress_health_check=list(HealthCheck))
@given(
    moments=st.lists(
        st.integers(0, 24 * 90).map(
            lambda hours: datetime(2026, 1, 30, tzinfo=UTC) + timedelta(hours=hours)
        ),
        min_size=3,
        max_size=12,
    ),
    zone=st.sampled_from(["Europe/Berlin", "America/New_York"]),
)
def test_every_step_is_made_exactly_once_whenever_the_rounds_run(new_store, moments, zone):
    clinic = _clinic(new_store, zone)
    with watched(lambda day: asks() + asks("p2")):
        for moment in sorted(moments):
            clinic.run(moment)
            clinic.run(moment + timedelta(minutes=1), again=True)
        # Quiet hours and days between texts are over after a few days at noon.
        last = noon(max(moments).date() + timedelta(days=1))
        for number in range(5):
            clinic.run(last + timedelta(days=number), again=True)

    until = (last + timedelta(days=4)).date()
    assert set(made()) == expected(asks() + asks("p2"), until)
    assert set(made().values()) == {1}
    assert len(set(clinic.keys())) == len(clinic.keys())
    assert clinic.left() == 0


def _clinic(new_store, zone="Europe/Berlin", **ladder):
    """Two people in a fresh store; channels that say what they got."""
    from types import SimpleNamespace

    from tests.reminders.conftest import TREATED, Post

    new_store()
    from longwatch.core.record import Record
    from longwatch.reminders import clinic as settings
    from longwatch.reminders.reach import change_reach
    from longwatch.reminders.rounds import send_due
    from longwatch.store.models import Dispatch, Patient
    from longwatch.store.record_in import write_record

    values = {"clinic.name": "Day Clinic", "clinic.telephone": "1", "clinic.zone": zone}
    values["reminders.ladder"] = ladder
    settings.set_clinic(values, actor="test", at=TREATED)
    record = Record.from_tables(patients={"patient": ["p1", "p2"]})
    write_record(record, source="registry", at=TREATED)
    for name in ("p1", "p2"):
        reach = {"email": f"{name}@example.org", "phone": "1", "address": "A"}
        change_reach(Patient.objects.get(reference=name), reach, actor="test", at=TREATED)
    ways = {kind: Post(kind) for kind in ("email", "text", "letter")}
    return SimpleNamespace(
        run=lambda now, **how: send_due(now, channels=ways, **how),
        keys=lambda: [key for way in ways.values() for key in way.keys],
        left=lambda: Dispatch.objects.filter(state="waiting").count(),
        ways=ways,
    )


NIGHTS = [
    ("Europe/Berlin", date(2026, 3, 29)),
    ("Europe/Berlin", date(2026, 10, 25)),
    ("America/New_York", date(2026, 3, 8)),
    ("America/New_York", date(2026, 11, 1)),
]


@pytest.mark.parametrize(("zone", "night"), NIGHTS)
def test_H38_on_a_night_when_clocks_change_each_reminder_goes_out_once_and_nobody_is_woken(
    new_store, zone, night
):
    """A round every half hour, from noon before to noon after the change; an item each day."""
    clinic = _clinic(new_store, zone, days_between_texts=0)
    here = ZoneInfo(zone)
    item = asks(items=((night - timedelta(days=1), "blood"), (night, "urine")))
    heard = []
    begin = datetime.combine(night - timedelta(days=1), time(12), here).astimezone(UTC)
    with watched(lambda day: item):
        for number in range(2 * 24):
            moment = begin + timedelta(minutes=30 * number)
            before = len(clinic.keys())
            clinic.run(moment)
            heard += [moment.astimezone(here)] * (len(clinic.keys()) - before)

    assert [moment.date() for moment in heard] == [night - timedelta(days=1), night]
    assert all(time(8) <= moment.time() < time(20) for moment in heard)
    assert len(set(clinic.keys())) == 2


def test_one_text_a_day_speaks_for_everything_and_a_few_days_lie_between_two(clinic):
    clinic.treat("p1")
    sent = []
    for day in days(date(2026, 2, 18), 30):
        before = sum(len(way.sent) for way in clinic.ways.values())
        clinic.run(day, again=True)
        sent += [day] * (sum(len(way.sent) for way in clinic.ways.values()) - before)

    between = default_ladder().days_between_texts
    assert all((b - a).days >= between for a, b in pairwise(sent))


def test_a_system_that_was_off_for_weeks_says_one_thing_and_makes_every_step(clinic):
    clinic.treat("p1")
    clinic.run(date(2026, 1, 20))

    clinic.run(date(2026, 3, 2))

    (parcel,) = clinic.letter.sent
    assert "The last day was 19 February 2026" in parcel.text
    assert {step for _, _, _, step in made()} == {"before", "due", "late", "late-2", "late-3"}
    assert not clinic.email.sent


def test_a_clock_that_jumps_back_sends_nothing_again(clinic):
    clinic.treat("p1")
    dates = [date(2026, 2, 2), date(2026, 2, 12), date(2026, 2, 20), date(2026, 2, 24)]
    for day in (*dates, *dates):
        clinic.run(day, again=True)

    assert [len(way.sent) for way in clinic.ways.values()] == [3, 1, 0]


def test_whoever_has_no_address_comes_to_the_staff_when_late_and_is_told_once_there_is_one(clinic):
    from longwatch.reminders.reach import change_reach
    from longwatch.store.models import StaffTask

    person = clinic.treat("p1", email=None, phone=None, address=None)
    clinic.run(date(2026, 2, 12))
    assert not StaffTask.objects.exists()
    clinic.run(date(2026, 2, 20))
    assert "no address" in StaffTask.objects.get().why

    change_reach(person, {"email": "now@example.org"}, actor="nora", at=noon(date(2026, 2, 21)))
    clinic.run(date(2026, 2, 24))

    assert [parcel.to for parcel in clinic.email.sent] == ["now@example.org"]


def test_an_opt_out_closes_one_way_or_all_of_them(clinic):
    from longwatch.store.models import StaffTask

    clinic.treat("p1", opted_out=["email"])
    clinic.treat("p2", opted_out=["all"])
    for day in (date(2026, 2, 2), date(2026, 2, 12), date(2026, 2, 20), date(2026, 2, 24)):
        clinic.run(day)

    assert not clinic.email.sent
    assert len(clinic.text.sent) == 3
    assert len(clinic.letter.sent) == 1
    assert [(task.patient.reference, task.why) for task in StaffTask.objects.all()] == [
        ("p2", "wants no reminders")
    ]


def test_before_a_course_a_person_is_asked_for_what_is_missing_and_forms_are_not_their_task(clinic):
    from longwatch.core.record import Record
    from longwatch.store.record_in import write_record

    clinic.treat("p1", first=date(2025, 1, 13))
    planned = Record.from_tables(
        infusions={
            "patient": ["p1"], "date": [FIRST], "course": [2], "day": [1], "status": ["planned"]
        }
    )  # fmt: skip
    write_record(planned, source="registry", at=noon(date(2025, 11, 1)))

    done = clinic.run(date(2025, 12, 16))

    (plan,) = done.made
    asked = {ask.activity for ask, _ in (*plan.told, *plan.tasks) if ask.course}
    assert "baseline-cbc" in asked
    assert not asked & set(default_ladder().not_for_the_person)


def test_overdue_is_asked_for_again_and_again_for_four_years(new_store):
    """H32: on no day is there an overdue item without a next day on which somebody is asked."""
    ladder = default_ladder()
    (item,) = asks(items=ITEMS[:1])
    day, ahead = item.closes, []
    while day < item.closes + timedelta(days=4 * 365):
        following = next_step(ladder, item, day)
        ahead.append((following - day).days)
        day = following

    assert max(ahead) == ladder.steps[-1].repeat_every_days
    assert len(ahead) > 100
