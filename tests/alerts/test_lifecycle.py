"""G14: whatever comes in whatever order, no alert ends by itself and none is left without a next.

Values, corrections, people and the clock act on one person's alerts in random order.
"""

from __future__ import annotations

import json
import os
from contextlib import suppress
from datetime import date, timedelta

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule
from tests.alerts.conftest import Ward, people

from longwatch.core.errors import UsageError

STEPS = int(os.environ.get("LONGWATCH_STEPS", "20"))
values = st.sampled_from(["240", "140", "80", "30", "15"])
people_here = st.sampled_from(["ann", "ben", "dora", "nobody"])
notes = st.sampled_from(["", "called her"])
FIRST = date(2025, 6, 25)


class Alerts(RuleBasedStateMachine):
    """One person; the store is emptied by a rollback at the end of each run."""

    @initialize()
    def open_the_clinic(self):
        from django.db import transaction

        from longwatch.store.record_in import write_record

        self.block = transaction.atomic()
        self.block.__enter__()
        self.ward = Ward()
        write_record(people(), source="registry", at=self.ward.now - timedelta(days=60))
        roles = {"ann": "nurse", "ben": "lead", "dora": "laboratory-desk", "nobody": None}
        self.users = {name: self.ward.user(name, role) for name, role in roles.items()}
        self.control = 0

    def teardown(self):
        from django.db import transaction

        if hasattr(self, "block"):
            transaction.set_rollback(True)
            self.block.__exit__(None, None, None)

    @rule(value=values, back=st.integers(0, 4), status=st.sampled_from("FFFPCW"))
    def a_result_arrives(self, value, back, status):
        self.control += 1
        day = f"{self.ward.now.date() - timedelta(days=back):%Y%m%d}"
        self.ward.send(value, day, status, sent=f"{self.ward.now:%Y%m%d%H%M}{self.control % 60:02}")

    @rule(hours=st.sampled_from([0.2, 1, 9, 30, 400]))
    def time_passes(self, hours):
        from longwatch.alerts.escalate import escalate

        self.ward.wait(hours=hours)
        escalate(self.ward.now, self.ward.clinic)

    @rule()
    def the_night_comes(self):
        from longwatch.alerts.chase import chase
        from longwatch.alerts.sweep import sweep

        chase(self.ward.now, self.ward.clinic)
        assert sweep(self.ward.now, self.ward.clinic, engine="python").missing == []

    def _try(self, place, work):
        alerts = self.ward.alerts()
        if alerts:
            with suppress(UsageError):
                work(alerts[place % len(alerts)].pk)

    @rule(place=st.integers(0, 9), who=people_here)
    def somebody_sees(self, place, who):
        from longwatch.alerts.acting import see

        self._try(place, lambda pk: see(pk, self.users[who], self.ward.now, self.ward.clinic))

    @rule(place=st.integers(0, 9), who=people_here, note=notes)
    def somebody_acts(self, place, who, note):
        from longwatch.alerts.acting import act

        now, clinic = self.ward.now, self.ward.clinic
        self._try(place, lambda pk: act(pk, self.users[who], now, clinic, note))

    @rule(place=st.integers(0, 9), who=people_here, note=notes, days=st.integers(0, 9))
    def somebody_puts_off(self, place, who, note, days):
        from longwatch.alerts.acting import snooze

        now, clinic = self.ward.now, self.ward.clinic
        until = now.date() + timedelta(days=days)
        self._try(place, lambda pk: snooze(pk, self.users[who], now, clinic, note, until))

    @rule(
        place=st.integers(0, 9),
        who=people_here,
        note=notes,
        days=st.none() | st.integers(0, 9),
    )
    def somebody_closes(self, place, who, note, days):
        from longwatch.alerts.acting import close

        now, clinic = self.ward.now, self.ward.clinic
        repeat = None if days is None else now.date() + timedelta(days=days)
        self._try(place, lambda pk: close(pk, self.users[who], now, clinic, note, follow_up=repeat))

    @invariant()
    def every_end_has_its_reason(self):
        from longwatch.store.models import AlertState

        for state in AlertState.objects.filter(state="closed").select_related("alert", "result"):
            by_somebody = state.actor_id is not None and (state.note or "").strip()
            by_a_fact = state.result_id is not None or state.event_id is not None
            assert by_somebody or by_a_fact
            before = set(state.alert.states.values_list("state", flat=True))
            if state.tier in ("emergency", "same-day") and state.alert.kind == "finding":
                assert state.alert.historic or "acted" in before
            if by_a_fact and state.alert.kind == "finding":
                keys = json.loads(state.alert.detail)["keys"]
                assert f"{state.result.date}" > min(key[:10] for key in keys)
                assert state.result.status in (None, "final", "corrected")

    @invariant()
    def nothing_open_is_without_a_next_moment(self):
        from longwatch.alerts.life import lived

        for alert in self.ward.alerts():
            states = list(alert.states.order_by("number"))
            newest = states[-1]
            life = lived(state.state for state in states)
            assert (
                (alert.step, alert.state)
                == (newest.number, newest.state)
                == (
                    life.step,
                    life.state,
                )
            )
            assert [state.number for state in states] == list(range(1, len(states) + 1))
            assert (alert.next_at is None) == (alert.state == "closed")
            assert alert.next_at == newest.next_at

    @invariant()
    def what_is_abnormal_now_has_its_alert(self):
        from longwatch.alerts.judging import judge
        from longwatch.store.models import Patient

        if not hasattr(self, "ward"):
            return
        patients = dict(Patient.objects.values_list("id", "reference"))
        clinic, now = self.ward.clinic, self.ward.now
        judged = judge(clinic.pack(None), patients, clinic.today(now), "python")
        told = {}
        for alert in self.ward.alerts(kind="finding"):
            details = [alert.detail, *(s.detail for s in alert.states.all() if s.detail)]
            keys = {key for text in details for key in json.loads(text)["keys"]}
            told.setdefault((alert.subject, alert.rule), set()).update(keys)
            standing = [
                a for a in self.ward.alerts(subject=alert.subject, kind="finding", rule=alert.rule)
                if a.state != "closed"
            ]  # fmt: skip
            assert len(standing) <= 1
        for reference, person in judged.items():
            for finding in person.findings:
                assert finding.key in told[reference, finding.rule]


def _play(examples: int) -> None:
    from hypothesis.stateful import run_state_machine_as_test

    run_state_machine_as_test(
        Alerts,
        settings=settings(
            max_examples=examples,
            stateful_step_count=STEPS,
            deadline=None,
            phases=(Phase.generate,),
            suppress_health_check=list(HealthCheck),
        ),
    )


def test_no_alert_ends_by_itself_and_none_is_left_alone(store):
    _play(8)


@pytest.mark.campaign
def test_no_alert_ends_by_itself_in_many_lives(store):
    _play(int(os.environ.get("LONGWATCH_LIVES", "2000")))
