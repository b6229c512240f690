"""The audit log: who read or changed what, in a chain of hashes."""

from __future__ import annotations

from django.db import models


class AuditEntry(models.Model):
    """One entry; `hash` is made of everything in it and of the hash before it.

    Written by `longwatch.store.audit.record_audit` only. `at` is text, so that what was hashed is
    what is read on every database.
    """

    number = models.BigIntegerField(primary_key=True)
    at = models.TextField(help_text="UTC, ISO")
    actor = models.TextField(help_text="user name, or the program: longwatch listen")
    action = models.TextField()
    kind = models.TextField(help_text="kind of thing that was read or changed")
    target = models.TextField(help_text="which one; '' for several")
    patient = models.TextField(null=True, help_text="reference of the patient concerned")
    detail = models.TextField(help_text="JSON")
    previous = models.TextField(unique=True)
    hash = models.TextField(unique=True)

    class Meta:
        """Found by patient."""

        indexes = (models.Index(fields=("patient", "number"), name="store_audit_of"),)

    def __str__(self) -> str:
        return f"{self.number} {self.action}"
