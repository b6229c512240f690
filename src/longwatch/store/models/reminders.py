"""How a person may be reached, what was asked of them, what went out, and what staff must do.

Names of the words: a *reminder* is one step of the ladder for one item of one person; a *dispatch*
is one text on its way to one person through one channel, for all reminders of that day.
"""

from __future__ import annotations

import uuid

from django.conf import settings
from django.db import models

from longwatch.store.models.alerts import Contact
from longwatch.store.models.people import Patient


class Reachability(models.Model):
    """How one person treated may be reached; who changed it when stands in the audit log."""

    class Stopped(models.TextChoices):
        """Why nothing is sent any more; taking it back starts the reminders again."""

        DIED = "died"
        MOVED = "moved"

    patient = models.OneToOneField(Patient, models.PROTECT, related_name="reachability")
    channels = models.TextField(help_text="in order of preference, as JSON: email, text, letter")
    language = models.TextField(help_text="en, es")
    greeting = models.TextField(
        null=True, help_text="the name to greet with; empty: they did not agree to be named"
    )
    email = models.TextField(null=True)
    phone = models.TextField(null=True)
    address = models.TextField(null=True, help_text="lines for the envelope")
    opted_out = models.TextField(help_text="channels never to be used, as JSON; all: every one")
    bad = models.TextField(
        default="[]", help_text="channels whose address was refused, as JSON, until it changes"
    )
    quiet_from = models.TextField(null=True, help_text="HH:MM; empty: the clinic's")
    quiet_until = models.TextField(null=True)
    zone = models.TextField(null=True, help_text="where the person lives; empty: the clinic's")
    stopped = models.TextField(null=True, choices=Stopped)
    stopped_on = models.DateField(null=True)

    def __str__(self) -> str:
        return f"reachability {self.patient_id}"


class Dispatch(models.Model):
    """One text for one person through one channel. It is written anew each time it is tried.

    `key` is its Message-ID: a receiver that gets it twice can drop one. `lease_until` belongs to
    the worker that is sending it now; when it passes, another one may try.
    """

    class Purpose(models.TextChoices):
        """Whom it is for."""

        REMINDER = "reminder"
        DIGEST = "digest"

    class State(models.TextChoices):
        """`waiting` alone is tried; from all others nothing is sent."""

        WAITING = "waiting"
        SENT = "sent"
        BOUNCED = "bounced"
        FAILED = "failed"
        CANCELLED = "cancelled"

    class Cancelled(models.TextChoices):
        """Why it never went out; `not-asked`: answered meanwhile, or ended by a person."""

        NOT_ASKED = "not-asked"
        STOPPED = "stopped"
        OPTED_OUT = "opted-out"
        NO_ADDRESS = "no-address"

    key = models.UUIDField(unique=True, default=uuid.uuid4, editable=False)
    purpose = models.TextField(choices=Purpose)
    patient = models.ForeignKey(Patient, models.PROTECT, null=True, related_name="dispatches")
    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+")
    day = models.DateField(help_text="the day at the clinic for which it was made")
    channel = models.TextField()
    follows = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="followed_by", help_text="what failed first"
    )
    state = models.TextField(choices=State, default=State.WAITING)
    cancelled = models.TextField(null=True, choices=Cancelled)
    attempts = models.PositiveIntegerField(default=0)
    not_before = models.DateTimeField()
    worker = models.TextField(null=True)
    lease_until = models.DateTimeField(null=True)
    made_at = models.DateTimeField()
    sent_at = models.DateTimeField(null=True)

    class Meta:
        """At most one text a day for one person, besides those that stand in for a failed one."""

        constraints = (
            models.UniqueConstraint(
                fields=("patient", "day"),
                condition=models.Q(follows=None) & ~models.Q(state="cancelled"),
                name="store_dispatch_once_a_day",
            ),
            models.UniqueConstraint(
                fields=("user", "day"), condition=models.Q(follows=None), name="store_digest_once"
            ),
            models.CheckConstraint(
                condition=models.Q(purpose="reminder", patient__isnull=False, user=None)
                | models.Q(purpose="digest", patient=None, user__isnull=False),
                name="store_dispatch_for_somebody",
            ),
        )
        indexes = (models.Index(fields=("state", "not_before"), name="store_dispatch_next"),)

    def __str__(self) -> str:
        return f"{self.purpose} {self.channel} {self.state}"


