"""The page of the person treated: what is next, where I am, my results, when to call."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.protocols.model import Pack
from longwatch.reminders.contacts import history
from longwatch.store.diary import drawn_on, note_draw
from longwatch.store.models import Contact, Patient
from longwatch.watch.plan import PlanItem
from longwatch.web.charts.cells import Cells, lymphocytes
from longwatch.web.charts.journey import Month, journey
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.dates import day_words
from longwatch.web.dossier import MONTHLY, Dossier
from longwatch.web.plain import visit_words
from longwatch.web.result_lines import AT_ONCE, ResultLine, result_lines, signed_off, worst_first
from longwatch.web.told import Told
from longwatch.web.when_to_call import when_to_call

_DONE = {"done": True, "done-late": True, "missed": False}


@dataclass(frozen=True, slots=True)
class NextStep:
    """The next visit: what is done there, and the days on which it can be.

    Inputs:
        drawn: blood or urine is taken there, so that the person can say that it was.
    """

    titles: Sequence[str]
    parts: Sequence[str]
    drawn: bool
    opens: date
    closes: date
    late: bool
    days_late: int


def mine(request: HttpRequest, patient: int) -> HttpResponse:
    """Everything at a glance."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    signed = signed_off(dossier)
    lines = result_lines(dossier, main_only=True, signed=signed)
    urgent = [line for line in lines if line.look == "act"]
    context = {
        "dossier": dossier,
        "urgent": urgent,
        "at_once": any(line.tier in AT_ONCE for line in urgent),
        "spoke": spoke_about(dossier.person, urgent),
        "newest": max((line.date for line in lines), default=None),
        "step": next_step(dossier.pack, dossier.next_steps, dossier.as_of),
        "journey": _journey(dossier),
        "watch_end": dossier.plan.end,
        "adherence": _monthly(dossier),
        "lines": lines,
        "cells": _cells(dossier),
        "help": when_to_call(dossier),
        "food": food(dossier),
        "told": Told(dossier.pack),
        "read": signed[-1] if signed else None,
        "month": _month(dossier),
        "drawn": drawn_without_result(dossier),
    }
    return render(request, "web/mine.html", context)


def had_test(request: HttpRequest, patient: int) -> HttpResponse:
    """The person says that blood or urine was taken: the clinic then waits for the result."""
    person = get_object_or_404(Patient, pk=patient)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    note_draw(
        person,
        today(),
        author=request.user,  # type: ignore[arg-type]
        at=now(),
        and_then=hook(read_clinic(clinic_zone()), now),
    )
    messages.success(
        request, _("Thank you. The test counts when the result is here; we look out for it.")
    )
    return redirect("mine", patient)


