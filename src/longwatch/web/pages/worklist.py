"""The morning worklist: whom to call today, in what order, and why."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from longwatch.web.clock import today


def worklist(request: HttpRequest) -> HttpResponse:
    """Most urgent first; whoever is not on it is counted, so that the numbers add up."""
    return render(request, "web/worklist.html", {"today": today()})
