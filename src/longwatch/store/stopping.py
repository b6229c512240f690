"""Stopping what goes to a person: whoever says that they have died, a person or a registry."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.clinic_facts import local_day
from longwatch.store.merging import same_person
from longwatch.store.models import Dispatch, Patient, Reachability

CHANNELS = ("email", "text", "letter")
"""Ways to reach a person, in the order that counts where they said nothing."""


def stop_reminders(patient: Patient, why: str, *, actor: str, at: datetime) -> int:
    """Stops everything that would go to a person, at once: they have died, or moved away.

    What waits is cancelled in the same transaction. Nothing else of the person changes.

    Inputs:
        why: `died` or `moved`.

    Returns:
        How many texts were cancelled.

    Raises:
        UsageError: another reason.
    """
    if why not in Reachability.Stopped.values:
        raise UsageError(
            Problem(f"{why!r} is no reason to stop", how=f"one of {Reachability.Stopped.values}")
        )
    with transaction.atomic():
        reach = lock_reach(patient)
        reach.stopped, reach.stopped_on = why, local_day(at)
        reach.save()
        everyone = same_person(patient)
        waiting = Dispatch.objects.filter(patient__in=everyone, state=Dispatch.State.WAITING)
        count = waiting.update(state=Dispatch.State.CANCELLED, cancelled=Dispatch.Cancelled.STOPPED)
        note_reach("stopped reminders", patient, actor, at, {"why": why, "cancelled": count})
    return count


def known_to_have_died(reference: str) -> bool:
    """Whether reminders were stopped for that reason, and nobody has taken it back."""
    died = Reachability.Stopped.DIED
    return Reachability.objects.filter(patient__reference=reference, stopped=died).exists()


def own_reach(patient: Patient) -> Reachability:
    """The row of this reference alone; one that is not saved where there is none."""
    try:
        return patient.reachability
    except Reachability.DoesNotExist:
        return Reachability(
            patient=patient, channels=json.dumps(CHANNELS), language="en", opted_out="[]"
        )


def lock_reach(patient: Patient) -> Reachability:
    """The row, alone with it until the transaction ends; made when there was none.

    Whoever changes reach, dispatches and the audit log in one transaction locks in this order;
    in another one, two of them could wait for each other.
    """
    fresh = own_reach(Patient.objects.get(pk=patient.pk))
    values = {name: getattr(fresh, name) for name in ("channels", "language", "opted_out")}
    Reachability.objects.get_or_create(patient=patient, defaults=values)
    found = Reachability.objects.select_for_update(no_key=True).get(patient=patient)
    patient.reachability = found
    return found


def note_reach(
    action: str, patient: Patient, actor: str, at: datetime, detail: dict[str, Any]
) -> None:
    """Puts a change of how somebody is reached into the audit log."""
    record_audit(
        action, actor=actor, at=at, kind="reachability", patient=patient.reference, detail=detail
    )
