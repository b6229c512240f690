"""Browsers of the configured systems may call CDS Hooks; nobody else's may."""

from __future__ import annotations

from collections.abc import Callable

from django.conf import settings
from django.http import HttpRequest, HttpResponse

_ROOT = "/cds-services"
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, POST, OPTIONS",
    "Access-Control-Allow-Headers": "Authorization, Content-Type",
    "Access-Control-Max-Age": "600",
}


def for_configured_origins(
    get_response: Callable[[HttpRequest], HttpResponse],
) -> Callable[[HttpRequest], HttpResponse]:
    """Middleware: answers what browsers ask first, and names the origin that may read."""

    def answer(request: HttpRequest) -> HttpResponse:
        if not request.path.startswith(_ROOT):
            return get_response(request)
        asked_first = "Access-Control-Request-Method" in request.headers
        if request.method == "OPTIONS" and asked_first:
            response = HttpResponse(status=204)
        else:
            response = get_response(request)
        origin = request.headers.get("Origin", "")
        if origin and origin in settings.CDS_ORIGINS:
            response.headers["Access-Control-Allow-Origin"] = origin
            response.headers["Vary"] = "Origin"
            for name, value in _ALLOWED.items():
                response.headers[name] = value
        return response

    return answer
