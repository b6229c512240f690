"""What happens by itself when nobody does anything: one deputy further, and then for all to see."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import Life, lived
from longwatch.alerts.roles import deputy_after, role
from longwatch.alerts.steps import Step, take_step
from longwatch.store.audit import record_audit
from longwatch.store.models import Alert, Role, State

PROGRAM = "longwatch worker"


def escalate(now: datetime, clinic: Clinic) -> list[int]:
    """Takes the step that is due for every alert whose next moment has come.

    Inputs:
        now: with a time zone.
        clinic: hours and protocols.

    Returns:
        Keys of the alerts that went further. Two workers at once: each alert is in one answer.
    """
    due = Alert.objects.exclude(state=State.CLOSED).filter(next_at__lte=now).order_by("next_at")
    return [alert.pk for alert in due.select_related("role") if _go_on(alert, now, clinic)]


def _go_on(alert: Alert, now: datetime, clinic: Clinic) -> bool:
    life = lived(alert.states.order_by("number").values_list("state", flat=True))
    if life.step != alert.step:
        return False
    state, step = _next(alert, life, clinic)
    with transaction.atomic():
        if not take_step(clinic, alert, life, state, now, step):
            return False
        _note(alert, state, step, now)
    return True


def _note(alert: Alert, state: State, step: Step, now: datetime) -> None:
    record_audit(
        state.value,
        actor=PROGRAM,
        at=now,
        kind="alert",
        target=str(alert.pk),
        patient=alert.subject if alert.patient_id else None,
        detail={"rule": alert.rule, "tier": alert.tier, "role": step.role and step.role.name},
    )


def _next(alert: Alert, life: Life, clinic: Clinic) -> tuple[State, Step]:
    first = _first_role(alert, clinic)
    if life.state == State.SNOOZED:
        return State.RAISED_AGAIN, Step(role=first, note="Its day has come.")
    if not life.seen:
        why = "Nobody has seen it."
    elif not life.acted:
        why = "It was seen, and nobody has said what was done."
    else:
        why = "Something was done, and nobody has closed it."
    deputy = deputy_after(first, life.rung + 1)
    if deputy is not None:
        return State.ESCALATED, Step(role=deputy, note=why)
    # Everybody was asked: it stays with the last, and is shown to all.
    return State.NOBODY_ANSWERED, Step(role=alert.role, note=why)


def _first_role(alert: Alert, clinic: Clinic) -> Role:
    raised = alert.states.filter(state=State.RAISED).select_related("role").first()
    if raised is not None and raised.role is not None:
        return raised.role
    return role(clinic.response(alert.protocol).first)
