"""People who do not come: what was decided about them, until when, and that nobody is forgotten."""

from __future__ import annotations

from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.aftermath import open_task
from longwatch.store.audit import record_audit
from longwatch.store.merging import same_person
from longwatch.store.models import AskingEnded, FollowUp, Patient, StaffTask

if TYPE_CHECKING:
    from django.contrib.auth.models import User


def decide(
    patient: Patient,
    state: str,
    *,
    actor: User,
    reason: str,
    on: date,
    at: datetime,
    recheck_on: date | None = None,
) -> FollowUp:
    """Writes down a decision about somebody who does not come. It closes nothing by itself.

    Until `recheck_on` the person is left in peace; on that day a task opens and the asking goes on.
    Their tests stay overdue all the while.

    Inputs:
        state: `lost`, `refuses`, `abroad`, or `back` when they come again.
        actor: the named person who decides.
        recheck_on: the day on which somebody looks again; needed for all but `back`.

    Raises:
        UsageError: no reason, no day to look again, or one that is not ahead.
    """
    if state not in FollowUp.State.values:
        known = ", ".join(FollowUp.State.values)
        raise UsageError(Problem(f"{state!r} is no state", how=f"one of {known}"))
    if not reason.strip():
        raise UsageError(Problem("a decision needs a reason", how="say why"))
    is_back = state == FollowUp.State.BACK
    if not is_back and (recheck_on is None or recheck_on <= on):
        raise UsageError(
            Problem("there is no day to look again", how="give a day that lies ahead: recheck_on")
        )
    with transaction.atomic():
        made = FollowUp.objects.create(
            patient=patient,
            state=state,
            reason=reason,
            actor=actor,
            on=on,
            at=at,
            recheck_on=None if is_back else recheck_on,
        )
        open_now = StaffTask.objects.filter(patient__in=same_person(patient), done_at=None)
        open_now.update(done_at=at)
        record_audit(
            "decided on follow-up",
            actor=actor.get_username(),
            at=at,
            kind="follow-up",
            target=str(made.pk),
            patient=patient.reference,
            detail={"state": state, "reason": reason, "recheck_on": str(made.recheck_on)},
        )
    return made


def current(patient: Patient) -> FollowUp | None:
    """The decision that counts now; None when there is none, or the person is back."""
    newest = FollowUp.objects.filter(patient__in=same_person(patient)).order_by("pk").last()
    return None if newest is None or newest.state == FollowUp.State.BACK else newest


def open_rechecks(day: date, now: datetime) -> int:
    """Opens a task for everybody whose day to look again has come; only a decision ends it.

    Returns:
        How many people wait to be looked at.
    """
    rows = FollowUp.objects.select_related("patient").order_by("pk")
    newest = {row.patient.joined_into_id or row.patient_id: row for row in rows}
    come = [row for row in newest.values() if row.recheck_on and row.recheck_on <= day]
    for row in come:
        why = f"{row.state} since {row.on}: the day to look again was {row.recheck_on}"
        with transaction.atomic():
            open_task(row.patient, StaffTask.Kind.RECHECK, why, now, None)
    return len(come)


def end_asking(
    patient: Patient, activity: str, due: date, *, actor: User, reason: str, at: datetime
) -> AskingEnded:
    """A named person ends the asking for one item and those before it; later ones are asked for.

    Raises:
        UsageError: without a reason.
    """
    if not reason.strip():
        raise UsageError(Problem("ending needs a reason", how="say why nobody has to ask any more"))
    with transaction.atomic():
        made = AskingEnded.objects.create(
            patient=patient, activity=activity, due=due, actor=actor, reason=reason, at=at
        )
        record_audit(
            "ended asking",
            actor=actor.get_username(),
            at=at,
            kind="reminder",
            target=f"{activity} {due}",
            patient=patient.reference,
            detail={"reason": reason},
        )
    return made