def results(request: HttpRequest, patient: int) -> HttpResponse:
    """All tests with all their values."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    lines = worst_first(result_lines(dossier, signed=signed_off(dossier)))
    context = {"dossier": dossier, "lines": lines, "told": Told(dossier.pack)}
    return render(request, "web/my_results.html", context)


def next_step(pack: Pack, items: Sequence[PlanItem], as_of: date) -> NextStep | None:
    """One visit out of the items that can be done together; None when nothing is left.

    The window is what all of them share: the last to open, the first to close. What is late comes
    alone, with how long it has waited.
    """
    if not items:
        return None
    late = [item for item in items if item.state == "overdue"]
    shown = late or list(items)
    told = Told(pack)
    parts = list(dict.fromkeys(told.say(item.title) for item in shown))
    titles = visit_words(pack, [(item.activity, told.say(item.title)) for item in shown])
    drawn = any(item.kind == "test" for item in shown)
    closes = min(item.closes or item.date for item in shown)
    if late:
        return NextStep(titles, parts, drawn, as_of, closes, True, (as_of - closes).days)
    opens = max(item.opens or item.date for item in shown)
    return NextStep(titles, parts, drawn, min(opens, closes), closes, False, 0)


def spoke_about(person: Patient, urgent: Sequence[ResultLine]) -> date | None:
    """The day on which the clinic reached the person after the newest urgent result came.

    Returns:
        None where nobody did, and where nobody knows when a result came.
    """
    arrived = [line.received for line in urgent]
    known = [moment for moment in arrived if moment is not None]
    if not known or len(known) < len(arrived):
        return None
    reached = history(person).filter(outcome=Contact.Outcome.REACHED).first()
    if reached is None:
        return None
    at = reached.at.astimezone(clinic_zone()).replace(tzinfo=None)
    return at.date() if at >= max(known) else None


def drawn_without_result(dossier: Dossier) -> date | None:
    """When blood was taken last, while no result of that day or a later one is here."""
    drawn = drawn_on(dossier.person, dossier.as_of)
    arrived = (row["date"] for rows in dossier.results.values() for row in rows)
    return None if drawn is None or any(day >= drawn for day in arrived) else drawn


def _month(dossier: Dossier) -> tuple[int, int] | None:
    """The month of the watch since the newest infusion, and how many it has."""
    if not dossier.infusions or dossier.plan.last is None:
        return None
    last, all_of_them = dossier.infusions[-1]["date"], dossier.pack.watch.months_after_last_infusion
    passed = (dossier.as_of.year - last.year) * 12 + dossier.as_of.month - last.month
    passed += dossier.as_of.day >= last.day
    return (passed, all_of_them) if passed <= all_of_them else None


def food(dossier: Dossier) -> Sequence[tuple[str, Sequence[str]]]:
    """Advice on food on the days on which it holds, by title; what has no end yet still holds."""
    diets = {period.id for period in dossier.pack.periods if period.kind == "diet"}
    spans = dossier.prophylaxis
    holds = any(
        span["period"] in diets
        and span["start"] is not None
        and span["start"] <= dossier.as_of
        and (span["end"] is None or span["end"] >= dossier.as_of)
        for span in spans
    )
    return by_sentence(Told(dossier.pack).texts("diet")) if holds else []


def by_sentence(texts: Sequence[tuple[str, str]]) -> list[tuple[str, Sequence[str]]]:
    """Texts with their sentences apart: advice is read as a list."""
    return [(title, re.split(r"(?<=[.!?])\s+(?=[^a-z])", words)) for title, words in texts]


def courses(dossier: Dossier) -> list[tuple[date, date]]:
    """First and last given day of each course, oldest first."""
    found: dict[int, list[date]] = {}
    for row in dossier.infusions:
        found.setdefault(row["course"], []).append(row["date"])
    return [(min(days), max(days)) for _, days in sorted(found.items())]


def _monthly(dossier: Dossier) -> Mapping[str, Any] | None:
    rows = dossier.outcome.adherence.to_pylist()
    row = next((row for row in rows if row["activity"] == MONTHLY and row["items"]), None)
    return row and {**row, "done": row["on_time"] + row["late"]}


def _journey(dossier: Dossier) -> str:
    given, end = courses(dossier), dossier.plan.end
    if not given or end is None:
        return ""
    months = [
        Month(item.date, _DONE.get(item.state))
        for item in dossier.plan.items
        if item.activity == MONTHLY and item.kind == "test"
    ]
    done = sum(1 for month in months if month.done)
    past = sum(1 for month in months if month.due <= dossier.as_of)
    words = _("%(done)s of %(past)s monthly tests done; the watch ends on %(end)s.") % {
        "done": done,
        "past": past,
        "end": day_words(end),
    }
    return journey("journey", given, months, dossier.as_of, end, words)


def _cells(dossier: Dossier) -> Cells | None:
    if not dossier.infusions:
        return None
    points = [(row["date"], row["value"]) for row in dossier.results.get("lymphocytes", [])]
    days = [row["date"] for row in dossier.infusions]
    starts = [first for first, _ in courses(dossier)]
    return lymphocytes("cells", days, starts, points, dossier.as_of)
