"""The infusion day, for a tablet: who comes, the checklist, the clocks, and what is recorded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, time, timedelta
from typing import Any, NoReturn
from uuid import uuid4

from django.conf import settings
from django.contrib.auth import get_user_model
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.core.errors import Problem, UsageError
from longwatch.store.infusion_asked import Asked, asked
from longwatch.store.infusion_day import Day, Entry, Kind, Sheet, sheet, write
from longwatch.store.models import Infusion, InfusionEntry, Patient
from longwatch.web.clinic_work import alerts_follow, attempt
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.dossier import Dossier
from longwatch.web.infusion_sheet import checklist, clocks, measured, said

_AHEAD, _BACK = timedelta(days=30), timedelta(days=7)


def infusions(request: HttpRequest) -> HttpResponse:
    """Who comes for an infusion: today, soon, and lately."""
    day = today()
    rows = (
        Infusion.objects.filter(gone=False, superseded_by=None)
        .filter(date__gte=day - _BACK, date__lte=day + _AHEAD)
        .exclude(course=None)
        .exclude(day=None)
        .select_related("patient")
        .order_by("date", "patient__name")
    )
    began = InfusionEntry.objects.filter(at__gte=now() - _BACK)
    running = set(began.values_list("patient_id", "course", "day"))
    # A course of one person is one line with its days, in the order of the first of these.
    lists: dict[str, dict[tuple[int, int | None], list[tuple[Infusion, bool]]]]
    lists = {"today": {}, "ahead": {}, "past": {}}
    for row in rows:
        place = "today" if row.date == day else "ahead" if row.date > day else "past"
        days = lists[place].setdefault((row.patient_id, row.course), [])
        days.append((row, (row.patient_id, row.course, row.day) in running))
    parts = (
        (_("Today"), lists["today"].values(), _("Nobody is planned for today.")),
        (_("In the next 30 days"), lists["ahead"].values(), _("Nobody is planned.")),
        (_("In the last 7 days"), lists["past"].values(), _("Nobody.")),
    )
    return render(request, "web/infusions.html", {"parts": parts, "today": day})


def infusion(request: HttpRequest, patient: int, course: int, day: int) -> HttpResponse:
    """One infusion day; a POST adds one entry."""
    found = _found(patient, course, day)
    dossier = Dossier(found.patient, today())
    asks = asked(dossier.pack, course, day)
    refused: list[str] = []
    if request.method == "POST":
        # Only a start asks whether the course is cleared; it takes a while to find out.
        start = request.POST.get("kind") == Kind.START
        blocked = start and bool(_blocking(_ready(dossier, course)))
        refused = attempt(
            request,
            _("Recorded."),
            lambda: write(
                found,
                _entry(request, sheet(found)),
                asks=asks,
                cleared=not blocked,
                now=now(),
                zone=clinic_zone(),
                and_then=alerts_follow(),
            ),
        )
        if not refused:
            return redirect("infusion", patient, course, day)
    context = _context(found, dossier, asks)
    context |= {
        "refused": refused,
        "typed": request.POST if refused else {},
        "token": lambda: uuid4().hex,
    }
    return render(request, "web/infusion.html", context, status=422 if refused else 200)


def summary(request: HttpRequest, patient: int, course: int, day: int) -> HttpResponse:
    """The infusion day on paper."""
    found = _found(patient, course, day)
    dossier = Dossier(found.patient, today())
    return render(
        request,
        "web/infusion_summary.html",
        _context(found, dossier, asked(dossier.pack, course, day)),
    )


def _found(patient: int, course: int, day: int) -> Day:
    person = get_object_or_404(Patient, pk=patient)
    if _planned(person, course, day) is None:
        raise Http404
    return Day(person, course, day)


def _planned(person: Patient, course: int, day: int) -> Infusion | None:
    rows = Infusion.objects.filter(patient=person, course=course, day=day)
    return rows.filter(gone=False, superseded_by=None).order_by("-id").first()


def _ready(dossier: Dossier, course: int) -> list[dict[str, Any]]:
    """The readiness of this course, each line with its title."""
    pack = dossier.pack
    parts = (*pack.before_course, *pack.contraindications, *pack.withhold)
    titles = {part.id: part.title for part in parts}
    return [
        {**row, "title": titles.get(row["activity"], row["activity"])}
        for row in dossier.readiness
        if row["course"] == course
    ]


def _blocking(ready: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """What stands against the course; where nothing is known, that does."""
    if not ready:
        return [{"title": _("Readiness"), "state": "unknown", "detail": ""}]
    return [row for row in ready if row["state"] in ("blocked", "unknown")]


def _context(found: Day, dossier: Dossier, asks: Asked) -> dict[str, Any]:
    this, at, ready = sheet(found), now(), _ready(dossier, found.course)
    looks = {
        "before": ("due", _("before the infusion")),
        "running": ("ok", _("running")),
        "resting": ("late", _("interrupted")),
        "observed": ("due", _("observed")),
        "discharged": ("ok", _("discharged")),
        "not-done": ("no", _("not done")),
    }
    codes = {symptom.id: symptom.title for symptom in dossier.pack.symptoms}
    titles = {step.id: step.title for step in (*asks.steps, *asks.after)}
    titles |= {sign.id: sign.title for sign in asks.signs}
    gone = {row.replaces_id: row for row in this.all if row.replaces_id}
    return {
        "day": found,
        "person": found.patient,
        "planned": _planned(found.patient, found.course, found.day),
        "today": today(),
        "pack": dossier.pack,
        "asks": asks,
        "at": at,
        "sheet": this,
        "state": this.state,
        "look": looks[this.state],
        "ready": ready,
        "blocked": _blocking(ready),
        "before": checklist(asks.steps, this),
        "after": checklist(asks.after, this),
        "clocks": clocks(asks, this, at),
        "signs": measured(asks, this),
        "reactions": [
            (row, said(row), codes.get(row.what, row.what) or _("Something else"))
            for row in this.of(Kind.REACTION)
        ],
        "symptoms": sorted(codes.items(), key=lambda one: one[1]),
        "log": [(row, _words(row, codes | titles), gone.get(row.pk)) for row in reversed(this.all)],
        "start": this.last(Kind.START),
        "end": this.last(Kind.END),
        "given": said(end).get("dose_mg") if (end := this.last(Kind.END)) else None,
        "rates": [(row, said(row)) for row in this.standing if row.kind in _RUNNING],
        "short": _short(this, asks),
        "left": this.last(Kind.DISCHARGE),
        "decision": this.last(Kind.DECISION),
        "not_done": this.last(Kind.NOT_DONE),
    }


_RUNNING = (Kind.START, Kind.RATE, Kind.INTERRUPTED, Kind.RESUMED, Kind.END)


def _short(this: Sheet, asks: Asked) -> bool:
    """Whether the infusion was shorter than the protocol allows."""
    start, end = this.last(Kind.START), this.last(Kind.END)
    return bool(start and end and asks.over and end.at - start.at - this.rested() < asks.over)


def _words(row: InfusionEntry, titles: Mapping[str, str]) -> str:
    """What an entry says; `titles`: of symptoms, steps and vital signs by their ids."""
    told = said(row)
    shown = [titles.get(row.what, row.what)] if row.what else []
    shown += [f"{titles.get(one, one)} {value:g}" for one, value in told.get("values", {}).items()]
    if told.get("done") is False:
        shown.append(_("not done"))
    said_as = {
        "ml_per_h": _("%s mL/h"),
        "dose_mg": _("%s mg"),
        "grade": _("grade %s"),
        "words": "%s",
        "given": _("given: %s"),
    }
    shown += [
        words % told[name] for name, words in said_as.items() if told.get(name) not in (None, "")
    ]
    return ", ".join(shown)


def _entry(request: HttpRequest, before: Sheet) -> Entry:
    told = request.POST
    by = told.get("by", "").strip() or request.user.get_username()
    if by != request.user.get_username():
        _really(by, told.get("password", ""))
    kind, replaces = told.get("kind", ""), told.get("replaces", "")
    if kind not in Kind.values:
        _wrong(_("There is no such step"), _("use the buttons of this page"))
    detail: dict[str, Any] = {}
    reader = _DETAILS.get(kind)
    what = told.get("what", "")
    at = _moment(told.get("at", ""))
    number = int(replaces) if replaces.isascii() and replaces.isdigit() else None
    old = next((row for row in before.standing if row.number == number), None)
    if old is not None and kind != Kind.WITHDRAWN:
        kind, what, detail = old.kind, old.what, dict(said(old))
        by = old.author.get_username()
    elif reader is not None:
        detail = reader(request)
    return Entry(
        kind=kind,
        at=at,
        by=by,
        entered_by=request.user.get_username(),
        token=told.get("token", "") or uuid4().hex,
        what=what,
        detail=detail,
        replaces=number,
        reason=told.get("reason", ""),
    )


def _really(name: str, password: str) -> None:
    """The password of the second person; so that nobody signs for somebody else.

    The users of the demo have none. In a clinic an account without one cannot sign here.
    """
    user = get_user_model().objects.filter(username=name, is_active=True).first()
    if user is None or (settings.DEMO and not user.has_usable_password()):
        return
    if not user.has_usable_password():
        _wrong(
            _("This account has no password, so its person cannot sign on this device"),
            _("the second person sets a password under My account, or signs on their own device"),
        )
    if not user.check_password(password):
        _wrong(_("Account name and password do not fit"), _("the second person enters their own"))


def _moment(words: str) -> datetime:
    if not words.strip():
        return now().replace(microsecond=0)
    try:
        return datetime.combine(today(), time.fromisoformat(words.strip()), clinic_zone())
    except ValueError:
        _wrong(_("The time cannot be read"), _("write it as 14:05"))


def _number(request: HttpRequest, name: str, words: str) -> float | None:
    told = request.POST.get(name, "").strip().replace(",", ".")
    try:
        return float(told) if told else None
    except ValueError:
        _wrong(_("%(what)s is no number") % {"what": words}, _("write it as 120"))


def _step(request: HttpRequest) -> dict[str, Any]:
    return {"done": request.POST.get("done") == "yes"}


def _rate(request: HttpRequest) -> dict[str, Any]:
    return {"ml_per_h": _number(request, "ml_per_h", _("The rate"))}


def _dose(request: HttpRequest) -> dict[str, Any]:
    dose = _number(request, "dose_mg", _("The dose"))
    if dose is None or dose < 0:
        _wrong(_("The dose that was given is missing"), _("write it in mg, also when it was less"))
    return {"dose_mg": dose}


def _signs(request: HttpRequest) -> dict[str, Any]:
    names = [name for name in request.POST if name.startswith("sign-")]
    values = {name[5:]: _number(request, name, name[5:]) for name in names}
    found = {name: value for name, value in values.items() if value is not None}
    if not found:
        _wrong(_("No vital sign was entered"), _("enter at least one"))
    return {"values": found}


def _reaction(request: HttpRequest) -> dict[str, Any]:
    grade = request.POST.get("grade", "")
    if not (grade.isascii() and grade.isdigit()):
        _wrong(_("The grade is missing"), _("choose how severe the reaction is"))
    told = request.POST
    return {
        "grade": int(grade),
        "words": told.get("words", "").strip(),
        "given": told.get("given", "").strip(),
        "scale": told.get("scale", ""),
    }


def _note(request: HttpRequest) -> dict[str, Any]:
    return {"words": request.POST.get("words", "").strip()}


_DETAILS: dict[str, Callable[[HttpRequest], dict[str, Any]]] = {
    Kind.STEP: _step,
    Kind.START: _rate,
    Kind.RATE: _rate,
    Kind.RESUMED: _rate,
    Kind.END: _dose,
    Kind.SIGNS: _signs,
    Kind.REACTION: _reaction,
    Kind.NOTE: _note,
    Kind.INTERRUPTED: _note,
}


def _wrong(what: str, how: str) -> NoReturn:
    raise UsageError(Problem(what, how=how))
