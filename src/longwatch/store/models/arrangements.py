"""Where a person's tests are taken, and what was booked. Rows are added, never changed.

A booking says what is hoped for and changes nothing of what is due: only a result does.
"""

from __future__ import annotations

from django.conf import settings
from django.db import models

from longwatch.store.models.people import Patient


class Place(models.TextChoices):
    """Where blood and urine are taken; a nurse comes home or to work."""

    LABORATORY = "laboratory", "Laboratory"
    CLINIC = "clinic", "Clinic"
    HOME = "home", "Nurse at home"
    WORK = "work", "Nurse at work"


class Preference(models.Model):
    """What one person wishes; the newest row counts."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="preferences")
    place = models.TextField(choices=Place)
    note = models.TextField(help_text="laboratory, street, when somebody is there")
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    def __str__(self) -> str:
        return f"{self.patient_id} {self.place}"


class Booking(models.Model):
    """One visit, for the days from `opens` to `closes`, both among them."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="bookings")
    place = models.TextField(choices=Place)
    opens = models.DateField()
    closes = models.DateField()
    orders = models.TextField(help_text="what is to be taken, as JSON: id and title")
    note = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    class Meta:
        """Found by day; no window ends before it begins."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(closes__gte=models.F("opens")), name="store_booking_window"
            ),
        )
        indexes = (models.Index(fields=("closes", "opens"), name="store_booking_day"),)

    def __str__(self) -> str:
        return f"{self.place} {self.opens} to {self.closes}"


class BookingEnd(models.Model):
    """How a booking ended: once, by whom, and why where nothing was taken."""

    class Outcome(models.TextChoices):
        """`done`: the sample was taken; the result is another matter."""

        DONE = "done"
        NOT_DONE = "not-done"
        CANCELLED = "cancelled"

    booking = models.OneToOneField(Booking, models.PROTECT, related_name="end")
    outcome = models.TextField(choices=Outcome)
    on = models.DateField()
    reason = models.TextField()
    author = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="+")
    filed_at = models.DateTimeField()

    class Meta:
        """What was not done has a reason."""

        constraints = (
            models.CheckConstraint(
                condition=models.Q(outcome="done") | ~models.Q(reason=""),
                name="store_booking_reason",
            ),
        )

    def __str__(self) -> str:
        return f"{self.booking_id} {self.outcome}"
