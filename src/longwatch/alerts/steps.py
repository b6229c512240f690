"""The only place that writes alerts: each step is claimed, and of two who claim it one gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import Life, Waiting, next_moment
from longwatch.alerts.roles import role
from longwatch.store.models import Alert, AlertState, Role, State


@dataclass(frozen=True, slots=True)
class New:
    """An alert to be raised; see `longwatch.store.models.Alert` for the words."""

    subject: str
    kind: str
    rule: str
    episode: str
    tier: str
    detail: Mapping[str, Any] = field(default_factory=dict)
    patient: int | None = None
    protocol: str | None = None
    version: str | None = None
    result: int | None = None
    historic: bool = False
    role: str | None = None


def raise_alert(clinic: Clinic, new: New, at: datetime) -> Alert:
    """Raises one, in the caller's transaction.

    Inputs:
        clinic: hours, protocols, and whom to ask first.
        new: what about; `role` None asks whom the protocol names.
        at: now, with a time zone.

    Raises:
        IntegrityError: there is one already.
    """
    asked = role(new.role or clinic.response(new.protocol).first)
    life = Life().then(State.RAISED)
    moment = next_moment(clinic, Waiting(new.protocol, new.tier, new.historic), life, at)
    with transaction.atomic():
        alert = Alert.objects.create(
            subject=new.subject,
            patient_id=new.patient,
            kind=new.kind,
            rule=new.rule,
            episode=_free_episode(new),
            protocol=new.protocol,
            version=new.version,
            result_id=new.result,
            detail=_json(new.detail),
            historic=new.historic,
            raised_at=at,
            tier=new.tier,
            step=life.step,
            state=life.state,
            next_at=moment,
            role=asked,
        )
        AlertState.objects.create(
            alert=alert,
            number=life.step,
            state=life.state,
            at=at,
            tier=new.tier,
            next_at=moment,
            role=asked,
            result_id=new.result,
        )
    return alert


def _free_episode(new: New) -> str:
    """The episode as it is called, or with a number behind it where that was taken before."""
    like = Alert.objects.filter(subject=new.subject, kind=new.kind, rule=new.rule)
    taken = set(like.filter(episode__startswith=new.episode).values_list("episode", flat=True))
    name, number = new.episode, 1
    while name in taken:
        number += 1
        name = f"{new.episode} ({number})"
    return name


@dataclass(frozen=True, slots=True)
class Step:
    """What comes with a step; None leaves it as it is."""

    actor: Any = None
    role: Role | None = None
    result: int | None = None
    event: int | None = None
    note: str | None = None
    detail: Mapping[str, Any] | None = None
    tier: str | None = None
    next_at: datetime | None = None
    historic: bool | None = None


def take_step(
    clinic: Clinic, alert: Alert, life: Life, state: State, at: datetime, step: Step | None = None
) -> bool:
    """Claims the next step of an alert and writes it, in the caller's transaction or its own.

    Inputs:
        clinic: hours and protocols.
        alert, life: as they were read; `alert` is brought up to date.
        state: the step.
        at: now, with a time zone.
        step: what comes with it.

    Returns:
        False when somebody else took a step since then: nothing was written.
    """
    step = step or Step()
    after = life.then(state)
    tier = step.tier or alert.tier
    historic = alert.historic if step.historic is None else step.historic
    moment = next_moment(clinic, Waiting(alert.protocol, tier, historic), after, at)
    if step.next_at is not None:
        moment = step.next_at
    asked = step.role if step.role is not None and step.actor is None else alert.role
    with transaction.atomic():
        claimed = Alert.objects.filter(pk=alert.pk, step=life.step).update(
            step=after.step,
            state=state,
            tier=tier,
            next_at=moment,
            role=asked,
            historic=historic,
        )
        if not claimed:
            return False
        AlertState.objects.create(
            alert=alert,
            number=after.step,
            state=state,
            at=at,
            tier=tier,
            next_at=moment,
            actor=step.actor,
            role=step.role or asked,
            result_id=step.result,
            event_id=step.event,
            note=step.note,
            detail=None if step.detail is None else _json(step.detail),
        )
    alert.step, alert.state, alert.tier = after.step, state, tier
    alert.next_at, alert.role, alert.historic = moment, asked, historic
    return True


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)
