"""A form that somebody sent when their session had ended, kept until they are back."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Draft(models.Model):
    """What was typed, sealed; only its writer sees it, and it does not stay."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="drafts")
    path = models.TextField(help_text="where the form goes")
    sealed = models.BinaryField(help_text="the fields, encrypted")
    at = models.DateTimeField()
    expires_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"draft {self.pk}"
