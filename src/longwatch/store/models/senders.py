"""Programs that may send over the network, and how often strangers tried."""

from __future__ import annotations

from django.db import models

from longwatch.store.models.messages import Message


class Sender(models.Model):
    """A program that may send FHIR: known by its token, from the networks named."""

    name = models.TextField(unique=True)
    networks = models.TextField(help_text="JSON list such as 10.1.2.0/24; [] means anywhere")
    token_digest = models.TextField(unique=True, help_text="SHA-256 of the token, never the token")
    server = models.TextField(help_text="address under which its own Patient/1 is meant; '' if any")
    registry = models.BooleanField(
        default=False, help_text="its Patient resources make people known; a laboratory's do not"
    )
    author = models.TextField()
    filed_at = models.DateTimeField()
    withdrawn_at = models.DateTimeField(null=True)

    def __str__(self) -> str:
        return self.name


class SentResource(models.Model):
    """Which message brought the resource with this identifier, so that it is created only once."""

    sender = models.ForeignKey(Sender, models.PROTECT, related_name="+")
    kind = models.TextField(help_text="resource type")
    system = models.TextField()
    value = models.TextField()
    message = models.ForeignKey(Message, models.PROTECT, related_name="+")

    class Meta:
        """The first one counts."""

        constraints = (
            models.UniqueConstraint(
                fields=("sender", "kind", "system", "value"), name="store_sent_resource_once"
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.value}"


class StrangerCount(models.Model):
    """How often somebody without a valid token tried to send, by day and address."""

    day = models.DateField()
    origin = models.TextField()
    times = models.BigIntegerField(default=0)
    last_at = models.DateTimeField()

    class Meta:
        """One row for each day and address."""

        constraints = (
            models.UniqueConstraint(fields=("day", "origin"), name="store_stranger_once"),
        )

    def __str__(self) -> str:
        return f"{self.origin} {self.day}"
