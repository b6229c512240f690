"""What day it is at the clinic. The one place of the pages that reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings

from longwatch.sample import AS_OF

_FILLED = time(7, tzinfo=UTC)
"""The time at which `longwatch serve --demo` fills its store."""


def clinic_zone() -> tzinfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_ZONE) if settings.CLINIC_ZONE else UTC


def now() -> datetime:
    """This moment, with offset; in the demo the morning of the sample clinic's day."""
    here = datetime.now(clinic_zone())
    if settings.DEMO:
        # Nobody had a right, and nothing had arrived, before the sample clinic was filled.
        filled = datetime.combine(AS_OF, _FILLED)
        return max(datetime.combine(AS_OF, here.timetz()), filled.astimezone(here.tzinfo))
    return here


def today() -> date:
    """The calendar day at the clinic."""
    return now().date()
