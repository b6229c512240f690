"""Who may see what: the one place that decides, and the middleware that asks it for every page.

Every page about one person is noted in the audit log when it is opened. So is every refusal.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from longwatch.alerts.asking import ask
from longwatch.store.audit import record_audit
from longwatch.store.models import EmergencyAccess, OwnRecord, Patient
from longwatch.web.clock import now
from longwatch.web.drafts import keep_draft
from longwatch.web.emergency import running
from longwatch.web.granted import (
    CARE,
    CARER_MAY,
    EVERYTHING,
    NOT_FOR_CARERS,
    PAGES,
    PLAN,
    RESULTS,
    STAFF,
    WORK,
    Page,
)

log = logging.getLogger("longwatch.web")

_OF_ACCOUNTS = ("account_", "mfa_", "usersessions_")
"""Pages of allauth: they ask for a sign-in themselves where one is needed."""
_MORE = {PLAN: 0, RESULTS: 1, EVERYTHING: 2}
_READING = ("GET", "HEAD")


_RIGHTS = """
    SELECT patient_id, id, kind, scope FROM store_ownrecord
    WHERE user_id = %s AND since <= %s AND (until IS NULL OR until > %s)
    UNION ALL
    SELECT NULL, NULL, r.name, NULL FROM store_membership m JOIN store_role r ON r.id = m.role_id
    WHERE m.user_id = %s AND m.since <= %s AND (m.until IS NULL OR m.until > %s)
    ORDER BY 2
"""
"""Asked with every page."""


@dataclass(frozen=True, slots=True)
class Viewer:
    """Who looks: what roles the clinic gave, and whose own pages, as what and how much of them."""

    name: str
    roles: frozenset[str]
    own: Mapping[int, str]
    scopes: Mapping[int, str] = field(default_factory=dict)


def viewer_of(user: Any) -> Viewer:
    """The rights of a signed-in user at this moment."""
    at = connection.ops.adapt_datetimefield_value(now())
    rows = ask(_RIGHTS, [user.pk, at, at] * 2)
    return Viewer(
        user.get_username(),
        frozenset(role for patient, _, role, _ in rows if patient is None),
        {patient: kind for patient, _, kind, _ in rows if patient is not None},
        {patient: scope for patient, _, _, scope in rows if patient is not None},
    )


def may(viewer: Viewer, name: str, patient: int | None = None) -> bool:
    """Whether somebody may open a page, by the table; `patient`: whom it is about."""
    page = PAGES.get(name, Page())
    if page.anybody or page.signed_in or page.roles & viewer.roles:
        return True
    return page.own and patient is not None and _own(viewer, name, patient)


def _own(viewer: Viewer, name: str, patient: int) -> bool:
    kind = viewer.own.get(patient)
    if kind == "carer":
        needed, given = CARER_MAY.get(name, EVERYTHING), viewer.scopes.get(patient, PLAN)
        return name not in NOT_FOR_CARERS and _MORE[given] >= _MORE[needed]
    return kind == "self"


def may_in_an_emergency(viewer: Viewer, name: str, method: str | None) -> bool:
    """Whether a reason opens this page: to any staff, a record that others care for, to read."""
    page = PAGES.get(name, Page())
    return bool(viewer.roles & STAFF and page.roles & CARE and method in _READING)


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
        accounts = name.startswith(_OF_ACCOUNTS)
        page = PAGES.get(name, Page())
        if page.anybody or accounts:
            if request.user.is_authenticated:
                request.viewer = viewer_of(request.user)  # type: ignore[attr-defined]
            return None
        if page.systems:
            # Late: admission builds on the viewers of this module.
            from longwatch.web.admission import admit

            return admit(request, page, name, path)
        if not request.user.is_authenticated:
            return _to_sign_in(request, name)
        return _judge(request, name, path.get("patient"))


def _judge(request: HttpRequest, name: str, patient: int | None) -> HttpResponse | None:
    viewer = request.viewer = viewer_of(request.user)  # type: ignore[attr-defined]
    _stay(request)
    if lacks_second_factor(request, viewer, name):
        messages.warning(request, _("Add a second factor first: your account opens records."))
        return redirect("mfa_index")
    access: EmergencyAccess | None = None
    granted = may(viewer, name, patient)
    if not granted and patient is not None and may_in_an_emergency(viewer, name, request.method):
        access = running(request.user, patient, now())
        request.emergency = access  # type: ignore[attr-defined]
    if patient is not None or not (granted or access):
        note_opening(viewer, name, patient, granted, access)
    if not (granted or access):
        raise PermissionDenied
    return None


def _to_sign_in(request: HttpRequest, name: str) -> HttpResponse:
    """To the sign-in and back; a form that was on its way is kept for its writer."""
    log.warning("refused page=%s to=stranger", name or "?")
    back = request.path
    if request.method == "POST":
        draft = keep_draft(request, now())
        back = reverse("draft", args=[draft.pk]) if draft else reverse("home")
    return redirect(f"{reverse('account_login')}?{urlencode({'next': back})}")


def _stay(request: HttpRequest) -> None:
    """A session ends some time after the last page, not after the first; seldom written."""
    at, last = time.time(), request.session.get("seen", 0.0)
    if at - last > settings.SESSION_COOKIE_AGE / 10:
        request.session["seen"] = at


def lacks_second_factor(request: HttpRequest, viewer: Viewer, name: str) -> bool:
    """Whether this account of the clinic must add a second factor before it opens this page."""
    if settings.DEMO or not settings.STAFF_NEED_SECOND_FACTOR or name in WORK:
        return False
    return bool(viewer.roles) and not is_mfa_enabled(request.user)


def note_opening(
    viewer: Viewer,
    page: str,
    patient: int | None,
    granted: bool,
    access: EmergencyAccess | None = None,
) -> None:
    """That a page was opened, or refused, for the audit log.

    Inputs:
        patient: whom it is about; None: nobody.
        access: by which reason it was opened all the same.

    Raises:
        Http404: it was granted, and there is no such person.
    """
    reference = None
    if patient is not None:
        found = Patient.objects.filter(pk=patient).values_list("reference", flat=True)
        reference = found.first()
        if reference is None and granted:
            raise Http404
    seen_as = sorted(viewer.roles) or [viewer.own.get(patient or 0, "stranger")]
    detail: dict[str, Any] = {"as": seen_as}
    if access is not None:
        detail["emergency"] = access.pk
    record_audit(
        "read" if granted or access else "refused",
        actor=viewer.name,
        at=now(),
        kind="page",
        target=page,
        patient=reference,
        detail=detail,
    )


def only_the_person(request: HttpRequest, patient: int) -> None:
    """Refuses what nobody may do for another, as making an address that opens without signing in.

    Raises:
        PermissionDenied: to a carer.
    """
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.own.get(patient) != OwnRecord.Kind.SELF:
        raise PermissionDenied
