"""One alert with its whole life and its reasons; every step that people take is sent here."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from longwatch.alerts.acting import act, close, see, snooze
from longwatch.alerts.clinic import Clinic, read_clinic
from longwatch.alerts.explaining import explain_alert
from longwatch.alerts.undoing import OWN_STEPS, take_back, taken_with
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Alert, State
from longwatch.web.clock import clinic_zone, now
from longwatch.web.morning import Open

_STEPS: dict[str, Callable[..., Alert]] = {
    "see": see,
    "act": act,
    "snooze": snooze,
    "close": close,
    "undo": take_back,
}
BACK = ("worklist", "overdue")
"""Pages that a step leads back to; else the page of the person."""


def alert(request: HttpRequest, alert: int) -> HttpResponse:
    """Why it is there, who did what, and what can be done now."""
    return _shown(request, _found(alert))


def step(request: HttpRequest, alert: int) -> HttpResponse:
    """One step: seen, acted on, put off, closed, taken back. What was wrong is said in words."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    name = request.POST.get("step", "")
    try:
        if name not in _STEPS:
            raise UsageError(_("no such step"))
        words = _undo(request, alert) if name == "undo" else _take(request, alert, name)
    except UsageError as error:
        return _shown(request, _found(alert), error.problems[0])
    messages.success(request, words)
    return lead_back(request, _found(alert).patient_id)


def _undo(request: HttpRequest, alert: int) -> str:
    """Takes back a step with all that the same form did, as one call is made for all alerts."""
    given, clinic, moment = _given(request, "undo"), _clinic(), now()
    others = taken_with(alert, request.user)
    taken = 1
    with transaction.atomic():
        take_back(alert, request.user, moment, clinic, **given)
        for key, shown in others:
            try:
                take_back(key, request.user, moment, clinic, **given | {"step": shown})
            except UsageError:
                continue
            taken += 1
    words = ngettext("Taken back for %(n)s alert.", "Taken back for %(n)s alerts.", taken)
    if taken <= len(others):
        left = _("The others could not be taken back: look at each of them.")
        return f"{words % {'n': taken}} {left}"
    return words % {"n": taken}


def _take(request: HttpRequest, alert: int, name: str) -> str:
    """The step, and the same for the other alerts of the person that were shown with it."""
    given, clinic, moment = _given(request, name), _clinic(), now()
    with transaction.atomic():
        _STEPS[name](alert, request.user, moment, clinic, **given)
        for key, shown in shown_with(request) if request.POST.get("all") else ():
            _STEPS[name](key, request.user, moment, clinic, **given | {"step": shown})
    return _("Recorded.")


def shown_with(request: HttpRequest) -> list[tuple[int, int]]:
    """The other alerts that stood in the form, each with its step at that moment."""
    pairs = (other.partition(":") for other in request.POST.getlist("with"))
    return [(int(a), int(b)) for a, _sep, b in pairs if a.isdigit() and b.isdigit()]


def lead_back(request: HttpRequest, patient: int | None) -> HttpResponse:
    """To the page where the form stood."""
    back = request.POST.get("back", "")
    if back == "patient" and patient is not None:
        return redirect("patient", patient)
    return redirect(back if back in BACK else "worklist")


def _found(key: int) -> Alert:
    found = Alert.objects.select_related("patient", "result", "role").filter(pk=key).first()
    if found is None:
        raise Http404
    return found


def _shown(request: HttpRequest, found: Alert, problem: Problem | None = None) -> HttpResponse:
    clinic = _clinic()
    words = explain_alert(found.pk, clinic)
    newest = found.states.select_related("actor").order_by("-number").first()
    assert newest is not None
    mine = newest.actor_id == request.user.pk and newest.state in OWN_STEPS
    if found.patient is not None:
        record_audit(
            "read",
            actor=request.user.get_username(),
            at=now(),
            kind="page",
            target="alert",
            patient=found.patient.reference,
        )
    context = {
        "one": Open(found, words["found"], newest),
        "told": words,
        "steps": found.states.select_related("actor", "role", "result").order_by("number"),
        "contacts": found.contacts.select_related("actor").order_by("at"),
        "mine": mine,
        "problem": problem,
        "given": request.POST if problem else {},
        "back": request.POST.get("back") or request.GET.get("back", ""),
        "others": _besides(found),
        "all": found.kind == Alert.Kind.OVERDUE,
    }
    return render(request, "web/alert.html", context, status=422 if problem else 200)


def _besides(found: Alert) -> list[Open]:
    """The open alerts of the same kind and person, this one among them."""
    if found.patient_id is None or found.state == State.CLOSED:
        return []
    same = Alert.objects.filter(patient=found.patient_id, kind=found.kind)
    rows = same.exclude(state=State.CLOSED).select_related("result").order_by("raised_at", "id")
    return [Open(one, json.loads(one.detail)) for one in rows]


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    shown = request.POST.get("shown", "")
    given: dict[str, Any] = {"step": int(shown) if shown.isdigit() else None}
    if name != "see":
        given["note"] = request.POST.get("note", "")
        elsewhere = request.POST.get("elsewhere", "").strip()
        if elsewhere:
            given["note"] = _("Says it was done elsewhere: %s") % elsewhere
    if name == "snooze":
        given["until"] = _day(request, "until")
    if name == "close" and request.POST.get("follow_up"):
        given["follow_up"] = _day(request, "follow_up")
    return given


def _day(request: HttpRequest, name: str) -> date:
    try:
        return date.fromisoformat(request.POST.get(name, ""))
    except ValueError:
        raise UsageError(_("the day is missing, or cannot be read")) from None


def _clinic() -> Clinic:
    return read_clinic(clinic_zone())
