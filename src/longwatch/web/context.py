"""What every page has: who looks, where one can go, and the clinic's name and telephone."""

from __future__ import annotations

from dataclasses import dataclass
from functools import partial
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.store.models import OwnRecord, Patient
from longwatch.web.access import Viewer, may
from longwatch.web.clinic import clinic
from longwatch.web.plain import name_parts

CLINIC_WAYS = (
    ("worklist", noop("Worklist")),
    ("inbox", noop("Results inbox")),
    ("readiness", noop("Readiness")),
    ("patients", noop("Patients")),
    ("infusions", noop("Infusion days")),
    ("desk", noop("Could not be filed")),
    ("from-people", noop("Diaries")),
)
"""The clinic's navigation: those pages which a role grants, in this order."""

MORE_WAYS = (
    ("arrangements", noop("Laboratory arrangements")),
    ("evidence", noop("Evidence")),
    ("simulator", noop("Simulator")),
    ("settings", noop("Clinic settings")),
    ("people", noop("Accounts of people")),
)
"""What is not needed every hour: at the foot of each page."""

OWN_WAYS = (
    ("mine", noop("My page")),
    ("my-results", noop("My results")),
    ("my-diary", noop("My diary")),
    ("my-care", noop("Food and medicines")),
    ("my-questions", noop("My questions")),
    ("my-more", noop("More")),
)
"""The navigation of the person treated."""


RECORD_WAYS = (
    ("patient", noop("Now")),
    ("patient-results", noop("Results")),
    ("patient-treatment", noop("Treatment")),
    ("readiness-of", noop("Readiness")),
    ("patient-diary", noop("Diary")),
    ("patient-dates", noop("Dates")),
    ("arrange", noop("Arrangements")),
    ("patient-by-hand", noop("Enter by hand")),
    ("patient-access", noop("Own pages")),
    ("patient-papers", noop("Papers and audit")),
    ("patient-why", noop("Why")),
)
"""The pages of a record, in this order; those that a role does not grant are left out."""


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the navigation."""

    words: str
    address: str
    here: bool


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The context of every page."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    cared_for = _cared_for(request, viewer)
    return {
        "is_carer": cared_for is not None,
        "cared_for": partial(_name_of, cared_for),
        "clinic": clinic(),
        "viewer": viewer,
        "ways": _ways(request, viewer) if viewer else [],
        "further_ways": _of(request, viewer, MORE_WAYS) if viewer else [],
        "demo": settings.DEMO,
        "large": getattr(request, "large", False),
        "emergency": getattr(request, "emergency", None),
    }


def _cared_for(request: HttpRequest, viewer: Viewer | None) -> int | None:
    """Whose page this is, where somebody else looks who cares for that person."""
    match = request.resolver_match
    patient: int | None = match.kwargs.get("patient") if match else None
    if viewer is None or patient is None or viewer.own.get(patient) != OwnRecord.Kind.CARER:
        return None
    return patient


def _name_of(patient: int | None) -> str:
    """What the person is called who owns a page; asked only where it is shown."""
    if patient is None:
        return ""
    own = OwnRecord.objects.filter(patient=patient, kind=OwnRecord.Kind.SELF, until=None)
    account = own.select_related("user").first()
    if account is not None and account.user.get_full_name():
        return account.user.get_full_name()
    name = Patient.objects.values_list("name", flat=True).get(pk=patient)
    return " ".join(name_parts(name or "")).strip()


def record_ways(request: HttpRequest, patient: int) -> list[Way]:
    """The pages of one record."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    emergency = getattr(request, "emergency", None)
    at = request.resolver_match.url_name if request.resolver_match else ""
    return [
        Way(_(words), reverse(name, args=[patient]), at == name)
        for name, words in RECORD_WAYS
        if emergency or may(viewer, name, patient)
    ]


def _ways(request: HttpRequest, viewer: Viewer) -> list[Way]:
    match = request.resolver_match
    at = match.url_name if match else ""
    ways = _of(request, viewer, CLINIC_WAYS)
    for patient, kind in viewer.own.items():
        if kind == "self" or len(viewer.own) == 1:
            ways += [
                Way(_(words), reverse(name, args=[patient]), at == name)
                for name, words in OWN_WAYS
                if may(viewer, name, patient)
            ]
    return ways


def _of(request: HttpRequest, viewer: Viewer, table: tuple[tuple[str, str], ...]) -> list[Way]:
    match = request.resolver_match
    at = match.url_name if match else ""
    return [Way(_(words), reverse(name), at == name) for name, words in table if may(viewer, name)]
