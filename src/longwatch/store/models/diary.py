"""What people treated write themselves: diary, questions, and what the clinic answered.

Rows are only added. Who changes an entry writes a further one that supersedes it; both stay.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class DiaryEntry(models.Model):
    """One entry: symptoms by tap, a look at the skin, or the questions on a new MS symptom."""

    class Kind(models.TextChoices):
        """What the person was asked."""

        SYMPTOMS = "symptoms"
        SKIN = "skin"
        RELAPSE = "relapse"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="diary")
    kind = models.TextField(choices=Kind)
    day = models.DateField(help_text="the day on which it was felt or seen")
    codes = models.TextField(help_text="ids of the protocol's symptoms, as a JSON list")
    areas = models.TextField(default="[]", help_text="of the body, as a JSON list")
    severity = models.TextField(null=True, help_text="mild, middle, strong; empty: not said")
    text = models.TextField(help_text="in the person's own words; may be empty")
    told = models.TextField(help_text="red flags whose advice was shown, as a JSON list")
    withdrawn = models.BooleanField(default=False, help_text="the person takes it back")
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Found by patient and day."""

        indexes = (models.Index(fields=("patient", "day"), name="store_diary_of"),)

    def __str__(self) -> str:
        return f"{self.kind} {self.day}"


class DiarySeen(models.Model):
    """That somebody of the clinic has read an entry."""

    entry = models.OneToOneField(DiaryEntry, models.PROTECT, related_name="seen")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.entry_id} seen"


class Question(models.Model):
    """What the person wants to ask at the next visit."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="questions")
    text = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"question {self.pk}"


class QuestionStep(models.Model):
    """What became of a question: answered by the clinic, or settled by who asked."""

    class Kind(models.TextChoices):
        """`settled`: the person needs no further answer."""

        ANSWER = "answer"
        SETTLED = "settled"

    question = models.ForeignKey(Question, models.PROTECT, related_name="steps")
    kind = models.TextField(choices=Kind)
    text = models.TextField(help_text="the answer; empty when settled")
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.question_id} {self.kind}"
