"""Who is looked after, by which numbers they are known, and by which protocol."""

from __future__ import annotations

from django.db import models


class Patient(models.Model):
    """One person treated. `reference` is the Record's patient id."""

    reference = models.TextField(unique=True)
    name = models.TextField(null=True, help_text="one line: Family, Given Middle")
    birth_date = models.DateField(null=True)
    sex = models.TextField(null=True)
    ms_onset = models.DateField(null=True)
    extra = models.TextField(null=True, help_text="further columns of the Record, as JSON")
    filed_at = models.DateTimeField(help_text="when the store learned of this person")
    joined_into = models.ForeignKey(
        "self",
        models.PROTECT,
        null=True,
        related_name="joined",
        help_text="the same human being under another reference; `PatientLink` says since when",
    )

    def __str__(self) -> str:
        return self.reference


class Identifier(models.Model):
    """A number that an authority gave to a patient; one authority may give several over time."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="identifiers")
    authority = models.TextField()
    value = models.TextField()
    valid_from = models.DateField(null=True)
    valid_to = models.DateField(null=True, help_text="the last day; empty while it is in use")
    learned = models.TextField(help_text="how it became known: registry, message, person")
    filed_at = models.DateTimeField()

    class Meta:
        """One row for each number of each patient."""

        constraints = (
            models.UniqueConstraint(
                fields=("authority", "value", "patient"), name="store_identifier_once"
            ),
        )
        indexes = (models.Index(fields=("value",), name="store_identifier_value"),)

    def __str__(self) -> str:
        return f"{self.value} of {self.authority}"


class PatientLink(models.Model):
    """That two references are one human being, or no longer: rows are added, never changed.

    What was filed stays filed under each reference; only reading joins it. `number` counts the
    steps of one patient, so that of two people who join at once one is refused.
    """

    class Kind(models.TextChoices):
        """Joined under `into`, or separated from it again."""

        JOINED = "joined"
        SEPARATED = "separated"

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    into = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    number = models.IntegerField()
    kind = models.TextField(choices=Kind)
    message = models.ForeignKey("store.Message", models.PROTECT, null=True, related_name="+")
    author = models.TextField(help_text="user name, or the program")
    reason = models.TextField()
    filed_at = models.DateTimeField()

    class Meta:
        """One next step at a time; nobody is joined to themselves."""

        constraints = (
            models.UniqueConstraint(fields=("patient", "number"), name="store_link_step"),
            models.CheckConstraint(
                condition=~models.Q(patient=models.F("into")), name="store_link_two"
            ),
        )
        indexes = (models.Index(fields=("filed_at",), name="store_link_since"),)

    def __str__(self) -> str:
        return f"{self.patient_id} {self.kind} {self.into_id}"


class MovedVisit(models.Model):
    """That the results of one visit belong to another patient than their number says (ADT A45)."""

    visit = models.TextField(help_text="the visit's number as sent")
    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    into = models.ForeignKey(Patient, models.PROTECT, related_name="+")
    message = models.ForeignKey("store.Message", models.PROTECT, null=True, related_name="+")
    author = models.TextField()
    reason = models.TextField()
    filed_at = models.DateTimeField()

    class Meta:
        """Found by the number that a message names."""

        indexes = (models.Index(fields=("visit", "patient"), name="store_moved_visit"),)

    def __str__(self) -> str:
        return f"{self.visit} from {self.patient_id} to {self.into_id}"


class ProtocolInForce(models.Model):
    """From which day a patient is watched by which protocol; the newest row not after a day counts.

    Rows are added, never changed: an earlier day is judged by the protocol of that day.
    """

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="protocols")
    protocol = models.TextField(help_text="id of the pack, or path of the clinic's overlay")
    version = models.TextField(null=True, help_text="empty: the version that is installed")
    digest = models.TextField(null=True)
    since = models.DateField()
    author = models.TextField()
    filed_at = models.DateTimeField()

    class Meta:
        """Found by patient and day."""

        indexes = (models.Index(fields=("patient", "since"), name="store_protocol_since"),)

    def __str__(self) -> str:
        return f"{self.protocol} since {self.since}"
