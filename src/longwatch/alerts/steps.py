"""The only place that writes alerts: each step is claimed, and of two who claim it one gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from django.db import connection, transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import Life, Waiting, next_moment
from longwatch.alerts.roles import role
from longwatch.store.models import Alert, AlertState, Role, State
from longwatch.store.plainly import moment


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
    (alert,) = raise_alerts(clinic, [new], at)
    return alert


def raise_alerts(clinic: Clinic, new: Sequence[New], at: datetime) -> list[Alert]:
    """Raises several, all of them or none; see `raise_alert`."""
    if not new:
        return []
    life = Life().then(State.RAISED)
    asked: dict[str, Role] = {}
    alerts = []
    for one, episode in zip(new, _free_episodes(new), strict=True):
        name = one.role or clinic.response(one.protocol).first
        if name not in asked:
            asked[name] = role(name)
        waiting = Waiting(one.protocol, one.tier, one.historic)
        alerts.append(
            Alert(
                subject=one.subject,
                patient_id=one.patient,
                kind=one.kind,
                rule=one.rule,
                episode=episode,
                protocol=one.protocol,
                version=one.version,
                result_id=one.result,
                detail=_json(one.detail),
                historic=one.historic,
                raised_at=at,
                tier=one.tier,
                step=life.step,
                state=life.state,
                next_at=next_moment(clinic, waiting, life, at),
                role=asked[name],
            )
        )
    with transaction.atomic():
        Alert.objects.bulk_create(alerts)
        AlertState.objects.bulk_create(
            AlertState(
                alert=alert,
                number=alert.step,
                state=alert.state,
                at=at,
                tier=alert.tier,
                next_at=alert.next_at,
                role=alert.role,
                result_id=alert.result_id,
            )
            for alert in alerts
        )
    return alerts


def _free_episodes(new: Sequence[New]) -> list[str]:
    """The episodes as they are called, or with a number behind them where that was taken before."""
    subjects = {one.subject for one in new}
    rules = {one.rule for one in new}
    before = Alert.objects.filter(subject__in=subjects, rule__in=rules)
    taken = set(before.values_list("subject", "kind", "rule", "episode"))
    names = []
    for one in new:
        name, number = one.episode, 1
        while (one.subject, one.kind, one.rule, name) in taken:
            number += 1
            name = f"{one.episode} ({number})"
        taken.add((one.subject, one.kind, one.rule, name))
        names.append(name)
    return names


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
    (taken,) = take_moves(clinic, [Move(alert, life, [(state, step or Step())])], at)
    return taken


@dataclass(frozen=True, slots=True)
class Move:
    """The next steps of one alert, claimed together: all of them or none.

    Inputs:
        alert, life: as they were read; `alert` is brought up to date.
        steps: in order, each with what comes with it.
    """

    alert: Alert
    life: Life
    steps: Sequence[tuple[State, Step]]


def take_moves(clinic: Clinic, moves: Sequence[Move], at: datetime) -> list[bool]:
    """`take_step` for several alerts at once.

    Returns:
        For each of them False when somebody else took a step since then.
    """
    if not moves:
        return []
    after = [_after(clinic, move, at) for move in moves]
    try:
        with transaction.atomic():
            _claim([(move, states[-1]) for move, states in zip(moves, after, strict=True)])
            AlertState.objects.bulk_create(state for states in after for state in states)
    except _ClaimedError:
        if len(moves) == 1:
            return [False]
        return [taken for move in moves for taken in take_moves(clinic, [move], at)]
    for move, states in zip(moves, after, strict=True):
        alert, last = move.alert, states[-1]
        alert.step, alert.state, alert.tier = last.number, last.state, last.tier
        alert.next_at, alert.role_id, alert.historic = last.next_at, _asked(move), _historic(move)
    return [True] * len(moves)


class _ClaimedError(Exception):
    """Somebody else took a step of one of these alerts."""


def _after(clinic: Clinic, move: Move, at: datetime) -> list[AlertState]:
    """The states that these steps make."""
    alert, life, tier, asked = move.alert, move.life, move.alert.tier, move.alert.role_id
    historic = alert.historic
    states = []
    for state, step in move.steps:
        life, tier = life.then(state), step.tier or tier
        historic = historic if step.historic is None else step.historic
        if step.role is not None and step.actor is None:
            asked = step.role.pk
        then = next_moment(clinic, Waiting(alert.protocol, tier, historic), life, at)
        states.append(
            AlertState(
                alert=alert,
                number=life.step,
                state=state,
                at=at,
                tier=tier,
                next_at=then if step.next_at is None else step.next_at,
                actor=step.actor,
                role_id=step.role.pk if step.role is not None else asked,
                result_id=step.result,
                event_id=step.event,
                note=step.note,
                detail=None if step.detail is None else _json(step.detail),
            )
        )
    return states


def _asked(move: Move) -> int | None:
    """Who is asked after these steps."""
    roles = [step.role for _, step in move.steps if step.role is not None and step.actor is None]
    return roles[-1].pk if roles else move.alert.role_id


def _historic(move: Move) -> bool:
    said = [step.historic for _, step in move.steps if step.historic is not None]
    return said[-1] if said else move.alert.historic


def _claim(moves: Sequence[tuple[Move, AlertState]]) -> None:
    """Brings the alerts to the last of their new states.

    Raises:
        _ClaimedError: not all of them stand where they stood.
    """
    rows = [
        (
            last.number,
            str(last.state),
            last.tier,
            None if last.next_at is None else moment(last.next_at),
            _asked(move),
            _historic(move),
            move.alert.pk,
            move.life.step,
        )
        for move, last in moves
    ]
    with connection.cursor() as cursor:
        cursor.executemany(_CLAIM, rows)
        if cursor.rowcount != len(rows):
            raise _ClaimedError


_CLAIM = (
    "UPDATE store_alert SET step = %s, state = %s, tier = %s, next_at = %s, role_id = %s, "
    "historic = %s WHERE id = %s AND step = %s"
)


def _json(content: Mapping[str, Any]) -> str:
    return json.dumps(content, ensure_ascii=False, sort_keys=True, allow_nan=False)
