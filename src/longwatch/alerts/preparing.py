"""Who gets what is missing before a course, and for when it is booked; rows are only added."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from django.db import transaction

from longwatch.alerts.roles import CLINICAL, DEPUTIES, role
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Patient, Preparation
from longwatch.store.roles import acting


def assign(
    patient: Patient,
    course: int,
    activity: str,
    responsible: str,
    *,
    by: str,
    at: datetime,
    person: str = "",
    booked_for: date | None = None,
    note: str = "",
) -> Preparation:
    """Writes down who sees to one thing before a course; the newest row counts.

    Inputs:
        activity: id in the protocol.
        responsible: name of a role.
        by: user name. at: now, with a time zone.
        person: the name of somebody, where it is known.
        booked_for: the day for which it is booked; None: not yet.

    Raises:
        UsageError: no such role, or the user may not.
    """
    if responsible not in DEPUTIES:
        known = ", ".join(sorted(DEPUTIES))
        raise UsageError(Problem(f"no role is called {responsible!r}", how=f"one of {known}"))
    with transaction.atomic():
        user: Any = acting(by, CLINICAL, at)
        made = Preparation.objects.create(
            patient=patient,
            course=course,
            activity=activity,
            role=role(responsible),
            person=person.strip() or None,
            booked_for=booked_for,
            note=note.strip() or None,
            actor=user,
            at=at,
        )
        record_audit(
            "prepared",
            actor=by,
            at=at,
            kind="preparation",
            target=activity,
            patient=patient.reference,
            detail={"course": course, "role": responsible, "booked_for": str(booked_for or "")},
        )
    return made


def newest_preparations(patients: list[int]) -> dict[tuple[int, int, str], Preparation]:
    """The rows that count of these people, by key of the person, course and activity."""
    rows = Preparation.objects.filter(patient__in=patients).select_related("role", "actor")
    return {(row.patient_id, row.course, row.activity): row for row in rows.order_by("pk")}
