"""What day it is at the clinic. The one place of the pages that reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings

from longwatch.sample import AS_OF

MORNING = time(7, tzinfo=UTC)
"""When the demo's store was filled, on the sample clinic's day."""


def clinic_zone() -> tzinfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_ZONE) if settings.CLINIC_ZONE else UTC


def now() -> datetime:
    """This moment, with offset; in the demo on the sample clinic's day, from its morning on.

    The demo's store is filled as of that morning: before it nobody there has a role yet.
    """
    here = datetime.now(clinic_zone())
    if not settings.DEMO:
        return here
    opens = datetime.combine(AS_OF, MORNING).astimezone(here.tzinfo)
    return max(datetime.combine(AS_OF, here.timetz()), opens)


def today() -> date:
    """The calendar day at the clinic."""
    return now().date()
