"""Somebody who is to be treated becomes known by hand."""

from __future__ import annotations

from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.store.by_hand import Doing
from longwatch.store.models import Identifier, Patient
from longwatch.store.registering import SEXES, NewPerson, alike, register
from longwatch.web.clinic_work import alerts_follow, reception, refusals
from longwatch.web.clock import now, today


def new_person(request: HttpRequest) -> HttpResponse:
    """The form; afterwards the record of the person."""
    refused: list[str] = []
    found: list[Patient] = []
    if request.method == "POST":
        try:
            who = _who(request)
            found = alike(who)
            patient = register(who, _doing(request), although_alike=bool(request.POST.get("alike")))
        except LongwatchError as error:
            refused = refusals(error)
        else:
            messages.success(request, _("Known now. Enter results, or plan the first course."))
            return redirect("patient-by-hand", patient.pk)
    authorities = Identifier.objects.order_by("authority").values_list("authority", flat=True)
    context = {
        "typed": request.POST,
        "sexes": SEXES,
        "authorities": authorities.distinct(),
        "alike": found,
        "today": today(),
        "refused": refused,
    }
    return render(request, "web/new_person.html", context, status=422 if refused else 200)


def _who(request: HttpRequest) -> NewPerson:
    told = request.POST
    family, given = told.get("family", "").strip(), told.get("given", "").strip()
    name = f"{family}, {given}" if family and given else family or given
    return NewPerson(
        told.get("number", ""), told.get("authority", ""), name, _born(request), told.get("sex", "")
    )


def _born(request: HttpRequest) -> date:
    try:
        born = date.fromisoformat(request.POST.get("born", ""))
    except ValueError:
        what, how = _("The day of birth is missing or cannot be read"), _("give it like 1988-03-14")
        raise UsageError(Problem(what, how=how)) from None
    if born >= today():
        raise UsageError(Problem(_("The day of birth is not over"), how=_("look at the year")))
    return born


def _doing(request: HttpRequest) -> Doing:
    return Doing(
        by=request.user.get_username(),
        at=now(),
        reception=reception(),
        and_then=alerts_follow(),
    )
