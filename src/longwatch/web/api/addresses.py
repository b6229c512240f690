"""Addresses of the JSON interface by their names of the table; its library loads when one is asked.

It takes a third of the time to the first page, and most clinics open pages only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from importlib import import_module
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, re_path
from django.views.decorators.csrf import csrf_exempt

ADDRESSES: Mapping[str, str] = {
    "api-worklist": "worklist",
    "api-patients": "patients",
    "api-status": "patients/<int:patient>/status",
    "api-findings": "patients/<int:patient>/findings",
    "api-plan": "patients/<int:patient>/plan",
    "api-results": "patients/<int:patient>/results",
    "api-alerts": "alerts",
    "api-alert": "alerts/<int:alert>",
    "api-alert-step": "alerts/<int:alert>/steps",
}


def _opened(name: str) -> Callable[..., HttpResponse]:
    """The view of a route. What a cookie alone may not do, `admission` refuses."""

    def view(request: HttpRequest, **given: Any) -> HttpResponse:
        answer: HttpResponse = _routes().view(name)(request, **given)
        return answer

    opened: Callable[..., HttpResponse] = csrf_exempt(view)
    return opened


def _document(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _routes().document(request)
    return answer


def _elsewhere(request: HttpRequest) -> HttpResponse:
    answer: HttpResponse = _routes().elsewhere(request)
    return answer


def _routes() -> Any:
    return import_module("longwatch.web.api.routes")


def addresses() -> Sequence[URLPattern]:
    """The patterns under `/api/`."""
    return [
        path("api/openapi.json", _document, name="api-document"),
        *(path(f"api/{place}", _opened(name), name=name) for name, place in ADDRESSES.items()),
        re_path("^api(?:/.*)?$", csrf_exempt(_elsewhere), name="api-elsewhere"),
    ]
