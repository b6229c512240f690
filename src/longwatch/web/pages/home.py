"""Where somebody lands after signing in, and the sign of life for a watchdog."""

from __future__ import annotations

from django.core.exceptions import PermissionDenied
from django.db import connection
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect

from longwatch.web.access import Viewer, may
from longwatch.web.granted import AT_DESK, CARE, INFUSION


def home(request: HttpRequest) -> HttpResponse:
    """The worklist for those who look after people, the own page for the person treated.

    Who only gives infusions comes to those of today.
    """
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    if viewer.roles & CARE == {INFUSION}:
        return redirect("infusions")
    if viewer.roles & CARE:
        return redirect("worklist")
    if viewer.roles & AT_DESK:
        return redirect("desk")
    for patient in viewer.own:
        for page in ("mine", "my-more"):
            if may(viewer, page, patient):
                return redirect(page, patient)
    raise PermissionDenied


def health(request: HttpRequest) -> HttpResponse:
    """Whether the store answers; says nothing of anybody."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT 1")
    return JsonResponse({"store": "answers"})
