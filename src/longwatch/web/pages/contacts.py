"""A call, a text, a letter or a visit is written down where one stands."""

from __future__ import annotations

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, render
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _

from longwatch.alerts.acting import act
from longwatch.alerts.clinic import read_clinic
from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.contacts import history, record_contact
from longwatch.store.models import Alert, Contact, Patient
from longwatch.web.clock import clinic_zone, now
from longwatch.web.pages.alert import lead_back, shown_with
from longwatch.web.templatetags.parts import contact_word


def contact_words(kind: str = "", outcome: str = "") -> dict[str, SafeString]:
    """The options of the form, made once for a page with many forms.

    Inputs:
        kind, outcome: those that were chosen before.
    """
    words = ((Contact.Kind.values, kind), (Contact.Outcome.values, outcome))
    kinds, outcomes = (
        format_html_join(
            "",
            '<option value="{}"{}>{}</option>',
            ((one, " selected" if one == chosen else "", contact_word(one)) for one in some),
        )
        for some, chosen in words
    )
    return {"kinds": kinds, "outcomes": outcomes}


def contact(request: HttpRequest, patient: int) -> HttpResponse:
    """Writes one attempt down; with a tick it is also what was done about the alerts."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    person = get_object_or_404(Patient, pk=patient)
    try:
        with transaction.atomic():
            _write(request, person)
    except UsageError as error:
        return _again(request, person, error.problems[0])
    messages.success(request, _("Recorded."))
    return lead_back(request, patient)


def _write(request: HttpRequest, person: Patient) -> None:
    key, note, moment = request.POST.get("alert", ""), request.POST.get("note", ""), now()
    alert = Alert.objects.filter(pk=key, patient=person).first() if key.isdigit() else None
    record_contact(
        person,
        request.POST.get("kind", ""),
        request.POST.get("outcome", ""),
        actor=request.user,  # type: ignore[arg-type]
        at=moment,
        note=note,
        alert=alert,
    )
    if alert is not None and request.POST.get("also"):
        shown = request.POST.get("shown", "")
        step = int(shown) if shown.isdigit() else None
        clinic = read_clinic(clinic_zone())
        act(alert.pk, request.user, moment, clinic, note, step)
        # Whoever has three alerts would stand on the list as before.
        for other in shown_with(request):
            act(other[0], request.user, moment, clinic, note, other[1])


def _again(request: HttpRequest, person: Patient, problem: Problem) -> HttpResponse:
    """The form once more with what was typed, and what was wrong."""
    context = {
        "person": person,
        "problem": problem,
        "given": request.POST,
        "given_with": request.POST.getlist("with"),
        "contact_words": contact_words(
            request.POST.get("kind", ""), request.POST.get("outcome", "")
        ),
        "contacts": history(person)[:20],
    }
    return render(request, "web/contact.html", context, status=422)
