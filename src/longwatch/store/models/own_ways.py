"""What a person chose for the own pages, and the secret addresses that open without signing in."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class Wishes(models.Model):
    """How an account wants to read: language and size of letters."""

    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, models.PROTECT, related_name="wishes", primary_key=True
    )
    language = models.TextField(help_text="en-us, es")
    large = models.BooleanField(default=False)

    def __str__(self) -> str:
        return f"{self.user_id} {self.language}"


class SecretLink(models.Model):
    """An address that only its owner knows: a calendar, or the page behind the card's QR code.

    Only a digest of the secret is kept, so that who reads the store cannot open the page.
    """

    class Kind(models.TextChoices):
        """What it opens."""

        CALENDAR = "calendar"
        EMERGENCY = "emergency"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="links")
    kind = models.TextField(choices=Kind)
    digest = models.TextField(unique=True)
    language = models.TextField()
    name_agreed = models.BooleanField(default=False, help_text="the page may show the name")
    made_by = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    made_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """One of a kind at a time: a new one takes the place of the old one."""

        constraints = (
            models.UniqueConstraint(
                fields=("patient", "kind"),
                condition=models.Q(revoked_at=None),
                name="store_link_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} of {self.patient_id}"


class CalendarVersion(models.Model):
    """Which version of a person's calendar is out: its number goes up whenever dates move."""

    patient = models.OneToOneField(
        Patient, models.PROTECT, related_name="calendar", primary_key=True
    )
    digest = models.TextField(help_text="of the windows")
    sequence = models.PositiveIntegerField()
    at = models.DateTimeField(help_text="when this version came to be")

    def __str__(self) -> str:
        return f"{self.patient_id} {self.sequence}"
