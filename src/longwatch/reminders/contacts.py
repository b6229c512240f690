"""Attempts to reach a person, made by people: written down with their outcome, never changed."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.merging import same_person
from longwatch.store.models import Alert, Contact, Patient, StaffTask

if TYPE_CHECKING:
    from django.contrib.auth.models import User
    from django.db.models import QuerySet


def record_contact(
    patient: Patient,
    kind: str,
    outcome: str,
    *,
    actor: User,
    at: datetime,
    note: str = "",
    alert: Alert | None = None,
) -> Contact:
    """Writes down a call, text, letter or visit.

    Who was reached needs no further call for now: the open task ends. An attempt that reached
    nobody leaves it open; only reaching them, or a decision on their follow-up, ends it.

    Inputs:
        kind, outcome: words of `Contact.Kind` and `Contact.Outcome`.
        actor: who tried.

    Raises:
        UsageError: another word.
    """
    for word, known in ((kind, Contact.Kind.values), (outcome, Contact.Outcome.values)):
        if word not in known:
            raise UsageError(Problem(f"{word!r} is none of {', '.join(known)}", how="take one"))
    with transaction.atomic():
        made = Contact.objects.create(
            patient=patient,
            alert=alert,
            kind=kind,
            outcome=outcome,
            at=at,
            actor=actor,
            note=note or None,
        )
        if outcome == Contact.Outcome.REACHED:
            StaffTask.objects.filter(
                patient__in=same_person(patient), kind=StaffTask.Kind.CALL, done_at=None
            ).update(done_at=at, contact=made)
        record_audit(
            "contacted",
            actor=actor.get_username(),
            at=at,
            kind="contact",
            target=str(made.pk),
            patient=patient.reference,
            detail={"kind": kind, "outcome": outcome},
        )
    return made


def history(patient: Patient) -> QuerySet[Contact]:
    """Every attempt to reach a person, by people and by reminders, newest first."""
    found = Contact.objects.filter(patient__in=same_person(patient))
    return found.select_related("actor", "alert").order_by("-at", "-pk")
