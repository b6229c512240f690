"""Is everybody with a planned course ready for it: what is missing, and who gets it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.preparing import assign, newest_preparations
from longwatch.alerts.roles import DEPUTIES
from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.protocols.load import load_protocol
from longwatch.protocols.model import Pack
from longwatch.store.models import Patient, Preparation, Standing
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.dossier import Dossier
from longwatch.web.paging import page_of

_AT_ONCE = 40
_UNMET = ("blocked", "unknown", "open")
_ORDER = {"blocked": 0, "unknown": 1, "open": 2, "cleared": 3, "not-applicable": 4}


@dataclass(frozen=True, slots=True)
class Check:
    """One thing to have before a course, and who sees to it."""

    activity: str
    title: str
    state: str
    detail: str
    prepared: Preparation | None

    @property
    def look(self) -> str:
        """Its sign: act, unknown, wait or ok."""
        looks = {"blocked": "act", "unknown": "unknown", "open": "late", "cleared": "ok"}
        return looks.get(self.state, "wait")

    @property
    def unmet(self) -> bool:
        """Whether somebody has to see to it."""
        return self.state in _UNMET


@dataclass(frozen=True, slots=True)
class Planned:
    """One planned course of one person with its checks, what is missing first."""

    standing: Standing
    checks: Sequence[Check]

    @property
    def unmet(self) -> list[Check]:
        """What is missing."""
        return [check for check in self.checks if check.unmet]

    @property
    def asked(self) -> int:
        """How many things this person needs."""
        return sum(check.state != "not-applicable" for check in self.checks)

    @property
    def met(self) -> int:
        """How many of them are there."""
        return sum(check.state == "cleared" for check in self.checks)


def readiness(request: HttpRequest) -> HttpResponse:
    """Every planned course ahead, the next first; a blocked one says what is missing."""
    ahead = Standing.objects.filter(course_on__gte=today(), patient__joined_into=None)
    wanted = request.GET.get("state", "")
    if wanted in ("blocked", "cleared"):
        ahead = ahead.filter(ready=wanted)
    begin, number = page_of(request, _AT_ONCE)
    count = ahead.count()
    rows = list(
        ahead.select_related("patient").order_by("course_on", "patient_id")[
            begin : begin + _AT_ONCE
        ]
    )
    prepared = newest_preparations([row.patient_id for row in rows])
    context = {
        "courses": [planned(row, prepared) for row in rows],
        "count": count,
        "state": wanted,
        "today": today(),
        "page": number,
        "more": begin + _AT_ONCE < count,
    }
    return render(request, "web/readiness.html", context)


def readiness_of(
    request: HttpRequest, patient: int, problem: Problem | None = None
) -> HttpResponse:
    """One person: every check of the next planned course, judged now, with who sees to it."""
    person = get_object_or_404(Patient, pk=patient)
    dossier = Dossier(person, today())
    rows = [row for row in dossier.readiness if row["date"] >= dossier.as_of]
    number = min(rows, key=lambda row: row["date"])["course"] if rows else None
    rows = [row for row in rows if row["course"] == number]
    summed = next((row for row in rows if row["activity"] == "course"), None)
    prepared = newest_preparations([patient])
    checks = _checks(
        [row for row in rows if row is not summed], dossier.pack, patient, number, prepared
    )
    titles = _titles(dossier.pack)
    history = Preparation.objects.filter(patient=person, course=number or 0).order_by("-pk")
    context = {
        "person": person,
        "course": summed,
        "checks": checks,
        "unmet": [check for check in checks if check.unmet],
        "history": [
            (row, titles.get(row.activity, row.activity))
            for row in history.select_related("role", "actor")
        ],
        "roles": sorted(DEPUTIES),
        "pack": dossier.pack,
        "problem": problem,
        "given": request.POST if problem else {},
    }
    return render(request, "web/readiness_of.html", context, status=422 if problem else 200)


def prepare(request: HttpRequest, patient: int) -> HttpResponse:
    """Writes down who sees to one thing, and for when it is booked."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    person = get_object_or_404(Patient, pk=patient)
    told = request.POST
    try:
        if not told.get("course", "").isdigit() or not told.get("activity", "").strip():
            raise UsageError(
                Problem(_("the course or the activity is missing"), how=_("try again"))
            )
        assign(
            person,
            int(told["course"]),
            told["activity"],
            told.get("role", ""),
            by=request.user.get_username(),
            at=now(),
            person=told.get("person", ""),
            booked_for=_booked(told.get("booked_for", "")),
            note=told.get("note", ""),
        )
    except UsageError as error:
        return readiness_of(request, patient, error.problems[0])
    messages.success(request, _("Recorded."))
    return redirect("readiness-of", patient)


def planned(row: Standing, prepared: Mapping[tuple[int, int, str], Preparation]) -> Planned:
    """The planned course that a standing knows of; it must know of one."""
    assert row.course is not None
    told: list[Mapping[str, Any]] = json.loads(row.checks or "[]")
    return Planned(row, _checks(told, _pack(row.protocol), row.patient_id, row.course, prepared))


def _checks(
    rows: Sequence[Mapping[str, Any]],
    pack: Pack,
    patient: int,
    course: int | None,
    prepared: Mapping[tuple[int, int, str], Preparation],
) -> list[Check]:
    titles = _titles(pack)
    checks = [
        Check(
            row["activity"],
            titles.get(row["activity"], row["activity"]),
            row["state"],
            row["detail"],
            prepared.get((patient, course or 0, row["activity"])),
        )
        for row in rows
    ]
    return sorted(checks, key=lambda check: _ORDER.get(check.state, len(_ORDER)))


def _titles(pack: Pack) -> dict[str, str]:
    """What each check before a course is called."""
    parts = (*pack.before_course, *pack.contraindications, *pack.withhold)
    return {part.id: part.title for part in parts} | {
        "course-interval": _("Time since the course before"),
        "course-limit": _("Number of courses"),
    }


def _pack(protocol: str) -> Pack:
    try:
        return load_protocol(protocol)
    except LongwatchError:
        return read_clinic(clinic_zone()).pack(None)


def _booked(text: str) -> date | None:
    if not text:
        return None
    try:
        return date.fromisoformat(text)
    except ValueError:
        how = _("write it as 2026-12-01")
        raise UsageError(Problem(_("the day of the booking cannot be read"), how=how)) from None
