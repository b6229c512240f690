"""The mail to staff in the morning: counts and "open Longwatch", no names."""

from __future__ import annotations

from datetime import datetime, time

from django.db import IntegrityError, transaction
from django.db.models import Exists, OuterRef, QuerySet

from longwatch.reminders.channels import Parcel
from longwatch.reminders.clinic import Clinic
from longwatch.reminders.reach import reach_of, usable
from longwatch.store.merging import same_person
from longwatch.store.models import (
    Alert,
    Dispatch,
    HeldItem,
    Membership,
    Patient,
    Reachability,
    StaffTask,
    State,
)


def make_digests(now: datetime, clinic: Clinic) -> int:
    """Makes the mail of today for everybody who has one of the roles, once the hour has come.

    Returns:
        How many were made.
    """
    local = now.astimezone(clinic.zone)
    if local.time() < time.fromisoformat(clinic.ladder.digest_from):
        return 0
    members = Membership.objects.filter(
        role__name__in=clinic.ladder.digest_roles, until=None, user__is_active=True
    ).exclude(user__email="")
    had = Dispatch.objects.filter(purpose=Dispatch.Purpose.DIGEST, day=local.date())
    wanted = set(members.values_list("user", flat=True)) - set(had.values_list("user", flat=True))
    made = 0
    for user in sorted(wanted):
        try:
            with transaction.atomic():
                Dispatch.objects.create(
                    purpose=Dispatch.Purpose.DIGEST,
                    user_id=user,
                    day=local.date(),
                    channel="email",
                    not_before=now,
                    made_at=now,
                )
        except IntegrityError:
            continue
        made += 1
    return made


def counts() -> dict[str, int]:
    """What waits for somebody, in numbers; the lines of the digest in their order."""
    tasks = open_tasks()
    return {
        "alerts not closed": Alert.objects.exclude(state=State.CLOSED).count(),
        "people to call": tasks.filter(kind=StaffTask.Kind.CALL).count(),
        "people to look at again": tasks.filter(kind=StaffTask.Kind.RECHECK).count(),
        "messages that could not be filed": HeldItem.objects.filter(resolved_at=None).count(),
        "addresses that were refused": Reachability.objects.exclude(bad="[]").count(),
        "people whom no reminder can reach": len(unreachable()),
        "reminders that still wait for a working channel": Dispatch.objects.filter(
            state=Dispatch.State.WAITING, attempts__gt=0
        ).count(),
    }


def open_tasks() -> QuerySet[StaffTask]:
    """What staff must do, without people whose reminders are stopped; oldest first."""
    stopped = Reachability.objects.exclude(stopped=None)
    gone = {key for row in stopped.select_related("patient") for key in same_person(row.patient)}
    rows = StaffTask.objects.filter(done_at=None).exclude(patient__in=gone)
    # Two references that are one person need one call.
    same = rows.filter(patient=OuterRef("patient__joined_into"), kind=OuterRef("kind"))
    return rows.exclude(Exists(same)).select_related("patient").order_by("since", "pk")


def unreachable() -> list[str]:
    """People whom no reminder can reach, by reference: nothing known, or all of it refused."""
    people = Patient.objects.filter(joined_into=None).order_by("reference")
    there = {row.patient_id: row for row in Reachability.objects.all()}
    together = set(Patient.objects.exclude(joined_into=None).values_list("joined_into", flat=True))
    found = []
    for one in people:
        row = reach_of(one) if one.pk in together else there.get(one.pk)
        if row is None or not (row.stopped or usable(row)):
            found.append(one.reference)
    return found


def digest_parcel(dispatch: Dispatch, now: datetime, clinic: Clinic) -> Parcel:
    """The mail: numbers only, so that it may be read anywhere."""
    lines = [f"{number:>5}  {what}" for what, number in counts().items()]
    day = now.astimezone(clinic.zone).date()
    text = f"This morning, {day}:\n\n" + "\n".join(lines) + "\n\nOpen Longwatch to see whom.\n"
    assert dispatch.user is not None
    return Parcel(str(dispatch.key), dispatch.user.email, "Longwatch this morning", text, "", "en")
