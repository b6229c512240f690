"""What was done on an infusion day, entry by entry. Rows are added, never changed.

An entry that was wrong is replaced by another with a reason; both stay readable. `number` counts
the entries of one infusion, so that of two tablets at one moment one is refused and begins again;
`token` comes from the form, so that what is sent twice is written once.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class InfusionEntry(models.Model):
    """One thing that was done, seen or decided, by whom, and when it happened."""

    class Kind(models.TextChoices):
        """`step`: a line of the checklist; `withdrawn`: what it replaces was never so."""

        CHECK = "check"
        DECISION = "decision"
        STEP = "step"
        START = "start"
        RATE = "rate"
        INTERRUPTED = "interrupted"
        RESUMED = "resumed"
        END = "end"
        SIGNS = "signs"
        REACTION = "reaction"
        DISCHARGE = "discharge"
        NOT_DONE = "not-done"
        NOTE = "note"
        WITHDRAWN = "withdrawn"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    course = models.IntegerField()
    day = models.IntegerField()
    number = models.IntegerField()
    kind = models.TextField(choices=Kind)
    what = models.TextField(default="", help_text="id of the step in the protocol, where one is")
    detail = models.TextField(default="{}", help_text="values and words, as JSON")
    at = models.DateTimeField(help_text="when it happened")
    filed_at = models.DateTimeField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    entered_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        models.PROTECT,
        related_name="+",
        help_text="who was signed in at the tablet",
    )
    replaces = models.OneToOneField("self", models.PROTECT, null=True, related_name="replaced_by")
    reason = models.TextField(default="", help_text="why it was replaced or not done")
    token = models.TextField(unique=True)

    class Meta:
        """One next entry at a time; nothing is replaced without a reason."""

        constraints = (
            models.UniqueConstraint(
                fields=("patient", "course", "day", "number"), name="store_infusion_entry_next"
            ),
            models.CheckConstraint(
                condition=models.Q(replaces=None) | ~models.Q(reason=""),
                name="store_infusion_entry_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.kind} {self.what}"
