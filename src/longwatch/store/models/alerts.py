"""Alerts, every step of their life, and every attempt to reach somebody."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.facts import Result
from longwatch.store.models.people import Patient
from longwatch.store.models.staff import Role


class Alert(models.Model):
    """One reason to act: raised once for each subject, rule and episode; its life is in the states.

    `subject` is the patient's reference, or `laboratory:NAME` when a feed is silent.
    """

    class Kind(models.TextChoices):
        """What an alert is about."""

        FINDING = "finding"
        OVERDUE = "overdue"
        FEED = "feed"
        CHASE = "chase"

    subject = models.TextField()
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="alerts")
    kind = models.TextField(choices=Kind)
    rule = models.TextField(help_text="id of the rule or activity")
    episode = models.TextField(help_text="what tells one episode from the next")
    tier = models.TextField()
    protocol = models.TextField(null=True)
    version = models.TextField(null=True)
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="alerts")
    detail = models.TextField(help_text="the finding as JSON, as it was when the alert was raised")
    raised_at = models.DateTimeField()

    class Meta:
        """Raising the same twice is refused by the database."""

        constraints = (
            models.UniqueConstraint(fields=("subject", "rule", "episode"), name="store_alert_once"),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.episode}"


class AlertState(models.Model):
    """One step in the life of an alert; rows are only added.

    Whoever claims the next step inserts the next `number`: of two, the database lets one through.
    """

    class State(models.TextChoices):
        """Steps; only `closed` ends an episode, and never without a reason."""

        RAISED = "raised"
        SEEN = "seen"
        ESCALATED = "escalated"
        ACTED = "acted"
        CLOSED = "closed"
        RAISED_AGAIN = "raised-again"

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="states")
    number = models.PositiveIntegerField()
    state = models.TextField(choices=State)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="+")
    note = models.TextField(null=True, help_text="what was done, or the reason")

    class Meta:
        """One row for each step; an end has its result, or a person and a reason."""

        constraints = (
            models.UniqueConstraint(fields=("alert", "number"), name="store_alert_step_once"),
            models.CheckConstraint(
                condition=~models.Q(state="closed")
                | models.Q(result__isnull=False)
                | models.Q(actor__isnull=False, note__isnull=False),
                name="store_alert_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="acted")
                | models.Q(actor__isnull=False, note__isnull=False),
                name="store_alert_acted_by_somebody",
            ),
        )

    def __str__(self) -> str:
        return f"{self.alert_id}.{self.number} {self.state}"


class Contact(models.Model):
    """One attempt to reach a person treated, or somebody for them."""

    class Kind(models.TextChoices):
        """By which way."""

        CALL = "call"
        TEXT = "text"
        EMAIL = "email"
        LETTER = "letter"
        VISIT = "visit"

    class Outcome(models.TextChoices):
        """How it ended."""

        REACHED = "reached"
        LEFT_WORD = "left-word"
        NO_ANSWER = "no-answer"
        SENT = "sent"
        FAILED = "failed"
        BOUNCED = "bounced"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="contacts")
    alert = models.ForeignKey(Alert, models.PROTECT, null=True, related_name="contacts")
    kind = models.TextField(choices=Kind)
    outcome = models.TextField(choices=Outcome)
    at = models.DateTimeField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    note = models.TextField(null=True)

    class Meta:
        """The history of one person, in order."""

        indexes = (models.Index(fields=("patient", "at"), name="store_contact_of"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.outcome}"
