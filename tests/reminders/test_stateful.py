"""Everything that can happen to one person's reminders, in any order: what must always hold."""

from __future__ import annotations

from collections import Counter
from datetime import date, timedelta
from unittest.mock import patch

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import (
    RuleBasedStateMachine,
    invariant,
    precondition,
    rule,
    run_state_machine_as_test,
)
from tests.reminders.conftest import TREATED, Post, noon

from longwatch.reminders.asks import Asks
from longwatch.reminders.channels import AddressRefusedError, MaybeSentError, TryLaterError
from longwatch.reminders.ladder import Ask, default_ladder, reached

DUE = date(2026, 2, 12)
WEEK = timedelta(days=7)
ITEM = Ask("p1", "blood", DUE, DUE - WEEK, DUE + WEEK)


class Reminders(RuleBasedStateMachine):
    """One person with one item. Days pass; servers fail; people decide."""

    make = None

    def __init__(self):
        super().__init__()
        type(self).make()
        from longwatch.core.record import Record
        from longwatch.reminders import clinic, reach
        from longwatch.store.models import Patient
        from longwatch.store.record_in import write_record

        values = {"clinic.name": "C", "clinic.telephone": "1", "clinic.zone": "Europe/Berlin"}
        clinic.set_clinic(values, actor="test", at=TREATED)
        write_record(Record.from_tables(patients={"patient": ["p1"]}), source="r", at=TREATED)
        self.person = Patient.objects.get()
        self.reach = reach
        self._change(email="a@example.org", phone="1", address="A")
        self.now = noon(date(2026, 2, 1))
        self.stopped = self.answered = False
        self.ways = {kind: Post(kind) for kind in ("email", "text", "letter")}
        self.quiet_since = {}

    def _change(self, **values):
        self.reach.change_reach(self.person, values, actor="test", at=TREATED)

    def _round(self, again=False):
        from longwatch.reminders.rounds import send_due

        asked = () if self.answered else (ITEM,)
        before = self._sent()
        with (
            patch("longwatch.reminders.making.read_record", lambda **_: None),
            patch("longwatch.reminders.making.asks_of", lambda *_: Asks(asked, ())),
        ):
            send_due(self.now, channels=self.ways, again=again)
        if self.stopped or self.answered:
            assert self._sent() == before

    def _sent(self):
        return sum(len(way.sent) for way in self.ways.values())

    @rule(hours=st.sampled_from([1, 5, 24, 24, 48, 24 * 9]))
    def time_passes(self, hours):
        self.now += timedelta(hours=hours)
        self._round()

    @rule()
    def once_more(self):
        self._round(again=True)

    @rule(
        kind=st.sampled_from(["email", "text", "letter"]),
        error=st.sampled_from([TryLaterError, MaybeSentError, AddressRefusedError]),
    )
    def a_channel_fails_next_time(self, kind, error):
        self.ways[kind].answers.append(error("x"))

    @precondition(lambda self: not self.stopped)
    @rule()
    def they_die(self):
        self.reach.stop_reminders(self.person, "died", actor="test", at=self.now)
        self.stopped = True

    @precondition(lambda self: self.stopped)
    @rule()
    def it_was_a_mistake(self):
        self.reach.resume_reminders(self.person, actor="test", at=self.now, reason="x")
        self.stopped = False

    @rule(out=st.sets(st.sampled_from(["email", "text", "letter"])))
    def they_opt_out(self, out):
        self._change(opted_out=sorted(out))

    @rule(answered=st.booleans())
    def a_result_comes_or_is_withdrawn(self, answered):
        self.answered = answered

    @rule()
    def a_mail_comes_back(self):
        from longwatch.reminders.aftermath import record_bounce

        for key in self.ways["email"].keys[-1:]:
            record_bounce(key, self.now)

    @rule()
    def an_address_is_corrected(self):
        self._change(email=f"{self._sent()}@example.org")

    @invariant()
    def nobody_hears_the_same_twice(self):
        """Each key goes out once; only reminders of a text that never went out are carried anew."""
        keys = Counter(key for way in self.ways.values() for key in way.keys)
        assert set(keys.values()) <= {1}

    @invariant()
    def every_step_is_there_once_and_is_carried(self):
        from longwatch.store.models import Reminder

        rows = list(Reminder.objects.values_list("step", "dispatch", "task"))
        assert len({step for step, _, _ in rows}) == len(rows)
        assert all((dispatch is None) != (task is None) for _, dispatch, task in rows)
        come = {one.name for one in reached(default_ladder(), ITEM, self.now.date())}
        assert {step for step, _, _ in rows} <= come

    @invariant()
    def all_attempts_are_accounted_for(self):
        from longwatch.store.models import Contact, Dispatch, SendAttempt

        sent = SendAttempt.objects.filter(outcome="sent").count()
        assert sent == self._sent() == Contact.objects.filter(outcome="sent").count()
        for row in Dispatch.objects.all():
            assert row.tried.count() == row.attempts + row.tried.filter(outcome="bounced").exists()
            assert row.lease_until is None

    @invariant()
    def nobody_is_forgotten(self):
        """Overdue to the end of the ladder, and not stopped: somebody of the clinic has a task."""
        from longwatch.store.models import ReminderRound, StaffTask

        last = default_ladder().steps[-1]
        due = noon(ITEM.closes + timedelta(days=last.days))
        looked = ReminderRound.objects.filter(day__gte=due.date()).exists()
        if looked and self.now >= due and not (self.stopped or self.answered):
            self._round(again=True)
            assert StaffTask.objects.filter(done_at=None).exists()


def _machine(new_store, examples, steps):
    Reminders.make = staticmethod(new_store)
    run_state_machine_as_test(
        Reminders,
        settings=settings(
            max_examples=examples, stateful_step_count=steps, deadline=None, database=None
        ),
    )


def test_whatever_happens_nobody_is_told_twice_or_forgotten(new_store):
    _machine(new_store, 6, 12)


@pytest.mark.campaign
def test_whatever_happens_nobody_is_told_twice_or_forgotten_at_length(new_store):
    _machine(new_store, 60, 30)
