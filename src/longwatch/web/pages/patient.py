"""One person's record as the clinic sees it: why, what is due, results, courses, alerts."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from longwatch.store.models import Contact, Identifier, Patient
from longwatch.watch.words import finding_words
from longwatch.web.clock import today
from longwatch.web.dossier import Dossier
from longwatch.web.pages.mine import courses
from longwatch.web.result_lines import result_lines

_STANDING = {
    "overdue": ("late", 0),
    "due": ("due", 1),
    "unknown": ("unknown", 2),
    "not-yet": ("ok", 3),
    "ended": ("ok", 4),
    "not-applicable": ("wait", 5),
}


def patient(request: HttpRequest, patient: int) -> HttpResponse:
    """The whole record on one page, with ways within it."""
    person = get_object_or_404(Patient, pk=patient)
    dossier = Dossier(person, today())
    rules = {rule.id: rule for rule in (*dossier.pack.rules, *dossier.pack.red_flags)}
    titles = {part.id: part.title for part in dossier.pack.recurring}
    status = sorted(dossier.status, key=lambda row: _STANDING[row["status"]][1])
    checks = [row for row in dossier.outcome.readiness.to_pylist() if row["date"] > dossier.as_of]
    context = {
        "person": person,
        "numbers": Identifier.objects.filter(patient=person, valid_to=None).order_by("id"),
        "dossier": dossier,
        "findings": [
            (row, rules[row["rule"]], finding_words(row, rules[row["rule"]].title))
            for row in dossier.findings
        ],
        "status": [
            (row, _STANDING[row["status"]][0], titles.get(row["activity"], row["activity"]))
            for row in status
        ],
        "courses": list(enumerate(courses(dossier), start=1)),
        "checks": checks,
        "lines": result_lines(dossier),
        "events": sorted(
            (row for row in dossier.record.events.to_pylist() if row["date"] <= dossier.as_of),
            key=lambda row: row["date"],
            reverse=True,
        ),
        "contacts": Contact.objects.filter(patient=person).order_by("-at")[:50],
        "explained": dossier.outcome.explain(person.reference),
    }
    return render(request, "web/patient.html", context)
