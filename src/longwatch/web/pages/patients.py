"""Everybody the clinic looks after; a filter is an address."""

from __future__ import annotations

from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from longwatch.store.models import Patient

_AT_ONCE = 50


def patients(request: HttpRequest) -> HttpResponse:
    """Search by name, number or date of birth, in pages."""
    asked = request.GET.get("q", "").strip()
    found = Patient.objects.order_by("name", "reference")
    if asked:
        condition = Q(name__icontains=asked) | Q(reference__icontains=asked)
        condition |= Q(identifiers__value__iexact=asked)
        found = found.filter(condition | _born(asked)).distinct()
    try:
        page = max(int(request.GET.get("page", "1")), 1)
    except ValueError:
        page = 1
    count = found.count()
    begin = (page - 1) * _AT_ONCE
    context = {
        "asked": asked,
        "count": count,
        "people": found[begin : begin + _AT_ONCE],
        "page": page,
        "more": begin + _AT_ONCE < count,
    }
    return render(request, "web/patients.html", context)


def _born(asked: str) -> Q:
    from datetime import date

    try:
        return Q(birth_date=date.fromisoformat(asked))
    except ValueError:
        return Q()
