"""The dated facts of a Record, each row written once.

A row is never changed and never deleted (triggers see to it). When what it says changes, as a
withdrawal by the laboratory does, a new row `supersedes` it; when it should never have been, a row
with `gone` does. A Record holds the rows that nothing supersedes and that are not gone.

A correction that a laboratory sends is a result of its own beside the one it corrects, as in every
Record: the watch decides by status and `received` which of them counts.
"""

from __future__ import annotations

from django.db import models

from longwatch.store.fields import ClinicTimeField
from longwatch.store.models.messages import Message
from longwatch.store.models.people import Patient


class Fact(models.Model):
    """What every dated row has. `digest` is made of all it says, so that it is filed once."""

    patient = models.ForeignKey(Patient, models.PROTECT, related_name="+", db_index=False)
    date = models.DateField()
    message = models.ForeignKey(Message, models.PROTECT, null=True, related_name="+")
    filed_at = models.DateTimeField()
    supersedes = models.OneToOneField(
        "self", models.PROTECT, null=True, related_name="superseded_by"
    )
    gone = models.BooleanField(default=False)
    digest = models.TextField()
    extra = models.TextField(null=True, help_text="further columns of the Record, as JSON")
    source = models.TextField(null=True)

    class Meta:
        """Only the three tables below exist."""

        abstract = True
        # `unique=True` would make PostgreSQL keep a second index, for LIKE.
        constraints = (models.UniqueConstraint(fields=("digest",), name="store_%(class)s_once"),)


class Result(Fact):
    """One laboratory result: canonical value, and value, unit and text as they were sent."""

    test = models.TextField()
    value = models.FloatField(null=True)
    comparator = models.TextField(null=True)
    value_high = models.FloatField(null=True)
    text = models.TextField(null=True)
    unit = models.TextField(null=True)
    low = models.FloatField(null=True)
    high = models.FloatField(null=True)
    status = models.TextField(null=True)
    received = ClinicTimeField(null=True)
    sent_value = models.TextField(null=True)
    sent_unit = models.TextField(null=True)
    laboratory = models.TextField(null=True)
    flag = models.TextField(null=True)
    note = models.TextField(null=True)
    issued = models.TextField(null=True, help_text="when the laboratory issued it, as it wrote")
    was = models.TextField(null=True, help_text="status before it was taken back")

    class Meta(Fact.Meta):
        """Found by patient and day; what is not final yet is found without reading all."""

        abstract = False
        indexes = (
            models.Index(fields=("patient", "date"), name="store_result_of"),
            models.Index(
                fields=("filed_at",),
                condition=models.Q(status="preliminary"),
                name="store_result_preliminary",
            ),
        )


class Infusion(Fact):
    """One infusion day of a course, planned, given or not done."""

    course = models.IntegerField(null=True)
    day = models.IntegerField(null=True)
    dose_mg = models.FloatField(null=True)
    drug = models.TextField(null=True)
    started = ClinicTimeField(null=True)
    ended = ClinicTimeField(null=True)
    status = models.TextField(null=True)
    issued = models.TextField(null=True)
    inferred = models.TextField(null=True, help_text="yes: course or day were counted, not sent")

    class Meta(Fact.Meta):
        """Found by patient and day."""

        abstract = False
        indexes = (models.Index(fields=("patient", "date"), name="store_infusion_of"),)


class Event(Fact):
    """Anything else dated: relapse, symptom, diagnosis, procedure, vaccination, note."""

    kind = models.TextField()
    code = models.TextField(null=True)
    end_date = models.DateField(null=True)
    grade = models.IntegerField(null=True)
    text = models.TextField(null=True)

    class Meta(Fact.Meta):
        """Found by patient and day."""

        abstract = False
        indexes = (models.Index(fields=("patient", "date"), name="store_event_of"),)


class ExtraColumn(models.Model):
    """A column that a Record's table has beyond the design's, with its type, so it comes back."""

    table = models.TextField()
    name = models.TextField()
    kind = models.TextField(help_text="the Arrow type, as `str` writes it")

    class Meta:
        """A name once in each table."""

        constraints = (
            models.UniqueConstraint(fields=("table", "name"), name="store_extra_column_once"),
        )

    def __str__(self) -> str:
        return f"{self.table}.{self.name}"
