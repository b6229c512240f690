"""The middleware that refuses whatever the table of `granted` does not grant.

Every page about one person is noted in the audit log when it is opened, also when it is refused.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse

from longwatch.store.audit import record_audit
from longwatch.store.models import Membership, OwnRecord, Patient
from longwatch.web.clock import now
from longwatch.web.granted import PAGES, Page

_OF_ACCOUNTS = ("account_", "mfa_")
"""Pages of allauth: they ask for a sign-in themselves where one is needed."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: what roles the clinic gave, and whose own pages."""

    name: str
    roles: frozenset[str]
    own: Mapping[int, str]


def viewer_of(user: Any) -> Viewer:
    """The rights of a signed-in user at this moment."""
    at = now()
    running = Q(until=None) | Q(until__gt=at)
    roles = Membership.objects.filter(running, user=user, since__lte=at)
    own = OwnRecord.objects.filter(running, user=user, since__lte=at)
    return Viewer(
        user.get_username(),
        frozenset(roles.values_list("role__name", flat=True)),
        dict(own.values_list("patient_id", "kind")),
    )


def deny_by_default(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: opens what the table grants, asks strangers to sign in, refuses the rest."""
    return _Guard(get_response)


class _Guard:
    def __init__(self, get_response: Callable[[HttpRequest], HttpResponse]) -> None:
        self._get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        return self._get_response(request)

    def process_view(
        self, request: HttpRequest, view: object, args: object, path: dict[str, Any]
    ) -> HttpResponse | None:
        match = request.resolver_match
        name = (match.url_name or "") if match else ""
        if name.startswith(_OF_ACCOUNTS):
            return None
        page = PAGES.get(name, Page())
        if page.anybody:
            return None
        if page.systems:
            # Late: admission builds on the viewers of this module.
            from longwatch.web.admission import admit

            return admit(request, page, name, path)
        if not request.user.is_authenticated:
            return redirect(f"{reverse('account_login')}?next={request.path}")
        viewer = request.viewer = viewer_of(request.user)  # type: ignore[attr-defined]
        patient = path.get("patient")
        granted = page.signed_in or bool(page.roles & viewer.roles)
        granted = granted or (page.own and patient in viewer.own)
        if patient is not None:
            note_opening(viewer, name, patient, granted)
        if not granted:
            raise PermissionDenied
        return None


def note_opening(viewer: Viewer, page: str, patient: int, granted: bool) -> None:
    """That a page about one person was opened, or refused, for the audit log.

    Raises:
        Http404: it was granted, and there is no such person.
    """
    reference = Patient.objects.filter(pk=patient).values_list("reference", flat=True).first()
    if reference is None and granted:
        raise Http404
    record_audit(
        "read" if granted else "refused",
        actor=viewer.name,
        at=now(),
        kind="page",
        target=page,
        patient=reference,
        detail={"as": sorted(viewer.roles) or [viewer.own.get(patient, "stranger")]},
    )
