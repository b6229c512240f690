"""Two references that are one person: asked once, reached by what either knows, separable."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from django.db import transaction
from tests.reminders.conftest import TREATED, noon

FIRST_TEXT = date(2026, 2, 20)
"""The items due on 12 February are overdue: a text goes out."""
LATE = date(2026, 3, 8)


@pytest.fixture
def two(clinic):
    """One human being under two references, joined by a message; `b` is read."""
    return clinic.treat("a", email="a@example.org"), clinic.treat("b", email=None, phone=None)


def _join():
    from longwatch.store.merging import join

    with transaction.atomic():
        join("a", "b", author="test", reason="same person", at=TREATED)


def _separate():
    from longwatch.store.merging import separate

    with transaction.atomic():
        separate("a", author="test", reason="a mistake", at=TREATED)


def _person(name):
    from longwatch.store.models import Patient

    return Patient.objects.get(reference=name)


def test_an_address_that_one_lacks_is_taken_from_the_other_until_they_are_separated(two):
    from longwatch.reminders.reach import address_of, reach_of, usable

    assert usable(reach_of(_person("b"))) == ["letter"]
    _join()
    assert address_of(reach_of(_person("b")), "email") == "a@example.org"
    _separate()

    assert usable(reach_of(_person("b"))) == ["letter"]
    assert usable(reach_of(_person("a"))) == ["email", "text", "letter"]


def test_a_stop_and_a_wish_of_one_count_for_both_until_they_are_separated(two):
    from longwatch.reminders.reach import change_reach, reach_of, stop_reminders, usable

    change_reach(_person("a"), {"opted_out": ["letter"]}, actor="test", at=TREATED)
    _join()
    assert "letter" not in usable(reach_of(_person("b")))
    stop_reminders(_person("a"), "died", actor="test", at=TREATED)
    assert usable(reach_of(_person("b"))) == []
    _separate()

    assert usable(reach_of(_person("b"))) == ["letter"]


def test_what_one_was_asked_is_not_asked_again_under_the_other(clinic, two):
    clinic.run(FIRST_TEXT)
    before = {kind: len(way.sent) for kind, way in clinic.ways.items()}
    assert sum(before.values()) == 2
    _join()
    clinic.run(FIRST_TEXT, again=True)
    clinic.run(FIRST_TEXT + timedelta(days=1))

    assert {kind: len(way.sent) for kind, way in clinic.ways.items()} == before


def test_one_call_is_enough_and_ends_the_task_of_both(clinic, two, nurse):
    from longwatch.reminders.contacts import history, record_contact
    from longwatch.reminders.digest import open_tasks

    for day in (FIRST_TEXT, date(2026, 2, 24), date(2026, 3, 1), LATE):
        clinic.run(day)
    assert {task.patient.reference for task in open_tasks()} == {"a", "b"}
    _join()
    assert [task.patient.reference for task in open_tasks()] == ["b"]
    record_contact(_person("b"), "call", "reached", actor=nurse, at=noon(LATE))

    assert list(open_tasks()) == []
    assert {one.patient.reference for one in history(_person("b"))} == {"a", "b"}


def test_who_is_left_in_peace_under_one_reference_is_under_the_other(clinic, two, nurse):
    from longwatch.reminders.follow_up import current, decide
    from longwatch.store.models import Dispatch

    ahead = FIRST_TEXT + timedelta(days=90)
    decide(_person("a"), "abroad", actor=nurse, reason="a year away", on=FIRST_TEXT,
           at=noon(FIRST_TEXT), recheck_on=ahead)  # fmt: skip
    _join()
    clinic.run(FIRST_TEXT)

    assert not Dispatch.objects.filter(purpose=Dispatch.Purpose.REMINDER).exists()
    assert current(_person("b")).state == "abroad"


def test_what_was_tried_is_never_changed(clinic, two, nurse):
    from django.db import DatabaseError

    from longwatch.reminders.contacts import record_contact
    from longwatch.store.models import Contact

    record_contact(two[0], "call", "no-answer", actor=nurse, at=noon(LATE))
    with pytest.raises(DatabaseError):
        Contact.objects.update(outcome="reached")
