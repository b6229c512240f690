"""Results that a person of the clinic has yet to sign off, and who signed what."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.facts import Result
from longwatch.store.models.people import Patient


class InboxItem(models.Model):
    """A result that waits to be signed off; the row goes when its `SignOff` is written."""

    result = models.OneToOneField(Result, models.PROTECT, related_name="inbox_item")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    arrived_at = models.DateTimeField()

    class Meta:
        """The longest waiting first."""

        indexes = (models.Index(fields=("arrived_at",), name="store_inbox_since"),)

    def __str__(self) -> str:
        return f"result {self.result_id}"


class SignOff(models.Model):
    """Somebody has read a result and says what was done; rows are only added."""

    result = models.OneToOneField(Result, models.PROTECT, related_name="sign_off")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()
    with_others = models.BooleanField(help_text="in one step with other usual results")
    words = models.TextField(help_text="what was done; empty for a usual result")

    class Meta:
        """What is signed alone says what was done."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(with_others=True) | ~models.Q(words=""),
                name="store_sign_off_says_what",
            ),
        )
        indexes = (models.Index(fields=("at",), name="store_sign_off_at"),)

    def __str__(self) -> str:
        return f"result {self.result_id}"
