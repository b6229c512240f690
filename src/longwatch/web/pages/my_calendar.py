"""My dates in my own calendar: a file, or a secret address that keeps it up to date."""

from __future__ import annotations

import hashlib
import logging
from datetime import UTC

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop
from django.views.decorators.debug import sensitive_variables

from longwatch.exchange.ics import CalendarOptions, PlanItem, write_ics
from longwatch.store.calendar_version import calendar_version
from longwatch.store.models import Patient, SecretLink
from longwatch.store.secret_links import find_link, make_link, revoke_link
from longwatch.web.access import only_the_person
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier

log = logging.getLogger("longwatch.web")

KIND = SecretLink.Kind.CALENDAR
NEUTRAL = (noop("Blood test"), noop("Appointment"), noop("Paperwork"), noop("Appointments"))
"""Titles that tell a stranger nothing; the plan has them in English."""


def page(request: HttpRequest, patient: int) -> HttpResponse:
    """The ways to a calendar; a POST makes the secret address or ends it."""
    person = get_object_or_404(Patient, pk=patient)
    secret = ""
    if request.method == "POST":
        only_the_person(request, patient)
    if request.method == "POST" and request.POST.get("do") == "revoke":
        ended = revoke_link(person, KIND, actor=request.user, at=now())  # type: ignore[arg-type]
        messages.success(request, _("The address no longer works.") if ended else _("Done."))
        return redirect("my-calendar", patient)
    if request.method == "POST":
        # Shown in the answer itself: a secret must not wait in a session or an address.
        secret = make_link(
            person,
            KIND,
            actor=request.user,  # type: ignore[arg-type]
            at=now(),
            language=translation.get_language() or "en-us",
        )
    link = SecretLink.objects.filter(patient=person, kind=KIND, revoked_at=None).first()
    address = request.build_absolute_uri(reverse("calendar-feed", args=[secret])) if secret else ""
    context = {
        "person": person,
        "link": link,
        "address": address,
        "webcal": f"webcal://{address.partition('://')[2]}" if address else "",
    }
    return render(request, "web/own/calendar.html", context)


def download(request: HttpRequest, patient: int) -> HttpResponse:
    """The same as a file, for who is signed in."""
    person = get_object_or_404(Patient, pk=patient)
    answer = _answer(request, calendar(person))
    answer.headers["Content-Disposition"] = 'attachment; filename="appointments.ics"'
    return answer


@sensitive_variables()
def feed(request: HttpRequest, secret: str) -> HttpResponse:
    """The calendar behind its secret address; a wrong or ended one is not found."""
    link = find_link(secret, KIND)
    if link is None:
        raise Http404
    try:
        with translation.override(link.language):
            return _answer(request, calendar(link.patient))
    except Exception:
        log.exception("a calendar could not be made")
        return HttpResponse(status=503)


def calendar(person: Patient) -> str:
    """Everything ahead, under neutral titles; its version goes up when a window moves."""
    dossier = Dossier(person, today())
    # One visit is one entry: four tests of one draw would stand there four times.
    visits = {
        (entry.neutral_title, entry.opens, entry.closes): entry
        for entry in reversed(dossier.plan.calendar_entries())
    }
    items = [
        PlanItem(**{**entry._asdict(), "neutral_title": _(entry.neutral_title)})
        for entry in reversed(visits.values())
    ]
    told = "\n".join(repr(item) for item in items)
    digest = hashlib.sha256(told.encode()).hexdigest()
    version = calendar_version(person, digest, now())
    options = CalendarOptions(
        stamp=version.at.astimezone(UTC),
        owner=person.reference,
        sequence=version.sequence,
        neutral=True,
        name=_("Appointments"),
    )
    return write_ics(items, options)


def _answer(request: HttpRequest, text: str) -> HttpResponse:
    """The file; or that nothing has changed, to a calendar that says which version it has."""
    answer = HttpResponse(text, content_type="text/calendar; charset=utf-8")
    answer.headers["ETag"] = f'"{hashlib.sha256(text.encode()).hexdigest()[:32]}"'
    answer.headers["Cache-Control"] = "private, no-cache"
    answer_or_304 = get_conditional_response(request, etag=answer.headers["ETag"], response=answer)
    return answer_or_304 or answer
