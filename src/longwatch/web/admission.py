"""Other systems at the door: by their token, or as somebody of the clinic who has signed in.

The table of `granted` decides here as it does for pages; only the answers differ: no sign-in page,
but a status and words that a program can read.
"""

from __future__ import annotations

from typing import Any

from django.http import Http404, HttpRequest, HttpResponse
from django.middleware.csrf import CsrfViewMiddleware

from longwatch.store.clients import HOOKS, allows, client_of, scopes_of
from longwatch.store.models import ReadingClient
from longwatch.web.access import Viewer, lacks_second_factor, note_opening, viewer_of
from longwatch.web.clock import now
from longwatch.web.granted import Page
from longwatch.web.refusals import refusal

_SAFE = ("GET", "HEAD", "OPTIONS")


def admit(request: HttpRequest, page: Page, name: str, path: dict[str, Any]) -> HttpResponse | None:
    """Lets a request through (None) or answers why not; sets `request.viewer`.

    Inputs:
        page, name: its row of the table.
        path: what its address names: `patient`, `kind`.
    """
    patient = path.get("patient")
    token = _bearer(request)
    if token is not None:
        client = _client(request, page, token)
        if client is None:
            return refusal(page.systems, 401, "login", "this token is not valid here")
        viewer = Viewer(f"client:{client.name}", frozenset(), {})
        kind = path.get("kind", "")
        granted = allows(scopes_of(client), kind if page.systems == "fhir" else page.systems)
        # A type that does not exist is answered by the view: 404, not 403.
        granted = granted or (page.systems == "fhir" and not _known(kind))
    else:
        if page.systems == HOOKS or not request.user.is_authenticated:
            words = "the token of a registered client is needed"
            return refusal(page.systems, 401, "login", words)
        if (crossed := _crossed_sites(request)) is not None:
            return crossed
        viewer = viewer_of(request.user)
        if lacks_second_factor(request, viewer, name):
            return refusal(page.systems, 403, "forbidden", "add a second factor to this account")
        if lacks_second_factor(request, viewer, name):
            return refusal(page.systems, 403, "forbidden", "this account needs a second factor")
        granted = bool(page.roles & viewer.roles)
    request.viewer = viewer  # type: ignore[attr-defined]
    if patient is not None or not granted:
        try:
            note_opening(viewer, name, patient, granted)
        except Http404:
            return refusal(page.systems, 404, "not-found", "there is no such person")
    if not granted:
        return refusal(page.systems, 403, "forbidden", "this may not be asked with these rights")
    return None


def _bearer(request: HttpRequest) -> str | None:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token.strip() if scheme.lower() == "bearer" and token.strip() else None


def _client(request: HttpRequest, page: Page, token: str) -> ReadingClient | None:
    address = request.META.get("REMOTE_ADDR", "")
    if page.systems == HOOKS and token.count(".") == 2:
        from longwatch.web.hooks.signed import signer

        return signer(token, request.build_absolute_uri(request.path), address, now())
    return client_of(token, address, now())


def _known(kind: str) -> bool:
    from longwatch.store.clients import RESOURCES

    return kind in RESOURCES


def _crossed_sites(request: HttpRequest) -> HttpResponse | None:
    """Django's own guard: a session's cookie alone may change nothing."""
    if request.method in _SAFE:
        return None
    guard = CsrfViewMiddleware(lambda _: HttpResponse())
    guard.process_request(request)
    if guard.process_view(request, lambda _: HttpResponse(), (), {}) is None:
        return None
    return refusal("api", 403, "forbidden", "send X-CSRFToken with the session's cookie")
