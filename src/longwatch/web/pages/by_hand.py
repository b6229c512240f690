"""Entering by hand: values told by telephone or on paper, what others did, and taking it back."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any
from uuid import uuid4

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import Problem, UsageError
from longwatch.store.by_hand import (
    Doing,
    Happening,
    enter_event,
    enter_values,
    entered_events,
    entered_values,
    take_event_back,
    take_value_back,
)
from longwatch.store.course_planned import plan_course, planned_here, unplan_course
from longwatch.store.models import Alert, Event, Patient, State
from longwatch.web.clinic_work import alerts_follow, attempt, reception
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier
from longwatch.web.event_words import kind_word, what_happened
from longwatch.web.hand_form import choices, lines, values

_SHOWN = 20
_FORM = 40


def by_hand(request: HttpRequest, patient: int) -> HttpResponse:
    """The two forms, and what was entered before."""
    person = get_object_or_404(Patient, pk=patient)
    dossier = Dossier(person, today())
    refused: list[str] = []
    if request.method == "POST":
        steps: dict[str, tuple[str, Callable[[HttpRequest, Dossier], object]]] = {
            "values": (_("On file. Alerts follow at once."), _values),
            "event": (_("On file."), _event),
            "course": (_("Planned. What is asked before it stands under readiness."), _course),
            "no-course": (_("The course is planned no more."), _no_course),
            "value-back": (_("Taken back. It stays readable, with your reason."), _value_back),
            "event-back": (_("Taken back. It stays readable, with your reason."), _event_back),
        }
        words, work = steps.get(request.POST.get("step", ""), ("", _no_step))
        before = _open_alerts(person)
        refused = attempt(request, words, lambda: work(request, dossier))
        if not refused:
            # What was entered may be urgent: then the page that says what to do now follows.
            raised = _open_alerts(person) - before
            return redirect("patient" if raised else "patient-by-hand", patient)
    watched, others = lines(dossier.pack, request.POST)
    context = {
        "person": person,
        "watched": watched,
        "others": others,
        "others_open": any(one.value for one in others),
        "choices": choices(dossier.pack),
        "form": request.POST.get("form") or uuid4().hex,
        "today": today(),
        "typed": request.POST,
        "of_values": request.POST.get("step") == "values",
        "planned": planned_here(person),
        "entered": _entered(dossier),
        "refused": refused,
    }
    return render(request, "web/by_hand.html", context, status=422 if refused else 200)


def _open_alerts(person: Patient) -> set[int]:
    found = Alert.objects.filter(patient=person).exclude(state=State.CLOSED)
    return set(found.values_list("pk", flat=True))


def _entered(dossier: Dossier) -> list[dict[str, Any]]:
    """What was entered by hand and still counts, the newest day first."""
    found: list[dict[str, Any]] = [
        {"step": "value-back", "row": row, "name": catalogue().tests[row.test].name}
        for row in entered_values(dossier.person, _SHOWN)
    ]
    found += [
        {"step": "event-back", "row": row, "name": _happened(row, dossier)}
        for row in entered_events(dossier.person, _SHOWN)
    ]
    return sorted(found, key=lambda one: one["row"].date, reverse=True)[:_SHOWN]


def _happened(row: Event, dossier: Dossier) -> str:
    said = {"kind": row.kind, "code": row.code, "text": row.text}
    return what_happened(said, dossier.pack) or kind_word(row.kind)


def _values(request: HttpRequest, dossier: Dossier) -> object:
    told = request.POST
    watched, others = lines(dossier.pack, told)
    found = values([*watched, *others])
    return enter_values(
        dossier.person,
        _day(told.get("day")),
        found,
        told.get("by", ""),
        _form(told),
        _doing(request),
    )


def _event(request: HttpRequest, dossier: Dossier) -> object:
    told = request.POST
    chosen = {one.key: one for one in choices(dossier.pack)}.get(told.get("what", ""))
    if chosen is None:
        raise UsageError(Problem(_("Nothing was chosen"), how=_("choose what was done")))
    end = _day(told["end"]) if told.get("end") else None
    what = Happening(chosen.kind, chosen.code, end, told.get("text", ""))
    return enter_event(
        dossier.person,
        _day(told.get("day")),
        what,
        told.get("by", ""),
        _form(told),
        _doing(request),
    )


def _course(request: HttpRequest, dossier: Dossier) -> object:
    first = _day(request.POST.get("day"))
    return plan_course(dossier.person, dossier.pack, first, _doing(request))


def _no_course(request: HttpRequest, dossier: Dossier) -> object:
    unplan_course(dossier.person, request.POST.get("reason", ""), _doing(request))
    return None


def _value_back(request: HttpRequest, dossier: Dossier) -> object:
    told = request.POST
    day, source, why = _day(told.get("day")), told.get("source", ""), told.get("reason", "")
    take_value_back(dossier.person, told.get("test", ""), day, source, why, _doing(request))
    return None


def _event_back(request: HttpRequest, dossier: Dossier) -> object:
    source, why = request.POST.get("source", ""), request.POST.get("reason", "")
    take_event_back(dossier.person, source, why, _doing(request))
    return None


def _doing(request: HttpRequest) -> Doing:
    return Doing(
        by=request.user.get_username(),
        at=now(),
        reception=reception(),
        and_then=alerts_follow(),
    )


def _day(words: str | None) -> date:
    try:
        return date.fromisoformat(words or "")
    except ValueError:
        what, how = _("The day is missing or cannot be read"), _("give it like 2026-11-22")
        raise UsageError(Problem(what, how=how)) from None


def _form(told: Any) -> str:
    """The number of the form, made when it was first shown."""
    sent = "".join(letter for letter in told.get("form", "") if letter.isalnum())
    return sent[:_FORM] or uuid4().hex


def _no_step(request: HttpRequest, dossier: Dossier) -> object:
    raise UsageError(_("There is no such step"))
