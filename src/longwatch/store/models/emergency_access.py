"""Access to one record with a reason, for a short time, by staff whose role does not give it."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class EmergencyAccess(models.Model):
    """Somebody opened a record in an emergency; the lead is told, and the end is fixed."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    reason = models.TextField()
    since = models.DateTimeField()
    until = models.DateTimeField()

    class Meta:
        """Never without a reason."""

        constraints = (
            models.CheckConstraint(
                condition=~models.Q(reason=""), name="store_emergency_has_a_reason"
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} opened {self.patient_id}"
