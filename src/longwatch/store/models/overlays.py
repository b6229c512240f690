"""The clinic's own protocols: overlays over a shipped one, each version kept as it was written."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Overlay(models.Model):
    """One version of an overlay; rows are added, never changed.

    `clinic:NAME@NUMBER` is what patients' protocols and settings call it.
    """

    name = models.TextField(help_text="the id that the text gives the pack")
    number = models.IntegerField()
    text = models.TextField(help_text="protocol.yaml as it was written")
    digest = models.TextField(help_text="of the pack that it makes")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    filed_at = models.DateTimeField()

    class Meta:
        """One next version at a time; none without a reason."""

        constraints = (
            models.UniqueConstraint(fields=("name", "number"), name="store_overlay_version"),
            models.CheckConstraint(condition=~models.Q(reason=""), name="store_overlay_reason"),
        )

    def __str__(self) -> str:
        return f"clinic:{self.name}@{self.number}"
