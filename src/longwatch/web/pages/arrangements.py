"""Who takes whose tests, where and when: the day list, and the arrangements of one person."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.core.errors import Problem, UsageError
from longwatch.store.arrangements import book, end_booking, open_bookings, prefer
from longwatch.store.models import Booking, Patient, Place, Preference, Standing
from longwatch.watch.plan import PlanItem
from longwatch.web.clinic_work import attempt
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier

_SHOWN = 50


def arrangements(request: HttpRequest) -> HttpResponse:
    """The list of one day to print, bookings nobody has ended, and who is due without one."""
    day, place = _day(request.GET.get("day", "")) or today(), request.GET.get("place", "")
    refused: list[str] = []
    if request.method == "POST":
        refused = attempt(request, _("Recorded. What is due stays due."), lambda: _end(request))
        if not refused:
            return redirect(request.get_full_path())
    rows = list(open_bookings())
    if place in Place.values:
        rows = [row for row in rows if row.place == place]
    standing = {
        one.patient_id: one
        for one in Standing.objects.filter(patient_id__in={row.patient_id for row in rows})
    }
    booked = set(open_bookings().values_list("patient_id", flat=True))
    waiting = Standing.objects.exclude(overdue=0, due=0).exclude(patient_id__in=booked)
    context = {
        "day": day,
        "today": today(),
        "place": place,
        "places": Place.choices,
        "todays": [_line(row, standing) for row in rows if row.opens <= day <= row.closes],
        "passed": [_line(row, standing) for row in rows if row.closes < today()],
        "count": waiting.count(),
        "waiting": waiting.select_related("patient").order_by("-days_overdue", "patient__name")[
            :_SHOWN
        ],
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "web/arrangements.html", context, status=422 if refused else 200)


def arrange(request: HttpRequest, patient: int) -> HttpResponse:
    """What one person wishes, what is due together, and the bookings."""
    person = get_object_or_404(Patient, pk=patient)
    dossier = Dossier(person, today())
    titles = {part.id: part.title for part in dossier.pack.recurring}
    together = {item.activity: item for item in dossier.next_steps if item.kind != "infusion"}
    refused: list[str] = []
    if request.method == "POST":
        steps: dict[str, Callable[[], object]] = {
            "prefer": lambda: prefer(
                person, request.POST.get("place", ""), request.POST.get("note", ""), **_who(request)
            ),
            "book": lambda: _book(request, person, together),
            "end": lambda: _end(request),
        }
        work = steps.get(request.POST.get("step", ""), _no_step)
        refused = attempt(request, _("Recorded. What is due stays due."), work)
        if not refused:
            return redirect("arrange", patient)
    rows = Booking.objects.filter(patient=person).select_related("end", "author", "end__author")
    wish = Preference.objects.filter(patient=person).select_related("author").last()
    context = {
        "person": person,
        "wish": wish,
        "places": Place.choices,
        "together": list(together.values()),
        "common": _common(list(together.values())),
        "overdue": [
            {**row, "title": titles.get(row["activity"], row["activity"])}
            for row in dossier.status
            if row["status"] == "overdue"
        ],
        "bookings": [(row, _orders(row)) for row in rows.order_by("-opens", "-id")[:_SHOWN]],
        "today": today(),
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "web/arrange.html", context, status=422 if refused else 200)


def _common(items: Sequence[PlanItem]) -> tuple[date, date] | None:
    """The days on which all of them can be taken, from today on; None where there is none."""
    begins = max([today(), *(item.opens for item in items if item.opens)])
    ends = [item.closes for item in items if item.closes]
    return (begins, min(ends)) if ends and begins <= min(ends) else None


def _line(row: Booking, standing: dict[int, Standing]) -> dict[str, Any]:
    here = standing.get(row.patient_id)
    wish = Preference.objects.filter(patient_id=row.patient_id).last()
    return {
        "booking": row,
        "orders": _orders(row),
        "days_overdue": here.days_overdue if here and here.overdue else 0,
        "wish": wish.note if wish and wish.place == row.place else "",
    }


def _orders(row: Booking) -> list[str]:
    return [title for _key, title in json.loads(row.orders)]


def _book(request: HttpRequest, person: Patient, together: dict[str, Any]) -> object:
    told = request.POST
    opens, closes = _day(told.get("opens", "")), _day(told.get("closes", ""))
    if opens is None or closes is None:
        what, how = _("A day of the window is missing"), _("give the first and the last day")
        raise UsageError(Problem(what, how=how))
    wanted = [(key, together[key].title) for key in told.getlist("order") if key in together]
    wanted += [("", told["besides"].strip())] if told.get("besides", "").strip() else []
    who = _who(request)
    window, note = (opens, closes), told.get("note", "")
    return book(person, told.get("place", ""), window, wanted, note, **who, today=today())


def _end(request: HttpRequest) -> object:
    told = request.POST
    key = told.get("booking", "")
    number = int(key) if key.isascii() and key.isdigit() else 0
    reason = told.get("reason", "")
    return end_booking(number, told.get("outcome", ""), reason, **_who(request), today=today())


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user.get_username(), "at": now()}


def _day(words: str) -> date | None:
    try:
        return date.fromisoformat(words)
    except ValueError:
        return None


def _no_step() -> object:
    raise UsageError(_("There is no such step"))
