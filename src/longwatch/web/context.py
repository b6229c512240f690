"""What every page has: who looks, where one can go, and the clinic's name and telephone."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from django.conf import settings
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.web.access import Viewer, may
from longwatch.web.clinic import clinic

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


@dataclass(frozen=True, slots=True)
class Way:
    """One entry of the navigation."""

    words: str
    address: str
    here: bool


def everywhere(request: HttpRequest) -> dict[str, Any]:
    """The context of every page."""
    viewer: Viewer | None = getattr(request, "viewer", None)
    return {
        "clinic": clinic(),
        "viewer": viewer,
        "ways": _ways(request, viewer) if viewer else [],
        "further_ways": _of(request, viewer, MORE_WAYS) if viewer else [],
        "demo": settings.DEMO,
        "large": getattr(request, "large", False),
        "emergency": getattr(request, "emergency", None),
    }


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
