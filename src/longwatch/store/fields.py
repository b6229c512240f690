"""A moment as the clinic's clock showed it, without a time zone."""

from __future__ import annotations

from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ValidationError
from django.db import models

if TYPE_CHECKING:
    from django.db.backends.base.base import BaseDatabaseWrapper

    _Base = models.Field[datetime | None, datetime | None]
else:
    _Base = models.Field


class ClinicTimeField(_Base):
    """Clinic time as a Record holds it; Django's own field would turn it into UTC by a guess.

    Text in ISO form on SQLite, `timestamp without time zone` on PostgreSQL.
    """

    description = "a moment in clinic time"

    def db_type(self, connection: BaseDatabaseWrapper) -> str:
        """The column's type."""
        return "timestamp without time zone" if connection.vendor == "postgresql" else "text"

    def from_db_value(self, value: Any, *_: Any) -> datetime | None:
        """What the database holds, as a moment."""
        return self.to_python(value)

    def get_prep_value(self, value: Any) -> str | None:
        """What is written: the text that sorts like the moment."""
        moment = self.to_python(super().get_prep_value(value))
        return None if moment is None else moment.isoformat(" ", "microseconds")

    def to_python(self, value: Any) -> datetime | None:
        """The moment; one with a time zone is refused, because it is not clinic time."""
        if value is None:
            return None
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(value)
        if moment.tzinfo is not None:
            raise ValidationError(f"{moment} has a time zone; give clinic time without one")
        return moment
