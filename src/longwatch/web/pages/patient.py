"""One person's record as the clinic sees it: what to do now first, the rest a tab away."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext as _

from longwatch.alerts.inbox import waiting_of
from longwatch.reminders.contacts import history
from longwatch.reminders.follow_up import current
from longwatch.store.models import Identifier, Patient, State
from longwatch.watch.plan import SETTLED
from longwatch.web.clock import today
from longwatch.web.dossier import Dossier
from longwatch.web.event_words import kind_word, what_happened
from longwatch.web.morning import urgency
from longwatch.web.pages.contacts import contact_words
from longwatch.web.pages.mine import courses
from longwatch.web.papers import messages_of, papers_of
from longwatch.web.record_parts import alerts_of, audit_of, timeline_of, together
from longwatch.web.result_lines import ResultLine, result_lines

_STANDING = {
    "overdue": ("late", 0),
    "due": ("due", 1),
    "unknown": ("unknown", 2),
    "not-yet": ("ok", 3),
    "ended": ("ok", 4),
    "not-applicable": ("wait", 5),
}
_SHOWN = 100
_SOON = 12


def patient(request: HttpRequest, patient: int) -> HttpResponse:
    """What is open, the way so far, where each test stands, contacts."""
    dossier = _open(patient)
    person = dossier.person
    titles = {part.id: part.title for part in dossier.pack.recurring}
    status = sorted(dossier.status, key=lambda row: _STANDING[row["status"]][1])
    opened = sorted(
        (one for one in alerts_of(person) if one.alert.state != State.CLOSED), key=urgency
    )
    checks = [row for row in dossier.readiness if row["date"] >= dossier.as_of]
    context = {
        "alerts": opened,
        "unsigned": waiting_of(person),
        "decided": current(person),
        "timeline": timeline_of(dossier),
        "status": [
            (row, _STANDING[row["status"]][0], titles.get(row["activity"], row["activity"]))
            for row in status
        ],
        "course": next((row for row in checks if row["activity"] == "course"), None),
        "missing": [row for row in checks if row["state"] in ("blocked", "unknown", "open")],
        "lines": _lines(dossier, main_only=True),
        "contacts": history(person)[:20],
        "contact_words": contact_words(),
        "back": "patient",
    }
    return _shown(request, "patient", dossier, context)


def _lines(dossier: Dossier, main_only: bool = False) -> list[ResultLine]:
    """As the person sees them, but in the words of those who are told."""
    return [
        replace(line, verdict=_("A rule found it")) if line.look == "act" else line
        for line in result_lines(dossier, main_only)
    ]


def results(request: HttpRequest, patient: int) -> HttpResponse:
    """Every test on its number line, with all values over time."""
    dossier = _open(patient)
    return _shown(request, "patient_results", dossier, {"lines": _lines(dossier)})


def treatment(request: HttpRequest, patient: int) -> HttpResponse:
    """Courses and infusions, prophylaxis, vaccinations and everything else dated."""
    dossier = _open(patient)
    kinds = {period.id: period for period in dossier.pack.periods}
    infusions = sorted(dossier.all_infusions, key=lambda row: row["date"], reverse=True)
    context = {
        "infusions": infusions,
        "periods": [(row, kinds[row["period"]].title) for row in dossier.prophylaxis],
        "events": [
            (row, kind_word(row["kind"]), what_happened(row, dossier.pack))
            for row in sorted(dossier.events, key=lambda row: row["date"], reverse=True)
        ],
    }
    return _shown(request, "patient_treatment", dossier, context)


def dates(request: HttpRequest, patient: int) -> HttpResponse:
    """Every planned date ahead, and how the watch was kept so far."""
    dossier = _open(patient)
    ahead = [
        item
        for item in dossier.plan.items
        if item.state not in SETTLED and item.kind not in ("period", "check")
    ]
    titles = {part.id: part.title for part in dossier.pack.recurring}
    kept = [
        (row, titles.get(row["activity"], row["activity"]))
        for row in dossier.outcome.adherence.to_pylist()
        if row["items"]
    ]
    visits = together(ahead)
    context = {
        "visits": visits[:_SOON],
        "later": visits[_SOON:_SHOWN],
        "notes": dossier.plan.notes,
        "kept": kept,
    }
    return _shown(request, "patient_dates", dossier, context)


def papers(request: HttpRequest, patient: int) -> HttpResponse:
    """Alerts, contacts, papers, messages received, and who read or changed the record."""
    dossier = _open(patient)
    person = dossier.person
    context = {
        "alerts": alerts_of(person),
        "contacts": history(person),
        "papers": papers_of(person, _SHOWN),
        "documents": messages_of(person, _SHOWN),
        "entries": audit_of(person, _SHOWN),
    }
    return _shown(request, "patient_papers", dossier, context)


def why(request: HttpRequest, patient: int) -> HttpResponse:
    """The whole tree of why, down to results and places in the sources."""
    dossier = _open(patient)
    explained = dossier.outcome.explain(dossier.person.reference)
    return _shown(request, "patient_why", dossier, {"explained": explained})


def _open(patient: int) -> Dossier:
    return Dossier(get_object_or_404(Patient, pk=patient), today())


def _shown(
    request: HttpRequest, template: str, dossier: Dossier, context: dict[str, Any]
) -> HttpResponse:
    """With what stands at the head of every page of the record."""
    known = Identifier.objects.filter(patient=dossier.person, valid_to=None).order_by("id")
    numbers = known.exclude(value=dossier.person.reference)
    head = {
        "person": dossier.person,
        "dossier": dossier,
        "numbers": numbers,
        "courses": list(enumerate(courses(dossier), start=1)),
    }
    return render(request, f"web/{template}.html", {**head, **context})
