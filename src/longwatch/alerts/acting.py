"""What people do to an alert: see it, say what was done, put it off, close it.

Each is one step that is claimed: of two people one is first, and the other is told what happened.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from typing import Any

from django.db import transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import Life, lived, must_be_acted_on
from longwatch.alerts.roles import role_to_act
from longwatch.alerts.steps import New, Step, raise_alert, take_step
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Alert, Role, State

FOLLOW_UP = "FOLLOW-UP"


class AlreadyMovedError(UsageError):
    """Somebody else took a step of this alert first; the message says who and what."""


def see(alert_id: int, by: Any, at: datetime, clinic: Clinic, step: int | None = None) -> Alert:
    """Says that somebody has read an alert and takes care of it.

    Inputs:
        alert_id: key of the alert.
        by: the user.
        at: now, with a time zone.
        clinic: hours and protocols.
        step: the newest step that was shown to them; None: whatever it is now.

    Raises:
        AlreadyMovedError: something happened since then.
        UsageError: there is no such alert, it is closed, or they may not.
    """
    return _one_step(_Act(alert_id, by, at, clinic, step), State.SEEN)


def act(
    alert_id: int, by: Any, at: datetime, clinic: Clinic, note: str, step: int | None = None
) -> Alert:
    """Says what was done; inputs and errors as in `see`, `note` must not be empty."""
    _need(note, alert_id, "what was done")
    return _one_step(_Act(alert_id, by, at, clinic, step), State.ACTED, Step(note=note))


def snooze(
    alert_id: int,
    by: Any,
    at: datetime,
    clinic: Clinic,
    note: str,
    until: date,
    step: int | None = None,
) -> Alert:
    """Puts an alert off to a day, for a reason; then it is raised again.

    Raises:
        UsageError: as in `see`; also for an emergency, and for a day too late: not later than an
            alert of its tier may stay unfinished.
    """
    _need(note, alert_id, "the reason")
    wanted = _Act(alert_id, by, at, clinic, step)
    with transaction.atomic():
        alert, life, role = _read(wanted)
        if alert.tier == "emergency" and not alert.historic:
            raise UsageError(
                Problem("an emergency cannot be put off", f"alert {alert_id}", how="act on it")
            )
        rung = clinic.rung(alert.protocol, alert.tier)
        last = clinic.today(clinic.hours.after(at, rung.closed_within, always=True))
        if not clinic.today(at) < until <= last:
            how = f"choose a day after {clinic.today(at)}, and not after {last}"
            raise UsageError(Problem(f"it cannot wait until {until}", f"alert {alert_id}", how=how))
        moment = _morning(clinic, until)
        _write(wanted, alert, life, role, State.SNOOZED, Step(note=note, next_at=moment))
    return alert


def close(
    alert_id: int,
    by: Any,
    at: datetime,
    clinic: Clinic,
    note: str,
    *,
    follow_up: date | None = None,
    step: int | None = None,
) -> Alert:
    """Closes an alert, for a reason.

    Inputs:
        follow_up: the day of a repeat; it becomes an alert of its own that stays open until the
            repeat is read. Needed where an emergency or same-day finding has no later normal
            result yet.

    Raises:
        UsageError: as in `see`; also when nobody has said what was done about an emergency or a
            same-day alert, when a silent laboratory has not been heard, or `follow_up` is missing.
    """
    _need(note, alert_id, "the reason")
    wanted = _Act(alert_id, by, at, clinic, step)
    with transaction.atomic():
        alert, life, role = _read(wanted)
        _may_close(alert, life, follow_up, clinic.today(at))
        _write(wanted, alert, life, role, State.CLOSED, Step(note=note))
        if follow_up is not None:
            _promise(wanted, alert, role, follow_up, note)
    return alert


@dataclass(frozen=True, slots=True)
class _Act:
    """Who does something to which alert, when, and what they had before their eyes."""

    alert_id: int
    by: Any
    at: datetime
    clinic: Clinic
    step: int | None


def _one_step(wanted: _Act, state: State, step: Step | None = None) -> Alert:
    with transaction.atomic():
        alert, life, role = _read(wanted)
        _write(wanted, alert, life, role, state, step or Step())
    return alert


def _read(wanted: _Act) -> tuple[Alert, Life, Role]:
    where = f"alert {wanted.alert_id}"
    alert = Alert.objects.filter(pk=wanted.alert_id).first()
    if alert is None:
        how = "longwatch alerts lists those that are open"
        raise UsageError(Problem("there is no such alert", where, how=how))
    role = role_to_act(wanted.by, alert, wanted.at)
    life = lived(alert.states.order_by("number").values_list("state", flat=True))
    if life.closed or (wanted.step is not None and wanted.step != life.step):
        raise _moved(alert)
    return alert, life, role


def _write(wanted: _Act, alert: Alert, life: Life, role: Role, state: State, step: Step) -> None:
    step = Step(
        actor=wanted.by, role=role, note=step.note, next_at=step.next_at, detail=step.detail
    )
    if not take_step(wanted.clinic, alert, life, state, wanted.at, step):
        raise _moved(alert)
    record_audit(
        state.value,
        actor=wanted.by.get_username(),
        at=wanted.at,
        kind="alert",
        target=str(alert.pk),
        patient=alert.subject if alert.patient_id else None,
        detail={"rule": alert.rule, "tier": alert.tier, "role": role.name, "note": step.note},
    )


def _moved(alert: Alert) -> AlreadyMovedError:
    newest = alert.states.select_related("actor").order_by("-number").first()
    who = newest.actor.get_username() if newest and newest.actor else "the program"
    what = f"it is {newest.state} by {who} at {newest.at:%Y-%m-%d %H:%M} UTC" if newest else ""
    how = "look at it again, then decide"
    return AlreadyMovedError(Problem(what, f"alert {alert.pk}", "somebody was first", how))


def _need(note: str, alert_id: int, what: str) -> None:
    if not note.strip():
        raise UsageError(Problem(f"{what} is missing", f"alert {alert_id}", how="give a note"))


def _may_close(alert: Alert, life: Life, follow_up: date | None, today: date) -> None:
    where = f"alert {alert.pk}"
    if alert.kind == Alert.Kind.FEED:
        if not life.closable:
            what, how = "nothing has been heard from it yet", "wait until a message has arrived"
            raise UsageError(Problem(what, where, how=how))
        return
    if must_be_acted_on(alert.tier) and not life.acted and not alert.historic:
        what = f"nobody has said what was done about this {alert.tier} alert"
        raise UsageError(Problem(what, where, how="act on it first, with a note"))
    if follow_up is not None and (follow_up <= today or alert.patient_id is None):
        how = "give a later day; only what concerns a person has a repeat"
        raise UsageError(Problem(f"no repeat can be promised for {follow_up}", where, how=how))
    gone = life.closable or life.corrected or alert.historic
    if (
        alert.kind == Alert.Kind.FINDING
        and must_be_acted_on(alert.tier)
        and not gone
        and follow_up is None
    ):
        raise UsageError(
            Problem(
                "there is no later normal result yet",
                where,
                "closed too early, the repeat is forgotten",
                "give the day of the repeat as follow-up, or wait for its result",
            )
        )


def _promise(wanted: _Act, alert: Alert, role: Role, day: date, note: str) -> None:
    """The repeat, as an alert of its own that sleeps until its day."""
    told = wanted.clinic.operation(FOLLOW_UP)
    result = alert.result
    new = New(
        subject=alert.subject,
        kind=Alert.Kind.FOLLOW_UP.value,
        rule=FOLLOW_UP,
        episode=f"{alert.rule} {day}",
        tier=told.tier or alert.tier,
        detail={
            "title": f"{told.title}: {alert.rule}",
            "action": " ".join(told.steps),
            "of": alert.pk,
            "test": result.test if result else None,
            "since": f"{wanted.clinic.today(wanted.at)}",
            "day": f"{day}",
        },
        patient=alert.patient_id,
        protocol=alert.protocol,
        version=alert.version,
    )
    promised = raise_alert(wanted.clinic, new, wanted.at)
    life = lived([State.RAISED])
    asleep = Step(actor=wanted.by, role=role, note=note, next_at=_morning(wanted.clinic, day))
    take_step(wanted.clinic, promised, life, State.SNOOZED, wanted.at, asleep)


def _morning(clinic: Clinic, day: date) -> datetime:
    """When the clinic opens on a day, or next after it."""
    begin = datetime.combine(day, time(), clinic.hours.zone)
    return clinic.hours.open_from(begin + timedelta())
