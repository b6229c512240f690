"""Who sees my pages: the person treated lets a carer in, says how much, and ends it."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import Patient
from longwatch.web.invited import attempt, letter
from longwatch.web.pages.patient_access import (
    accounts_of,
    endings,
    invitations_of,
    invite_carer,
)


def my_people(request: HttpRequest, patient: int) -> HttpResponse:
    """My carers; a POST lets one in with my consent, or ends it."""
    person = get_object_or_404(Patient, pk=patient)
    wrong = {}
    if request.method == "POST":

        def let_in(request: HttpRequest) -> None:
            if request.POST.get("agreed") != "yes":
                how = _("tick the box if you agree")
                raise UsageError(Problem(_("you have not agreed"), how=how))
            consent = _("Given by the person on the own page.")
            invite_carer(request, person, consent)

        wrong = attempt(request, {"carer": let_in, **endings(person)})
        if not wrong:
            return redirect("my-people", patient)
    context = {
        "person": person,
        "accounts": accounts_of(person),
        "invitations": invitations_of(person),
        "letter": letter(request),
        **wrong,
    }
    return render(request, "web/my_people.html", context, status=422 if wrong else 200)
