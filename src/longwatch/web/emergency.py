"""A record opened in an emergency, by staff whose role does not give it: reason, time, alert."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from django.db import transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.steps import New, raise_alert
from longwatch.core.errors import Problem, UsageError
from longwatch.core.status import Tier
from longwatch.store.audit import record_audit
from longwatch.store.models import Alert, EmergencyAccess, Patient
from longwatch.store.roles import needs_reason
from longwatch.web.granted import LEAD

LASTS = timedelta(hours=1)
"""How long one reason opens a record; then it has to be said again."""
RULE = "EMERGENCY-ACCESS"


def running(user: Any, patient: int, at: datetime) -> EmergencyAccess | None:
    """The access that a user has to this record at this moment, if any."""
    found = EmergencyAccess.objects.filter(user=user, patient=patient, since__lte=at, until__gt=at)
    return found.order_by("-until").first()


def person_with_number(number: str) -> Patient:
    """The one person with this number, whole and exact: nobody leafs through names here.

    Raises:
        UsageError: nobody has it, or more than one.
    """
    asked = number.strip()
    by_number = Patient.objects.filter(identifiers__value__iexact=asked).distinct()
    found = list(by_number[:2]) or list(Patient.objects.filter(reference__iexact=asked)[:2])
    if not asked or len(found) != 1:
        how = "give the whole number as it stands on the bracelet or the card"
        raise UsageError(Problem("this number belongs to nobody, or not to one person", how=how))
    return found[0]


def open_record(
    user: Any, patient: Patient, reason: str, at: datetime, clinic: Clinic
) -> EmergencyAccess:
    """Opens one record for a time; the lead gets an alert, and it stands in the audit log.

    Raises:
        UsageError: no reason was given.
    """
    said = needs_reason(reason)
    with transaction.atomic():
        access = EmergencyAccess.objects.create(
            user=user, patient=patient, reason=said, since=at, until=at + LASTS
        )
        name = user.get_full_name() or user.get_username()
        new = New(
            subject=f"access:{access.pk}",
            kind=Alert.Kind.INCIDENT.value,
            rule=RULE,
            episode=at.isoformat(timespec="seconds"),
            tier=Tier.SAME_DAY.value,
            detail={
                "title": "A record was opened in an emergency",
                "action": "Ask what it was for, and write down whether it was right.",
                "what": f"{name} opened the record of {patient.reference}: {said}",
            },
            role=LEAD,
        )
        raise_alert(clinic, new, at)
        record_audit(
            "opened in an emergency",
            actor=user.get_username(),
            at=at,
            kind="page",
            target="emergency",
            patient=patient.reference,
            detail={"reason": said, "until": access.until.isoformat()},
        )
    return access
