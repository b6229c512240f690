"""What day it is at the clinic. The one place of the pages that reads a clock."""

from __future__ import annotations

from datetime import UTC, date, datetime, time, tzinfo
from zoneinfo import ZoneInfo

from django.conf import settings

from longwatch.sample import AS_OF

DEMO_MORNING = datetime.combine(AS_OF, time(7, tzinfo=UTC))
"""When the demo's alerts are raised and its users begin: nothing there happens before."""


def clinic_zone() -> tzinfo:
    """The clinic's time zone."""
    return ZoneInfo(settings.CLINIC_ZONE) if settings.CLINIC_ZONE else UTC


def now() -> datetime:
    """This moment, with offset; in the demo on the sample clinic's day, not before its morning."""
    here = datetime.now(clinic_zone())
    if settings.DEMO:
        return max(datetime.combine(AS_OF, here.timetz()), DEMO_MORNING)
    return here


def today() -> date:
    """The calendar day at the clinic."""
    return now().date()
