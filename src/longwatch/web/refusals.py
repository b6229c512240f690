"""Refusals in the words of each interface: an OperationOutcome for FHIR, else plain JSON."""

from __future__ import annotations

from django.http import HttpResponse, JsonResponse

from longwatch.feed.fhir_words import MEDIA, as_bytes, outcome


def refusal(interface: str, status: int, code: str, words: str) -> HttpResponse:
    """One refusal.

    Inputs:
        interface: `fhir`, or any other.
        status: of HTTP.
        code: as in FHIR's list of issue types.
        words: why, and how to mend it; no patient data.
    """
    response: HttpResponse
    if interface == "fhir":
        body = as_bytes(outcome("error", code, words))
        response = HttpResponse(body, status=status, content_type=f"{MEDIA}; charset=utf-8")
    else:
        response = JsonResponse({"detail": words}, status=status)
    if status == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response
