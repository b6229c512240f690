"""The morning worklist: whom to call today, in what order, and why; and what is done about it."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.acting import act, close, see, snooze
from longwatch.alerts.clinic import Clinic, read_clinic
from longwatch.core.catalogue import catalogue
from longwatch.core.errors import UsageError
from longwatch.core.status import Sex
from longwatch.store.models import Alert, HeldItem
from longwatch.watch.words import rounded
from longwatch.web.charts.trend import small_trend
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.morning import ACT, IN_HAND, OVERDUE, QUIET, SOON, Line, morning


def worklist(request: HttpRequest) -> HttpResponse:
    """Most urgent first; whoever is not on it is counted, so that the numbers add up."""
    this = morning()
    tiles = (
        (ACT, "act", _("Act today"), _("abnormal, not yet handled")),
        (OVERDUE, "late", _("Overdue"), _("a test window has closed")),
        (SOON, "due", _("This week"), _("findings that can wait days")),
        (IN_HAND, "wait", _("In hand"), _("acted on, or normal since; not closed")),
        (QUIET, "ok", _("Nothing open"), _("no alert is open")),
    )
    context = {
        "today": today(),
        "morning": this,
        "tiles": [(key, look, this.counts[key], words, more) for key, look, words, more in tiles],
        "act": [(line, _trend(line)) for line in this.lines[ACT]],
        "soon": [(line, _trend(line)) for line in this.lines[SOON]],
        "overdue": this.lines[OVERDUE],
        "in_hand": this.lines[IN_HAND],
        "waiting": HeldItem.objects.filter(resolved_at=None).count(),
    }
    return render(request, "web/worklist.html", context)


def step(request: HttpRequest, alert: int) -> HttpResponse:
    """One step of an alert: seen, acted on, put off, closed. What was wrong is said in words."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    steps: dict[str, Callable[..., Alert]] = {
        "see": see,
        "act": act,
        "snooze": snooze,
        "close": close,
    }
    name = request.POST.get("step", "")
    try:
        if name not in steps:
            raise UsageError(_("no such step"))
        given = _given(request, name)
        steps[name](alert, request.user, now(), _clinic(), **given)
        messages.success(request, _("Recorded."))
    except UsageError as error:
        problem = error.problems[0]
        messages.error(request, f"{problem.what}. {problem.how or ''}".strip())
    return redirect("worklist")


def _given(request: HttpRequest, name: str) -> dict[str, Any]:
    shown = request.POST.get("shown", "")
    given: dict[str, Any] = {"step": int(shown) if shown.isdigit() else None}
    if name != "see":
        given["note"] = request.POST.get("note", "")
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


def _trend(line: Line) -> str:
    result = line.first.alert.result
    if result is None or not line.trend:
        return ""
    test = catalogue().tests[result.test]
    usual = test.limits.get(Sex(line.patient.sex or "unknown"))
    low = result.low if result.low is not None else (usual.low[0] if usual and usual.low else None)
    high = result.high
    if high is None and usual and usual.high:
        high = usual.high[1]
    shown = rounded(result.test, line.trend[-1][1])
    words = f"{test.name}: {len(line.trend)} results, newest {shown} {result.unit or ''}"
    return small_trend(f"s-{line.patient.pk}", line.trend, low, high, words, shown)
