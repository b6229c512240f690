"""What arrived, what of it waits for a person, and what was learned from persons."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.fields import ClinicTimeField


class Message(models.Model):
    """One message or file as it arrived, byte for byte, and what became of it.

    Written once, in the transaction that files its content; a repetition is a row of its own that
    points to the first and keeps no second copy of the bytes. What was refused as no whole message
    does not count as seen: when it comes again whole, it is new.
    """

    class State(models.TextChoices):
        """Every arrival ends in exactly one of these; `duplicate` said nothing new."""

        FILED = "filed"
        HELD = "held"
        REFUSED = "refused"
        DUPLICATE = "duplicate"

    raw = models.BinaryField()
    digest = models.TextField(help_text="SHA-256 of the bytes")
    channel = models.TextField(help_text="by which way it came: mllp, folder")
    origin = models.TextField(null=True, help_text="who was at the other end: address, file name")
    sender = models.TextField(null=True)
    control_id = models.TextField(null=True)
    received_at = models.DateTimeField()
    state = models.TextField(choices=State)
    reason = models.TextField(null=True, help_text="why it was held or refused")
    first = models.ForeignKey("self", models.PROTECT, null=True, related_name="repetitions")

    class Meta:
        """The same bytes from the same channel are new only once."""

        constraints = (
            models.UniqueConstraint(
                fields=("digest", "channel"),
                condition=models.Q(first=None) & ~models.Q(state="refused"),
                name="store_message_once",
            ),
        )
        indexes = (
            models.Index(fields=("sender", "control_id"), name="store_message_control"),
            models.Index(fields=("channel", "received_at"), name="store_message_heard"),
        )

    def __str__(self) -> str:
        return f"{self.control_id or self.digest} of {self.channel}"


class HeldItem(models.Model):
    """Something that could not be filed and waits for a person; whole, with its reason.

    Columns up to `received` are those of the Record's table `held`; `payload` is the fact itself.
    """

    class Resolution(models.TextChoices):
        """How it ended. What a person filed or rejected is not held again when it comes again."""

        FILED = "filed"
        REJECTED = "rejected"

    key = models.TextField(unique=True, help_text="`held.id`: the same thing is held once")
    table = models.TextField(null=True)
    source = models.TextField(null=True)
    where = models.TextField(null=True)
    reason = models.TextField(null=True)
    detail = models.TextField(null=True)
    mend = models.TextField(null=True)
    patient = models.TextField(null=True, help_text="as it was said; may be on no list")
    raw = models.TextField(null=True)
    received = ClinicTimeField(null=True)
    payload = models.TextField(null=True)
    extra = models.TextField(null=True)
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="held_items")
    filed_at = models.DateTimeField()

    resolved_at = models.DateTimeField(null=True)
    resolved_by = models.TextField(null=True)
    resolution = models.TextField(null=True, choices=Resolution)
    resolution_reason = models.TextField(null=True)

    class Meta:
        """What waits is found without reading what is done; nothing is done by nobody."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(resolved_at=None, resolution=None)
                | models.Q(
                    resolved_at__isnull=False,
                    resolution__isnull=False,
                    resolved_by__isnull=False,
                    resolution_reason__isnull=False,
                ),
                name="store_held_resolved_by_somebody",
            ),
        )
        indexes = (
            models.Index(fields=("patient", "reason"), name="store_held_of"),
            models.Index(
                fields=("filed_at",),
                condition=models.Q(resolved_at=None),
                name="store_held_waiting",
            ),
        )

    def __str__(self) -> str:
        return f"{self.reason}: {self.where}"


class LearnedAlias(models.Model):
    """What a person taught of one laboratory: a code that means a test, a spelling of a unit."""

    class Kind(models.TextChoices):
        """What was learned."""

        CODE = "code"
        UNIT = "unit"

    laboratory = models.TextField()
    kind = models.TextField(choices=Kind)
    said = models.TextField()
    test = models.TextField(help_text="catalogue id")
    meaning = models.TextField(help_text="the test, or the unit of the catalogue")
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()
    confirmed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL, models.PROTECT, null=True, related_name="+"
    )
    confirmed_at = models.DateTimeField(null=True, help_text="it counts from then on")
    withdrawn_at = models.DateTimeField(null=True)

    class Meta:
        """One meaning in force for what a laboratory says; two people sign for it."""

        constraints = (
            models.UniqueConstraint(
                fields=("laboratory", "said"),
                condition=models.Q(withdrawn_at=None, kind="code"),
                name="store_alias_code_once",
            ),
            models.UniqueConstraint(
                fields=("laboratory", "test", "said"),
                condition=models.Q(withdrawn_at=None, kind="unit"),
                name="store_alias_unit_once",
            ),
            models.CheckConstraint(
                condition=models.Q(confirmed_at=None, confirmed_by=None)
                | (
                    models.Q(confirmed_at__isnull=False, confirmed_by__isnull=False)
                    & ~models.Q(confirmed_by=models.F("author"))
                ),
                name="store_alias_two_people",
            ),
        )

    def __str__(self) -> str:
        return f"{self.laboratory} says {self.said!r} for {self.meaning}"
