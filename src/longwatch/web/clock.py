"""What day it is at the clinic. The one place of the pages that reads a clock."""

from __future__ import annotations

from contextvars import ContextVar
from datetime import UTC, date, datetime, time, tzinfo
from functools import cache
from zoneinfo import ZoneInfo

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.utils import timezone

from longwatch.sample import AS_OF
from longwatch.store import clinic_facts as facts
from longwatch.web.headers import Answer

OPENED = time(7, tzinfo=UTC)
"""When the demo's day begins."""


_of_this_request: ContextVar[tzinfo | None] = ContextVar("zone of this request", default=None)


def clinic_zone() -> tzinfo:
    """The clinic's time zone: as it is set in the store, else as the program was started.

    Asked once for each request.
    """
    if (here := _of_this_request.get()) is not None:
        return here
    machine = ZoneInfo(settings.CLINIC_ZONE) if settings.CLINIC_ZONE else UTC
    return facts.clinic_zone(machine)


def by_the_clinic(get_response: Answer) -> Answer:
    """Middleware: moments on pages are shown by the clinic's clock."""

    def answer(request: HttpRequest) -> HttpResponse:
        if request.path.startswith("/static/"):
            return get_response(request)
        zone = clinic_zone()
        kept = _of_this_request.set(zone)
        try:
            with timezone.override(zone):
                return get_response(request)
        finally:
            _of_this_request.reset(kept)

    return answer


@cache
def _started() -> date:
    return datetime.now(clinic_zone()).date()


def now() -> datetime:
    """This moment, with offset; in the demo moved to the sample clinic's day.

    The demo's clock runs on at midnight, and never shows a moment before its store was filled:
    going back, it would end every right and session.
    """
    here = datetime.now(clinic_zone())
    if not settings.DEMO:
        return here
    opened = datetime.combine(AS_OF, OPENED).astimezone(here.tzinfo)
    return max(here + (AS_OF - _started()), opened)


def today() -> date:
    """The calendar day at the clinic."""
    return now().date()