class SendAttempt(models.Model):
    """What became of one attempt to send; rows are only added."""

    class Outcome(models.TextChoices):
        """`unknown`: the program stopped, or the line broke, when it may have been taken."""

        SENT = "sent"
        LATER = "later"
        REFUSED = "refused"
        SETUP = "setup"
        UNKNOWN = "unknown"
        BOUNCED = "bounced"

    dispatch = models.ForeignKey(Dispatch, models.PROTECT, related_name="tried")
    number = models.PositiveIntegerField()
    at = models.DateTimeField()
    outcome = models.TextField(choices=Outcome)
    code = models.TextField(help_text="what the receiving side said, without its words: 451, hang")

    class Meta:
        """In the order in which they happened."""

        indexes = (models.Index(fields=("dispatch", "number"), name="store_attempt_of"),)

    def __str__(self) -> str:
        return f"{self.dispatch_id}.{self.number} {self.outcome} {self.code}"


class StaffTask(models.Model):
    """What a person of the clinic has to do for somebody whom nothing else has reached."""

    class Kind(models.TextChoices):
        """`call`: speak with them; `recheck`: the day to look again has come."""

        CALL = "call"
        RECHECK = "recheck"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="tasks")
    kind = models.TextField(choices=Kind)
    why = models.TextField()
    since = models.DateField()
    made_at = models.DateTimeField()
    contact = models.ForeignKey(
        Contact, models.PROTECT, null=True, related_name="+", help_text="the attempt that ended it"
    )
    done_at = models.DateTimeField(null=True)

    class Meta:
        """One open task of a kind for one person; only a contact or a decision ends it."""

        constraints = (
            models.UniqueConstraint(
                fields=("patient", "kind"),
                condition=models.Q(done_at=None),
                name="store_task_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.since}"


class Reminder(models.Model):
    """One step of the ladder for one item of one person: the database lets it happen once.

    Either a dispatch or a task carries it. Nothing is written where nobody could be asked: a step
    that reached no one is not made, and comes again with the next round.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="reminders")
    activity = models.TextField()
    due = models.DateField(help_text="the day on which the item is due: it names the item")
    step = models.TextField(help_text="id of the step, with its number where it repeats: call.2")
    opens = models.DateField(null=True)
    closes = models.DateField()
    day = models.DateField(help_text="the day at the clinic on which it was made")
    made_at = models.DateTimeField()
    dispatch = models.ForeignKey(Dispatch, models.PROTECT, null=True, related_name="reminders")
    task = models.ForeignKey(StaffTask, models.PROTECT, null=True, related_name="reminders")

    class Meta:
        """Exactly once, whoever asks, however often, on whatever clock."""

        constraints = (
            models.UniqueConstraint(
                fields=("patient", "activity", "due", "step"), name="store_reminder_once"
            ),
            models.CheckConstraint(
                condition=models.Q(dispatch=None, task__isnull=False)
                | models.Q(dispatch__isnull=False, task=None),
                name="store_reminder_carried",
            ),
        )

    def __str__(self) -> str:
        return f"{self.activity} {self.due} {self.step}"


class AskingEnded(models.Model):
    """A named person ended the asking for one item; rows are only added."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="asking_ended")
    activity = models.TextField()
    due = models.DateField(help_text="this item and those before it")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    reason = models.TextField()
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.activity} {self.due}"


class FollowUp(models.Model):
    """What was decided about somebody who does not come; rows are only added, the newest counts.

    There is no decision without a day on which somebody looks again.
    """

    class State(models.TextChoices):
        """`back`: they come again, and are asked as before."""

        LOST = "lost"
        REFUSES = "refuses"
        ABROAD = "abroad"
        BACK = "back"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="follow_ups")
    state = models.TextField(choices=State)
    reason = models.TextField()
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    on = models.DateField()
    recheck_on = models.DateField(null=True)
    at = models.DateTimeField()

    class Meta:
        """Only who is back needs no day to look again."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(state="back", recheck_on=None)
                # Without the middle one NULL would pass: it is not false that it lies ahead.
                | (
                    ~models.Q(state="back")
                    & models.Q(recheck_on__isnull=False)
                    & models.Q(recheck_on__gt=models.F("on"))
                ),
                name="store_follow_up_rechecked",
            ),
        )

    def __str__(self) -> str:
        return f"{self.state} {self.on}"


class ReminderRound(models.Model):
    """A day for which every person was gone through; the next round of that day only sends."""

    day = models.DateField(unique=True)
    done_at = models.DateTimeField()
    made = models.PositiveIntegerField()

    def __str__(self) -> str:
        return str(self.day)
