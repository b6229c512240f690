"""Everybody the clinic looks after; a filter is an address, what is searched for is not."""

from __future__ import annotations

import csv
from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any
from urllib.parse import urlencode

from django.db.models import Exists, OuterRef, Q, QuerySet
from django.http import HttpRequest, HttpResponse, JsonResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.store.audit import record_audit
from longwatch.store.models import Identifier, Patient, Standing
from longwatch.web import places
from longwatch.web.clock import now
from longwatch.web.pages.worklist import tiles
from longwatch.web.paging import page_of

_AT_ONCE = 50
_ASKED = "patients.asked"
"""In the session: the words searched for are patient data, so they stand in no address."""
_SEARCHED = "searched"
"""In the address, while the words hold. A link without it shows everybody: words of an hour ago
would hide people from whoever follows a number of the worklist."""
_FILTERS = ("phase", "protocol", "place", _SEARCHED, "format")
COLUMNS = (
    "patient", "name", "birth_date", "phase", "place", "tier", "overdue", "days_overdue",
    "next_due", "ends", "protocol", "as_of",
)  # fmt: skip
"""Of the table as a file."""


def patients(request: HttpRequest) -> HttpResponse:
    """Search by name, number or date of birth; filters by phase, place and protocol; pages."""
    if request.method == "POST":
        return redirect(_searched(request, request.POST.get("q", "").strip()))
    asked = request.session.get(_ASKED, "") if _SEARCHED in request.GET else ""
    chosen = {name: request.GET.get(name, "") for name in _FILTERS}
    found = _found(asked, chosen)
    if chosen["format"] in ("csv", "json"):
        return _file(request, found, chosen)
    begin, number = page_of(request, _AT_ONCE)
    count = found.count()
    people = list(found[begin : begin + _AT_ONCE])
    kept = {name: value for name, value in chosen.items() if value and name != "format"}
    context = {
        "asked": asked,
        "chosen": chosen,
        "kept": urlencode(kept),
        "count": count,
        "rows": _rows(people),
        "phases": _phases(),
        "tiles": tiles(dict.fromkeys(places.PLACES, 0)),
        "protocols": Standing.objects.order_by("protocol").values_list("protocol", flat=True)
        .distinct(),
        "page": number,
        "more": begin + _AT_ONCE < count,
    }  # fmt: skip
    return render(request, "web/patients.html", context)


def _searched(request: HttpRequest, words: str) -> str:
    """Keeps what is searched for; the address that shows it, from its first page on."""
    request.session[_ASKED] = words
    kept = {name: value for name, value in request.GET.items() if name in _FILTERS and value}
    kept.pop(_SEARCHED, None)
    if words:
        kept[_SEARCHED] = "yes"
    return f"{request.path}?{urlencode(kept)}" if kept else request.path


def _phases() -> list[tuple[str, str]]:
    return [
        ("before", _("before treatment")),
        ("watched", _("being watched")),
        ("over", _("watch ended")),
        ("unknown", _("unknown")),
    ]


def _found(asked: str, chosen: Mapping[str, str]) -> QuerySet[Patient]:
    found = Patient.objects.filter(joined_into=None).select_related("standing")
    if asked:
        mine = Identifier.objects.filter(patient=OuterRef("pk"), value__iexact=asked)
        condition = Q(name__icontains=asked) | Q(reference__icontains=asked) | Q(Exists(mine))
        found = found.filter(condition | _born(asked))
    if chosen["phase"]:
        here = Q(standing__phase=chosen["phase"])
        if chosen["phase"] == Standing.Phase.UNKNOWN:
            here |= Q(standing=None)
        found = found.filter(here)
    if chosen["protocol"]:
        found = found.filter(standing__protocol=chosen["protocol"])
    if chosen["place"] in places.PLACES:
        found = found.filter(pk__in=places.people_in(chosen["place"]))
    return found.order_by("name", "reference")


def _born(asked: str) -> Q:
    try:
        return Q(birth_date=date.fromisoformat(asked))
    except ValueError:
        return Q(pk=None)


def _rows(people: list[Patient]) -> list[dict[str, Any]]:
    """Each person with standing and place; one query for all places."""
    here = places.places_of([person.pk for person in people])
    names = {place: (look, words) for place, look, _n, words, _m in tiles(_no_counts())}
    return [
        {
            "person": person,
            "standing": getattr(person, "standing", None),
            "look": names[here[person.pk]][0],
            "place": names[here[person.pk]][1],
        }
        for person in people
    ]


def _no_counts() -> dict[str, int]:
    return dict.fromkeys(places.PLACES, 0)


def _file(
    request: HttpRequest, found: QuerySet[Patient], chosen: Mapping[str, str]
) -> HttpResponse:
    """The same table for programs; who may see the page may have it, and it is written down."""
    people = list(found)
    record_audit(
        "exported",
        actor=request.user.get_username(),
        at=now(),
        kind="page",
        target="patients",
        detail={"people": len(people), "format": chosen["format"]},
    )
    rows = _cells(people)
    if chosen["format"] == "json":
        return JsonResponse({"patients": list(rows)})
    answer = HttpResponse(content_type="text/csv; charset=utf-8")
    answer.headers["Content-Disposition"] = 'attachment; filename="patients.csv"'
    writer = csv.DictWriter(answer, COLUMNS)
    writer.writeheader()
    for row in rows:
        writer.writerow({name: _harmless(cell) for name, cell in row.items()})
    return answer


def _cells(people: list[Patient]) -> Iterator[dict[str, Any]]:
    here = places.all_places()
    for person in people:
        standing: Standing | None = getattr(person, "standing", None)
        row: dict[str, Any] = {
            "patient": person.reference,
            "name": person.name or "",
            "birth_date": person.birth_date,
            "place": here.get(person.pk, places.UNKNOWN),
            "phase": "unknown",
        }
        if standing is not None:
            told = ("tier", "overdue", "days_overdue", "next_due", "ends", "protocol", "as_of")
            row |= {"phase": standing.phase} | {name: getattr(standing, name) for name in told}
        cells = {name: row.get(name) for name in COLUMNS}
        yield {name: "" if cell is None else str(cell) for name, cell in cells.items()}


def _harmless(cell: str) -> str:
    """A spreadsheet must not take a name for a formula."""
    return f"'{cell}" if cell[:1] in ("=", "+", "-", "@", "\t", "\r") else cell
