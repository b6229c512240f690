"""Where each person stood when the watch last judged them, so that lists of all need no watch."""

from __future__ import annotations

from django.db import models

from longwatch.store.models.people import Patient


class Standing(models.Model):
    """One row for each person, written anew whenever alerts judge them; nobody else writes it.

    It decides nothing: it is what lists and counters show, with the day for which it holds.
    """

    class Phase(models.TextChoices):
        """Where in the treatment: nothing known or contradicting, a course ahead, watched, over."""

        UNKNOWN = "unknown"
        BEFORE = "before"
        WATCHED = "watched"
        OVER = "over"

    patient = models.OneToOneField(
        Patient, models.PROTECT, primary_key=True, related_name="standing"
    )
    as_of = models.DateField(help_text="the day that was judged")
    judged_at = models.DateTimeField()
    protocol = models.TextField()
    version = models.TextField()
    phase = models.TextField(choices=Phase)
    tier = models.TextField(null=True, help_text="of the worst that is active or overdue")
    findings = models.IntegerField(help_text="active ones")
    overdue = models.IntegerField(help_text="activities")
    days_overdue = models.IntegerField(help_text="of the one that has waited longest")
    due = models.IntegerField(help_text="activities whose window is open")
    unknown = models.IntegerField(help_text="activities of which nobody can tell")
    next_due = models.DateField(null=True)
    first = models.DateField(null=True, help_text="first infusion given")
    last = models.DateField(null=True, help_text="newest infusion given")
    ends = models.DateField(null=True, help_text="last day of the watch")
    course = models.IntegerField(null=True, help_text="the next one planned")
    course_on = models.DateField(null=True, help_text="its first day")
    ready = models.TextField(null=True, help_text="cleared or blocked, of that course")
    checks = models.TextField(null=True, help_text="of that course, as JSON: activity, state, why")

    class Meta:
        """Found by what lists ask for."""

        indexes = (
            models.Index(
                fields=("course_on",),
                condition=models.Q(course_on__isnull=False),
                name="store_standing_course",
            ),
            models.Index(fields=("ends",), name="store_standing_ends"),
        )

    def __str__(self) -> str:
        return f"{self.patient_id} on {self.as_of}"
