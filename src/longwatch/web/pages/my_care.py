"""Food, medicines and vaccines: what holds now, from which day to which."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from longwatch.exchange.fhir.codes import name_of
from longwatch.store.models import Patient
from longwatch.web.clock import today
from longwatch.web.dossier import Dossier, Row
from longwatch.web.pages.mine import by_sentence
from longwatch.web.told import Told


@dataclass(frozen=True, slots=True)
class Holding:
    """A medicine, a diet or another rule between two days; `end` None: nobody has ended it."""

    kind: str
    title: str
    words: str
    course: int
    start: date | None
    end: date | None
    state: str


@dataclass(frozen=True, slots=True)
class Dated:
    """A vaccine or a medicine that stands in the record."""

    day: date
    end: date | None
    words: str


def care(request: HttpRequest, patient: int) -> HttpResponse:
    """What holds now first, then what is planned, then what is over."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    told = Told(dossier.pack)
    found = holdings(dossier, told)
    now = [one for one in found if one.state in ("active", "open")]
    diet = any(one.kind == "diet" for one in now)
    context = {
        "dossier": dossier,
        "now": [one for one in now if one.kind != "diet"],
        "diets": [one for one in now if one.kind == "diet"],
        "later": [one for one in found if one.state == "planned"],
        "past": [one for one in found if one.state == "ended"],
        "food": by_sentence(told.texts("diet")) if diet else [],
        "medicines": told.texts("antiviral"),
        "vaccine_texts": told.texts("vaccines"),
        "vaccines": dated(dossier, "vaccination"),
        "taken": dated(dossier, "medication"),
        "told": told,
    }
    return render(request, "web/own/care.html", context)


def holdings(dossier: Dossier, told: Told) -> list[Holding]:
    """The periods of the newest course, and those of earlier ones that still hold."""
    periods = {period.id: period for period in dossier.pack.periods}
    rows = dossier.prophylaxis
    newest = max((row["course"] for row in rows), default=0)
    found = []
    seen = set[str]()
    for row in sorted(rows, key=lambda row: -row["course"]):
        period = periods[row["period"]]
        # The same rule of an earlier course says nothing more where a later one goes on with it.
        if row["period"] in seen or (row["course"] != newest and row["state"] == "ended"):
            continue
        seen.add(row["period"])
        found.append(
            Holding(
                period.kind,
                told.say(period.title),
                told.say(period.words),
                row["course"],
                row["start"],
                row["end"],
                row["state"],
            )
        )
    return found


def dated(dossier: Dossier, kind: str) -> Sequence[Dated]:
    """Events of a kind, newest first, in the words in which they were filed."""
    rows = [row for row in dossier.all_events if row["kind"] == kind]
    rows.sort(key=lambda row: row["date"], reverse=True)
    return [Dated(row["date"], row["end_date"], _named(kind, row)) for row in rows]


def _named(kind: str, row: Row) -> str:
    """The words that were filed, else the name of the code, else the code itself.

    Whoever reads another language than English gets the name of the code in that language.
    """
    code = row["code"] or "?"
    known = name_of(kind, code)
    filed = row["text"] if row["text"] != code else None
    if known and (not filed or (get_language() or "en")[:2] != "en"):
        return _(known)
    return str(filed) if filed else _("code %s") % code
