"""Which account may see whom as the person treated, or as somebody who cares for that person."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class Scope(models.TextChoices):
    """How much of a person's own pages a carer sees; each holds the one before."""

    PLAN = "plan"
    RESULTS = "results"
    EVERYTHING = "everything"


class OwnRecord(models.Model):
    """A user sees one patient's own pages: the person treated, or a carer with that consent."""

    class Kind(models.TextChoices):
        """As whom."""

        SELF = "self"
        CARER = "carer"

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="own_records")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="accounts")
    kind = models.TextField(choices=Kind)
    since = models.DateTimeField()
    until = models.DateTimeField(null=True, help_text="empty while it holds")
    consent = models.TextField(null=True, help_text="of a carer: how the person agreed")
    scope = models.TextField(
        choices=Scope, default=Scope.EVERYTHING, help_text="of a carer: how much of it"
    )

    class Meta:
        """Nobody has the same right twice at once."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "patient"),
                condition=models.Q(until=None),
                name="store_own_record_once",
            ),
            models.CheckConstraint(
                condition=~models.Q(kind="carer") | models.Q(consent__isnull=False),
                name="store_carer_by_consent",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} sees {self.patient_id} as {self.kind}"
