"""The protocol in force, what another would change, and the clinic's own overlays."""

from __future__ import annotations

from collections import Counter
from typing import Any

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.evaluate import evaluate
from longwatch.core.errors import LongwatchError
from longwatch.protocols.load import packs
from longwatch.store.clinic_facts import PROTOCOL, clinic_protocol, set_clinic
from longwatch.store.models import Overlay, Patient
from longwatch.store.overlays import read_overlay, save_overlay
from longwatch.store.protocol_change import Proposal, apply, propose
from longwatch.web.clinic_work import attempt, refusals
from longwatch.web.clock import clinic_zone, now, today

_SHOWN = 50
_AT_ONCE = 1_000
"""Alerts of so many people follow in the change itself; of more, the nightly sweep's."""

_BEGIN = """id: our-clinic
version: "1"
title: Our clinic
state: draft
valid_from: {day}
extends: {name}
note: What differs here, and why.
"""


def protocols(request: HttpRequest) -> HttpResponse:
    """What is in force; with `old` and `new` in the address whose dates and alerts would change."""
    old, new = request.GET.get("old", ""), request.GET.get("new", "")
    refused: list[str] = []
    proposal: Proposal | None = None
    if request.method == "POST":
        old, new = request.POST.get("old", ""), request.POST.get("new", "")
        done: list[int] = []
        refused = _change(request, old, new, done)
        if not refused:
            words = _("%(count)s people are watched by %(name)s from today on.")
            messages.success(request, words % {"count": done[0], "name": new})
            return redirect("protocols")
    if old and new:
        try:
            proposal = propose(old, new, today())
        except LongwatchError as error:
            refused = refused or refusals(error)
    names = [*packs(), *(str(row) for row in Overlay.objects.order_by("name", "-number"))]
    context = {
        "names": names,
        "in_force": clinic_protocol(),
        "old": old or clinic_protocol(),
        "new": new,
        "proposal": proposal,
        "counts": _counts(proposal) if proposal else {},
        "changes": _by_person(proposal) if proposal else [],
        "shown": _SHOWN,
        "versions": Overlay.objects.select_related("author").order_by("name", "-number"),
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "web/protocols.html", context, status=422 if refused else 200)


def overlay(request: HttpRequest) -> HttpResponse:
    """The editor: the text is checked by the strict loader, and kept as a new version."""
    name = request.GET.get("from", "")
    row = next((one for one in Overlay.objects.all() if str(one) == name), None)
    text = row.text if row else _BEGIN.format(name=clinic_protocol(), day=today())
    refused: list[str] = []
    pack = None
    if request.method == "POST":
        text = request.POST.get("text", "")
        if request.POST.get("step") == "save":
            refused = attempt(
                request,
                _("Kept as a new version; in force for nobody until the protocol is changed."),
                lambda: save_overlay(
                    text,
                    by=request.user.get_username(),
                    reason=request.POST.get("reason", ""),
                    at=now(),
                ),
            )
            if not refused:
                return redirect("protocols")
        else:
            try:
                pack = read_overlay(text)
            except LongwatchError as error:
                refused = refusals(error)
    context = {
        "text": text,
        "lines": list(enumerate(text.splitlines(), start=1)) if refused else [],
        "pack": pack,
        "refused": refused,
        "reason": request.POST.get("reason", ""),
    }
    return render(request, "web/overlay.html", context, status=422 if refused else 200)


def _change(request: HttpRequest, old: str, new: str, done: list[int]) -> list[str]:
    by, reason, at = request.user.get_username(), request.POST.get("reason", ""), now()
    try:
        with transaction.atomic():
            proposal = propose(old, new, today())
            done.append(apply(proposal, by=by, reason=reason, since=today(), at=at))
            if old == clinic_protocol():
                set_clinic({PROTOCOL: new}, by=by, reason=reason, at=at)
            if len(proposal.patients) <= _AT_ONCE:
                clinic = read_clinic(clinic_zone())
                why = "protocol changed"
                evaluate(proposal.patients, at, clinic, why=why, engine="python")
    except LongwatchError as error:
        return refusals(error)
    return []


def _counts(proposal: Proposal) -> dict[str, int]:
    kinds = Counter(one.kind for one in proposal.changes)
    lost = sum(one.kind == "finding" and one.after is None for one in proposal.changes)
    touched = {one.patient for one in proposal.changes}
    return {
        "people": len(proposal.patients),
        "touched": len(touched),
        "dates": kinds["date"],
        "findings": kinds["finding"],
        "lost": lost,
    }


def _by_person(proposal: Proposal) -> list[tuple[Patient | None, Any, str, str]]:
    shown = proposal.changes[:_SHOWN]
    people = {
        one.reference: one
        for one in Patient.objects.filter(reference__in={change.patient for change in shown})
    }
    return [(people.get(one.patient), one, _words(one.before), _words(one.after)) for one in shown]


def _words(told: dict[str, Any] | None) -> str:
    if told is None:
        return _("nothing")
    return ", ".join(f"{name} {'–' if cell is None else cell}" for name, cell in told.items())
