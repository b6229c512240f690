"""What follows when a text did, or did not, reach somebody: a contact, the next way, a task."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longwatch.reminders.clinic import local_day
from longwatch.reminders.reach import reach_of, refuse_address, usable
from longwatch.store.audit import record_audit
from longwatch.store.models import Contact, Dispatch, Patient, SendAttempt, StaffTask

PROGRAM = "longwatch remind"
"""Who acts, in the audit log, when no person does."""


def note_contact(dispatch: Dispatch, outcome: str, at: datetime) -> None:
    """Every text, sent or not, stands in the person's history of contacts, and is audited."""
    patient = dispatch.patient
    if patient is not None:
        note = f"reminder {dispatch.key}"
        Contact.objects.create(
            patient=patient, kind=dispatch.channel, outcome=outcome, at=at, note=note
        )
    record_audit(
        outcome,
        actor=PROGRAM,
        at=at,
        kind=dispatch.purpose,
        target=str(dispatch.key),
        patient=None if patient is None else patient.reference,
        detail={"channel": dispatch.channel},
    )


def bounced(dispatch: Dispatch, at: datetime) -> None:
    """The address does not work: it is left alone until it changes, and the next way is taken."""
    note_contact(dispatch, "bounced", at)
    if dispatch.patient is not None:
        refuse_address(dispatch.patient, dispatch.channel, at=at, actor=PROGRAM)
        next_way(dispatch, "an address was refused", at)


def failed_for_good(dispatch: Dispatch, at: datetime) -> None:
    """Every attempt failed: the next way is taken."""
    note_contact(dispatch, "failed", at)
    next_way(dispatch, "a reminder could not be delivered", at)


def next_way(dispatch: Dispatch, why: str, at: datetime) -> None:
    """Another channel for the same text; a task for staff when there is none left."""
    patient = dispatch.patient
    if patient is None:
        return
    used, before = {dispatch.channel}, dispatch.follows
    while before is not None:
        used.add(before.channel)
        before = before.follows
    reach = reach_of(Patient.objects.get(pk=patient.pk))
    left = [channel for channel in usable(reach) if channel not in used]
    if left:
        Dispatch.objects.get_or_create(
            follows=dispatch,
            defaults={
                "purpose": dispatch.purpose,
                "patient": patient,
                "day": dispatch.day,
                "channel": left[0],
                "not_before": at,
                "made_at": at,
            },
        )
    elif not reach.stopped:
        open_task(patient, StaffTask.Kind.CALL, f"{why}, and there is no other way", at, None)


def open_task(
    patient: Patient, kind: StaffTask.Kind, why: str, at: datetime, contact: Contact | None
) -> StaffTask:
    """The open task of a kind for a person; made when there is none."""
    task, is_new = StaffTask.objects.get_or_create(
        patient=patient,
        kind=kind,
        done_at=None,
        defaults={"why": why, "since": local_day(at), "made_at": at, "contact": contact},
    )
    if is_new:
        record_audit(
            "asked for a person",
            actor=PROGRAM,
            at=at,
            kind="task",
            target=str(task.pk),
            patient=patient.reference,
            detail={"kind": kind.value, "why": why},
        )
    return task


def record_bounce(key: str, at: datetime) -> bool:
    """A mail that was taken has come back.

    Inputs:
        key: of the dispatch, as in its Message-ID.

    Returns:
        Whether it was one of ours that had gone out, and had not come back before.
    """
    with transaction.atomic():
        dispatch = Dispatch.objects.select_related("patient").filter(key=key).first()
        if dispatch is None:
            return False
        came_back = Dispatch.objects.filter(pk=dispatch.pk, state=Dispatch.State.SENT).update(
            state=Dispatch.State.BOUNCED
        )
        if came_back:
            SendAttempt.objects.create(
                dispatch=dispatch,
                number=dispatch.attempts,
                at=at,
                outcome=SendAttempt.Outcome.BOUNCED,
                code="came back",
            )
            bounced(dispatch, at)
    return bool(came_back)
