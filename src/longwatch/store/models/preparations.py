"""Who gets what is missing before a course: rows are only added, the newest counts."""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient
from longwatch.store.models.staff import Role


class Preparation(models.Model):
    """One step towards a course: who is responsible for one activity, and what was booked."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="preparations")
    course = models.IntegerField()
    activity = models.TextField(help_text="id in the protocol")
    role = models.ForeignKey(Role, models.PROTECT, related_name="+", help_text="who sees to it")
    person = models.TextField(null=True, help_text="the name of somebody, in the clinic or not")
    booked_for = models.DateField(null=True, help_text="empty: not booked yet")
    note = models.TextField(null=True)
    actor = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    at = models.DateTimeField()

    class Meta:
        """Found by person and course."""

        indexes = (models.Index(fields=("patient", "course"), name="store_preparation_of"),)

    def __str__(self) -> str:
        return f"{self.activity} before course {self.course}"
