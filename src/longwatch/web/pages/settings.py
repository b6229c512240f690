"""The clinic's settings: name and telephones, hours, laboratories, roles and deputies."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from django.contrib.auth import get_user_model
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dates import WEEKDAYS
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.alerts.clinic import read_hours
from longwatch.alerts.feeds import read_laboratories
from longwatch.alerts.roles import DEPUTIES
from longwatch.alerts.staffing import end_role, give_role, set_deputy, staffing
from longwatch.core.errors import Problem, UsageError
from longwatch.store.clinic_facts import (
    HOURS,
    LABORATORIES,
    WORDS,
    ZONE,
    clinic_facts,
    clinic_protocol,
    set_clinic,
)
from longwatch.web.clinic_work import attempt
from longwatch.web.clock import clinic_zone, now

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_LABELS = (
    noop("Name of the clinic"),
    noop("Telephone"),
    noop("Telephone at night and on weekends"),
    noop("Emergency number"),
    noop("Time zone"),
)
_FIELDS = ("name", "telephone", "out_of_hours", "emergency", "zone")


def settings(request: HttpRequest) -> HttpResponse:
    """Shows and changes what holds for the whole clinic."""
    refused: list[str] = []
    if request.method == "POST":
        steps: dict[str, Callable[[HttpRequest], object]] = {
            "words": _set_words,
            "hours": _set_hours,
            "laboratories": _set_laboratories,
            "give": _give,
            "end": _end,
            "deputy": _deputy,
        }
        work = steps.get(request.POST.get("step", ""), _no_step)
        refused = attempt(request, _("Recorded, with you as its author."), lambda: work(request))
        if not refused:
            return redirect("settings")
    told, typed = clinic_facts(), request.POST
    hours = told.get(HOURS) or {}
    weekdays, laboratories = hours.get("weekdays", {}), told.get(LABORATORIES) or []
    people, roles = staffing()
    context = {
        "words": [
            (field, _(label), typed.get(field, told.get(key, "")))
            for field, label, key in zip(_FIELDS, _LABELS, WORDS, strict=True)
        ],
        "zone": clinic_zone(),
        "hours": [
            (
                day,
                WEEKDAYS[place],
                typed.get(f"{day}-from", weekdays.get(day, ("", ""))[0]),
                typed.get(f"{day}-to", weekdays.get(day, ("", ""))[1]),
            )
            for place, day in enumerate(_DAYS)
        ],
        "holidays": typed.get("holidays", "\n".join(hours.get("holidays", ()))),
        "laboratories": [*laboratories, {}],
        "people": people,
        "roles": roles,
        "role_names": list(DEPUTIES),
        "users": get_user_model().objects.filter(is_active=True).order_by("username"),
        "protocol": clinic_protocol(),
        "refused": refused,
        "typed": typed,
    }
    return render(request, "web/settings.html", context, status=422 if refused else 200)


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user.get_username(), "at": now()}


def _set(request: HttpRequest, values: dict[str, Any]) -> None:
    set_clinic(values, **_who(request), reason=request.POST.get("reason", ""))


def _set_words(request: HttpRequest) -> None:
    told = {
        key: request.POST.get(field, "").strip() for field, key in zip(_FIELDS, WORDS, strict=True)
    }
    if not told[ZONE]:
        del told[ZONE]
    _set(request, told)


def _set_hours(request: HttpRequest) -> None:
    told = request.POST
    pairs = {day: (told.get(f"{day}-from", ""), told.get(f"{day}-to", "")) for day in _DAYS}
    if half := [day for day, pair in pairs.items() if any(pair) and not all(pair)]:
        what = _("%(day)s has only one of its two times") % {"day": half[0]}
        raise UsageError(Problem(what, how=_("give both, or none")))
    if early := [day for day, pair in pairs.items() if all(pair) and pair[0] >= pair[1]]:
        what = _("%(day)s ends before it begins") % {"day": early[0]}
        raise UsageError(Problem(what, how=_("look at both times")))
    said = {
        "weekdays": {day: list(pair) for day, pair in pairs.items() if all(pair)},
        "holidays": told.get("holidays", "").split(),
    }
    read_hours(json.dumps(said), clinic_zone())
    _set(request, {HOURS: said})


def _set_laboratories(request: HttpRequest) -> None:
    told, said = request.POST, []
    # What this form does not ask for, as the weekdays of a laboratory, stays as it was.
    kept = {one["laboratory"]: one for one in clinic_facts().get(LABORATORIES) or []}
    rows = zip(*(told.getlist(name) for name in ("laboratory", "hours", "since")), strict=False)
    for laboratory, hours, since in rows:
        if laboratory.strip():
            begun = since.strip() or datetime.now(UTC).isoformat(timespec="minutes")
            here = kept.get(laboratory.strip(), {})
            new = {"laboratory": laboratory.strip(), "hours": hours, "since": begun}
            said.append({**here, **new})
    read_laboratories(json.dumps(said))
    _set(request, {LABORATORIES: [{**one, "hours": float(one["hours"])} for one in said]})


def _give(request: HttpRequest) -> None:
    give_role(request.POST.get("user", ""), request.POST.get("role", ""), **_who(request))


def _end(request: HttpRequest) -> None:
    end_role(request.POST.get("user", ""), request.POST.get("role", ""), **_who(request))


def _deputy(request: HttpRequest) -> None:
    set_deputy(request.POST.get("role", ""), request.POST.get("deputy", ""), **_who(request))


def _no_step(_request: HttpRequest) -> None:
    raise UsageError(_("There is no such step"))
