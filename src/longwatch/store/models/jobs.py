"""What the worker has done when, so that a dead worker is noticed."""

from __future__ import annotations

from django.db import models


class JobRun(models.Model):
    """One job of the worker: when it last began, when it last succeeded, and what it said."""

    name = models.TextField(unique=True)
    every_seconds = models.FloatField()
    last_try = models.DateTimeField()
    last_success = models.DateTimeField(null=True)
    said = models.TextField(default="", help_text="of the last success")
    failure = models.TextField(default="", help_text="of the last try; empty when it succeeded")

    def __str__(self) -> str:
        return self.name
