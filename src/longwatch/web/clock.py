"""What day it is at the clinic. The one place of the pages that reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings

from longwatch.sample import AS_OF

OPENED = time(7, tzinfo=UTC)
"""When the demo's day begins."""


def clinic_zone() -> tzinfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_ZONE) if settings.CLINIC_ZONE else UTC


def now() -> datetime:
    """This moment, with offset; in the demo the morning of the sample clinic's day."""
    here = datetime.now(clinic_zone())
    if settings.DEMO:
        # Never before the demo's store was filled: nobody had a role before.
        opened = datetime.combine(AS_OF, OPENED).astimezone(here.tzinfo)
        return max(datetime.combine(AS_OF, here.timetz()), opened)
    return here


def today() -> date:
    """The calendar day at the clinic."""
    return now().date()
