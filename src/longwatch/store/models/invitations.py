"""An invitation to make an account: a code that is shown once, and kept only as its digest."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient
from longwatch.store.models.staff import Role


class Invitation(models.Model):
    """Somebody is invited as staff, as the person treated, or as a carer of that person."""

    class Kind(models.TextChoices):
        """As whom."""

        STAFF = "staff"
        SELF = "self"
        CARER = "carer"

    digest = models.TextField(unique=True, help_text="SHA-256 of the code")
    kind = models.TextField(choices=Kind)
    name = models.TextField(help_text="whom it is for, as the one who invites calls them")
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="+")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="invitations")
    scope = models.TextField(null=True, help_text="of a carer: how much")
    consent = models.TextField(null=True, help_text="of a carer: how the person agreed")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True)
    used_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Staff with a role, everybody else with the person whose pages they are."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(kind="staff", role__isnull=False, patient=None)
                | (~models.Q(kind="staff") & models.Q(role=None, patient__isnull=False)),
                name="store_invitation_to_something",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="carer")
                | models.Q(consent__isnull=False, scope__isnull=False),
                name="store_invited_carer_by_consent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.pk}"
