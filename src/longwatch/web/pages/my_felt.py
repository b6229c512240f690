"""What others felt: in studies, with their source, and here, for groups of ten or more."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from longwatch.store.models import Patient
from longwatch.web.clock import today
from longwatch.web.dossier import Dossier
from longwatch.web.felt import FEWEST, FEWEST_NAMED, read_felt
from longwatch.web.told import Told


def felt(request: HttpRequest, patient: int) -> HttpResponse:
    """Studies by how often, the clinic's diaries by time since the infusion."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    told = Told(dossier.pack)
    studies = [
        {
            "words": told.say(one.words),
            "of_100": one.of_100,
            "others": one.others_of_100,
            "first_week": one.first_week,
            "last_week": one.last_week,
        }
        for one in sorted(dossier.pack.felt, key=lambda one: -one.of_100)
    ]
    groups = [
        (group.span, group.people, [(told.symptom(code), number) for code, number in group.counts])
        for group in read_felt()
    ]
    last = dossier.infusions[-1]["date"] if dossier.infusions else None
    context = {
        "dossier": dossier,
        "studies": studies,
        "sources": dict.fromkeys(
            f"{dossier.pack.sources[one.evidence[0].source].title}, {one.evidence[0].place}"
            for one in dossier.pack.felt
        ),
        "groups": groups,
        "fewest": FEWEST,
        "fewest_named": FEWEST_NAMED,
        "week": (dossier.as_of - last).days // 7 if last else None,
        "texts": told.texts("how you may feel"),
        "told": told,
    }
    return render(request, "web/own/felt.html", context)
