"""What was typed when a session had ended: shown to its writer, to be sent now or thrown away."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import resolve
from django.utils.translation import gettext as _

from longwatch.store.models import Draft, Patient
from longwatch.web.clock import now, today
from longwatch.web.dates import day_words
from longwatch.web.diary_form import areas, severities
from longwatch.web.dossier import Dossier
from longwatch.web.drafts import Fields, fields_of
from longwatch.web.told import Told


def draft(request: HttpRequest, draft: int) -> HttpResponse:
    """The form once more, as it was; a POST throws it away. Of somebody else it is not there."""
    assert request.user.pk is not None
    mine = Draft.objects.filter(user_id=request.user.pk, expires_at__gt=now())
    one = get_object_or_404(mine, pk=draft)
    if request.method == "POST":
        one.delete()
        messages.success(request, _("Thrown away."))
        return redirect("home")
    fields = fields_of(one)
    context = {"draft": one, "fields": _shown(one, fields or {}), "lost": fields is None}
    return render(request, "web/draft.html", context)


def _shown(draft: Draft, fields: Fields) -> list[tuple[str, str, str, str, bool]]:
    """Name, words for it, value, words for it, and whether a person typed it: can be changed."""
    names, values = _of_diary(draft)
    rows = []
    for name, sent in fields.items():
        for value in sent:
            typed = len(sent) == 1 and (" " in value or len(value) > _LONGEST_KEY)
            words = names.get(name, name.replace("_", " ").capitalize())
            said = _day(value) if name == "day" else values.get((name, value), value)
            rows.append((name, words, value, said, typed))
    return rows


def _day(value: str) -> str:
    """A day in words; as it was sent where it is none."""
    try:
        return day_words(date.fromisoformat(value))
    except ValueError:
        return value


def _of_diary(draft: Draft) -> tuple[Mapping[str, str], Mapping[tuple[str, str], str]]:
    """On pages of the diary: what the fields are called, and what was tapped, in words."""
    there = resolve(draft.path)
    if there.url_name == "my-questions":
        return {"text": _("A new question")}, {}
    if there.url_name == "my-people":
        return _of_people()
    if there.url_name not in ("my-diary", "my-entry-change", "my-skin", "my-relapse"):
        return {}, {}
    told = Told(Dossier(get_object_or_404(Patient, pk=there.kwargs["patient"]), today()).pack)
    names = {
        "well": _("Nothing, I feel well"),
        "code": _("What you notice"),
        "severity": _("How strong it is"),
        "day": _("Day"),
        "text": _("In your own words"),
        "area": _("Where"),
        "changed": _("New or changed"),
    }
    values = {("code", one.id): told.say(one.words) for one in told.pack.symptoms}
    values |= {("well", "yes"): _("yes")}
    values |= {("severity", value): words for value, words in severities()}
    values |= {("area", value): words for value, words in areas()}
    return names, values | {("changed", "yes"): _("yes, or not sure"), ("changed", "no"): _("no")}


def _of_people() -> tuple[Mapping[str, str], Mapping[tuple[str, str], str]]:
    """The same on the page by which a carer is let in."""
    names = {
        "name": _("Their name"),
        "scope": _("How much may they see?"),
        "agreed": _("I agree that this person sees this much."),
        "step": _("Let somebody in"),
    }
    scopes = {
        "plan": _("The dates of visits, and the card for emergencies"),
        "results": _("Also the test results"),
        "everything": _("Everything, also the diary; they may write in it"),
    }
    values = {("scope", value): words for value, words in scopes.items()}
    return names, values | {("agreed", "yes"): _("yes"), ("step", "carer"): _("yes")}


_LONGEST_KEY = 24
"""What is longer, or holds a blank, was typed and not chosen from a list."""
