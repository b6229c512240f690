"""Which version of a person's calendar is out."""

from __future__ import annotations

from datetime import datetime

from django.db import transaction

from longwatch.store.models import CalendarVersion, Patient


def calendar_version(patient: Patient, digest: str, at: datetime) -> CalendarVersion:
    """The version for these windows: one higher than the last whenever they differ.

    Inputs:
        digest: of all windows as they are now.
        at: now; kept as the day of the version when it is a new one.
    """
    with transaction.atomic():
        made, new = CalendarVersion.objects.select_for_update(no_key=True).get_or_create(
            patient=patient, defaults={"digest": digest, "sequence": 0, "at": at}
        )
        if not new and made.digest != digest:
            made.digest, made.sequence, made.at = digest, made.sequence + 1, at
            made.save()
    return made
