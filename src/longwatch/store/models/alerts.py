"""Alerts, every step of their life, and every attempt to reach somebody."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.facts import Event, Result
from longwatch.store.models.people import Patient
from longwatch.store.models.staff import Role


class State(models.TextChoices):
    """Steps in the life of an alert; only `closed` ends it."""

    RAISED = "raised"
    SEEN = "seen"
    ESCALATED = "escalated"
    NOBODY_ANSWERED = "nobody-answered"
    ACTED = "acted"
    SNOOZED = "snoozed"
    RAISED_AGAIN = "raised-again"
    CLOSABLE = "closable"
    VALUE_CORRECTED = "value-corrected"
    CLOSED = "closed"


class Alert(models.Model):
    """One reason to act: raised once for each subject, rule and episode; its life is in the states.

    What stands in `tier`, `state`, `step`, `next_at` and `role` is that of the newest state, so
    that a list needs no other table; nobody but `longwatch.alerts.steps` writes it.
    """

    class Kind(models.TextChoices):
        """What an alert is about."""

        FINDING = "finding"
        OVERDUE = "overdue"
        FEED = "feed"
        CHASE = "chase"
        FOLLOW_UP = "follow-up"
        DESK = "desk"
        INCIDENT = "incident"

    subject = models.TextField(
        help_text="the patient's reference, `laboratory:NAME`, `held:KEY` or `clinic`"
    )
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="alerts")
    kind = models.TextField(choices=Kind)
    rule = models.TextField(help_text="id of the rule or activity")
    episode = models.TextField(
        help_text="day of the finding that began it, or since when it is overdue"
    )
    protocol = models.TextField(null=True)
    version = models.TextField(null=True)
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="alerts")
    detail = models.TextField(help_text="what was found, as JSON, as it was when it was raised")
    historic = models.BooleanField(
        default=False, help_text="years old when it was entered: shown, and hurries nobody"
    )
    raised_at = models.DateTimeField()

    tier = models.TextField(help_text="the worst so far")
    step = models.PositiveIntegerField()
    state = models.TextField(choices=State)
    next_at = models.DateTimeField(null=True, help_text="when something happens by itself")
    role = models.ForeignKey(
        Role, models.PROTECT, null=True, related_name="+", help_text="who is asked now"
    )

    class Meta:
        """Raising the same twice is refused by the database; so is an open alert without a next."""

        constraints = (
            models.UniqueConstraint(
                fields=("subject", "kind", "rule", "episode"), name="store_alert_once"
            ),
            models.UniqueConstraint(
                fields=("subject", "kind", "rule"),
                condition=~models.Q(state="closed") & ~models.Q(kind="follow-up"),
                name="store_alert_one_open",
            ),
            models.CheckConstraint(
                condition=models.Q(state="closed", next_at=None)
                | (~models.Q(state="closed") & models.Q(next_at__isnull=False)),
                name="store_alert_has_a_next_moment",
            ),
        )
        indexes = (
            models.Index(
                fields=("next_at",), condition=~models.Q(state="closed"), name="store_alert_next"
            ),
            models.Index(
                fields=("patient",), condition=~models.Q(state="closed"), name="store_alert_open_of"
            ),
        )

    def __str__(self) -> str:
        return f"{self.rule} {self.episode}"


class AlertState(models.Model):
    """One step in the life of an alert; rows are only added.

    Whoever claims the next step inserts the next `number`: of two, the database lets one through.
    """

    alert = models.ForeignKey(Alert, models.PROTECT, related_name="states")
    number = models.PositiveIntegerField()
    state = models.TextField(choices=State)
    at = models.DateTimeField()
    tier = models.TextField(help_text="the worst so far")
    next_at = models.DateTimeField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    role = models.ForeignKey(Role, models.PROTECT, null=True, related_name="+")
    result = models.ForeignKey(Result, models.PROTECT, null=True, related_name="+")
    event = models.ForeignKey(Event, models.PROTECT, null=True, related_name="+")
    note = models.TextField(null=True, help_text="what was done, or the reason")
    detail = models.TextField(null=True, help_text="what was found since, as JSON")

    class Meta:
        """One row for each step; an end has its fact, or a person and a reason."""

        constraints = (
            models.UniqueConstraint(fields=("alert", "number"), name="store_alert_step_once"),
            models.CheckConstraint(
                condition=~models.Q(state="closed")
                | models.Q(result__isnull=False)
                | models.Q(event__isnull=False)
                | (models.Q(actor__isnull=False, note__isnull=False) & ~models.Q(note="")),
                name="store_alert_closed_by_somebody",
            ),
            models.CheckConstraint(
                condition=~models.Q(state="acted")
                | (models.Q(actor__isnull=False, note__isnull=False) & ~models.Q(note="")),
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
