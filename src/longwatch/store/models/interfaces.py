"""Systems that may read, the cards they were shown, and what became of these cards."""

from __future__ import annotations

from django.db import models

from longwatch.store.models.people import Patient


class ReadingClient(models.Model):
    """A system that may ask this clinic: known by its token, or by the key it signs with."""

    name = models.TextField(unique=True)
    scopes = models.TextField(help_text="JSON list such as system/Observation.rs, cds-hooks, api")
    networks = models.TextField(help_text="JSON list such as 10.1.2.0/24; [] means anywhere")
    token_digest = models.TextField(unique=True, help_text="SHA-256 of the token, never the token")
    issuer = models.TextField(help_text="whom its signed tokens name as `iss`; '' if it signs none")
    keys = models.TextField(help_text="JSON list of its public keys (JWK)")
    author = models.TextField()
    filed_at = models.DateTimeField()
    expires_at = models.DateTimeField()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """One client for each issuer that may sign."""

        constraints = (
            models.UniqueConstraint(
                fields=("issuer",),
                condition=~models.Q(issuer="") & models.Q(revoked_at=None),
                name="store_reading_client_issuer",
            ),
        )

    def __str__(self) -> str:
        return self.name


class HookCard(models.Model):
    """One card as it was shown in another system: written once."""

    uuid = models.UUIDField(unique=True)
    service = models.TextField()
    client = models.TextField(help_text="who asked")
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="+")
    rule = models.TextField(help_text="rule, activity or check that the card tells of")
    indicator = models.TextField()
    shown_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.rule} in {self.client}"


class CardFeedback(models.Model):
    """What somebody elsewhere did with a card, as their system reported it: written once."""

    class Outcome(models.TextChoices):
        """The two words of CDS Hooks."""

        ACCEPTED = "accepted"
        OVERRIDDEN = "overridden"

    card = models.ForeignKey(HookCard, models.PROTECT, related_name="feedback")
    outcome = models.TextField(choices=Outcome)
    reason = models.TextField(null=True, help_text="code of the reason for overriding")
    comment = models.TextField(null=True)
    happened_at = models.TextField(help_text="when, as it was sent")
    client = models.TextField()
    filed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.card_id} {self.outcome}"
