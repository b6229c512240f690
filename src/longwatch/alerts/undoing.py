"""Taking back one's own last step of an alert: a further row, never one less."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.alerts.acting import AlreadyMovedError
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import lived
from longwatch.alerts.roles import role_to_act
from longwatch.alerts.steps import Step, take_step
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Alert, AlertState, State

OWN_STEPS = (State.SEEN, State.ACTED, State.SNOOZED, State.CLOSED)
"""Steps that people take, and may take back while nothing has followed."""


def taken_with(alert_id: int, by: Any) -> list[tuple[int, int]]:
    """The other alerts whose newest step was the same one, sent in one form with this alert's.

    Inputs:
        alert_id: key of the alert, before its step is taken back.
        by: the user; only their own steps.

    Returns:
        Key and number of the newest step of each.
    """
    newest = AlertState.objects.filter(alert=alert_id).order_by("-number").first()
    if newest is None or newest.state not in OWN_STEPS or newest.alert.patient_id is None:
        return []
    same = AlertState.objects.filter(
        actor=by, at=newest.at, state=newest.state, alert__patient=newest.alert.patient_id
    ).exclude(alert=alert_id)
    return [
        (row.alert_id, row.number)
        for row in same.select_related("alert").order_by("alert_id")
        if row.number == row.alert.step
    ]


def take_back(
    alert_id: int, by: Any, at: datetime, clinic: Clinic, note: str, step: int | None = None
) -> Alert:
    """Raises an alert again, because the newest step was a slip of who took it.

    Inputs:
        alert_id: key of the alert.
        by: the user; only their own step, and only the newest.
        at: now, with a time zone.
        clinic: hours and protocols.
        note: why; empty: it was a slip.
        step: the newest step that was shown to them; None: whatever it is now.

    Raises:
        AlreadyMovedError: something happened since then.
        UsageError: the newest step is not theirs, or a new alert of the rule stands open already.
    """
    where = f"alert {alert_id}"
    with transaction.atomic():
        alert = Alert.objects.filter(pk=alert_id).first()
        if alert is None:
            raise UsageError(Problem("there is no such alert", where, how="look at the worklist"))
        role = role_to_act(by, alert, at)
        states = list(alert.states.order_by("number"))
        newest = states[-1]
        if step is not None and step != newest.number:
            raise AlreadyMovedError(
                Problem("something has happened since then", where, how="look at it again")
            )
        if newest.actor_id != by.pk or newest.state not in OWN_STEPS:
            how = "only who took the newest step can take it back; record a step of your own"
            raise UsageError(Problem("this step is not yours to take back", where, how=how))
        same = Alert.objects.filter(subject=alert.subject, kind=alert.kind, rule=alert.rule)
        if newest.state == State.CLOSED and same.exclude(state=State.CLOSED).exists():
            what = "a new alert of the same rule stands open already"
            raise UsageError(Problem(what, where, how="act on that one"))
        life = lived(state.state for state in states)
        why = note.strip() or "a slip"
        back = Step(actor=by, role=role, note=f"taken back ({newest.state}): {why}")
        if not take_step(clinic, alert, life, State.RAISED_AGAIN, at, back):
            raise AlreadyMovedError(
                Problem("somebody was faster", where, how="look at the worklist again")
            )
        record_audit(
            "taken back",
            actor=by.get_username(),
            at=at,
            kind="alert",
            target=str(alert.pk),
            patient=alert.patient.reference if alert.patient else None,
            detail={"step": newest.state, "why": why},
        )
    return alert
