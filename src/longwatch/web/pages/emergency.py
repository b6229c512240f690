"""A record opened in an emergency: by its whole number, with a reason, for one hour."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.core.errors import UsageError
from longwatch.web.clock import clinic_zone, now
from longwatch.web.emergency import open_record, person_with_number


def emergency(request: HttpRequest) -> HttpResponse:
    """Asks for number and reason; a POST with both opens the record."""
    wrong = ""
    if request.method == "POST":
        try:
            person = person_with_number(request.POST.get("number", ""))
            reason = request.POST.get("reason", "")
            open_record(request.user, person, reason, now(), read_clinic(clinic_zone()))
        except UsageError as error:
            problem = error.problems[0]
            wrong = f"{problem.what}. {problem.how or ''}".strip()
        else:
            messages.warning(request, _("Opened for one hour. The lead of the clinic was told."))
            return redirect("patient", person.pk)
    context = {"wrong": wrong, "typed": request.POST}
    return render(request, "web/emergency.html", context, status=422 if wrong else 200)
