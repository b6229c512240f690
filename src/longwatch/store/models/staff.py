"""Who works here in which role, who stands in for whom, and what the clinic has set."""

from __future__ import annotations

from django.conf import settings
from django.db import models


class Role(models.Model):
    """A role of the clinic; what is not seen in time goes to the people of its deputy."""

    name = models.TextField(unique=True)
    deputy = models.ForeignKey("self", models.PROTECT, null=True, related_name="stands_in_for")

    def __str__(self) -> str:
        return self.name


class Membership(models.Model):
    """A user has a role from one moment to another; the end is open while it lasts."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    role = models.ForeignKey(Role, models.PROTECT, related_name="memberships")
    since = models.DateTimeField()
    until = models.DateTimeField(null=True)

    class Meta:
        """Nobody has a role twice at once."""

        constraints = (
            models.UniqueConstraint(
                fields=("user", "role"),
                condition=models.Q(until=None),
                name="store_membership_once",
            ),
        )

    def __str__(self) -> str:
        return f"{self.user_id} as {self.role_id}"


class Setting(models.Model):
    """One setting of the clinic, as JSON; who changed it when stands in the audit log."""

    key = models.TextField(unique=True)
    value = models.TextField()

    def __str__(self) -> str:
        return self.key
