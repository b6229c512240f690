"""Two guided entries of the diary: a look at my skin, and the questions on a new MS symptom."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.protocols.model import Pack, RedFlag
from longwatch.store.diary import SKIN_CHECKED
from longwatch.store.models import DiaryEntry, Event, Patient
from longwatch.web.clock import today
from longwatch.web.diary_form import DiaryForm, advice_on, areas, keep, read_form
from longwatch.web.dossier import Dossier
from longwatch.web.pages.my_diary import not_kept
from longwatch.web.told import Tap, Told
from longwatch.web.triage import names

_WRONG = 422
MOLE, NEW_SYMPTOM, OLD_SYMPTOM = "mole-change", "new-ms-symptom", "old-symptoms-back"
"""Symptoms of the protocol that these pages stand for."""


@dataclass(frozen=True, slots=True)
class Exclusion:
    """One step of the protocol's order: what to think of before a relapse."""

    number: int
    taps: Sequence[Tap]


def skin(request: HttpRequest, patient: int) -> HttpResponse:
    """Look at every part, say what is new or changes."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    told, form = Told(dossier.pack), DiaryForm(dossier.as_of.isoformat())
    known, changed = dict(areas()), ""
    if request.method == "POST":
        form = read_form(request, dossier.pack, dossier.as_of)
        form.areas = [area for area in form.areas if area in known]
        changed = request.POST.get("changed", "")
        if changed not in ("yes", "no"):
            form.errors.append(("changed", _("Say whether something is new or changes.")))
        if changed == "yes" and not (form.areas or form.text):
            form.errors.append(("areas", _("Tap where it is, or write it.")))
        form.codes = [MOLE] if changed == "yes" else []
        flags = advice_on(dossier, form)
        if not form.errors:
            form.areas = form.areas if changed == "yes" else []
            made = keep(request, dossier, form, DiaryEntry.Kind.SKIN, flags)
            if made is None:
                return not_kept(request, dossier, told, told.advice(flags))
            return redirect("my-entry", patient, made.pk)
    context = {
        "dossier": dossier,
        "form": form,
        "changed": changed,
        "areas": areas(),
        "texts": told.texts("skin"),
        "last": _last_look(dossier),
        "asked": next((row for row in dossier.status if row["activity"] == SKIN_CHECKED), None),
        "told": told,
    }
    return render(request, "web/own/skin.html", context, status=_WRONG if form.errors else None)


def relapse(request: HttpRequest, patient: int) -> HttpResponse:
    """The protocol's order of exclusion as questions; never a verdict, always a call."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    told, form = Told(dossier.pack), DiaryForm(dossier.as_of.isoformat())
    steps = exclusions(told)
    if request.method == "POST":
        form = read_form(request, dossier.pack, dossier.as_of)
        offered = {tap.id for step in steps for tap in step.taps}
        form.codes = [code for code in form.codes if code in offered]
        if not {NEW_SYMPTOM, OLD_SYMPTOM} & set(form.codes):
            # Whoever answers these questions has a symptom; without it nothing asks for a call.
            form.codes.append(NEW_SYMPTOM)
        flags = advice_on(dossier, form)
        if not form.errors:
            made = keep(request, dossier, form, DiaryEntry.Kind.RELAPSE, flags)
            if made is None:
                return not_kept(request, dossier, told, told.advice(flags))
            return redirect("my-entry", patient, made.pk)
    context = {
        "dossier": dossier,
        "form": form,
        "steps": steps,
        "texts": told.texts("relapse"),
        "told": told,
    }
    return render(request, "web/own/relapse.html", context, status=_WRONG if form.errors else None)


def exclusions(told: Told) -> list[Exclusion]:
    """The steps in the protocol's order, each symptom where it is asked for first."""
    numbers = sorted({flag.exclude_first for flag in told.pack.red_flags if flag.exclude_first})
    steps, taken = [], set[str]()
    for number in numbers:
        flags = [flag for flag in told.pack.red_flags if flag.exclude_first == number]
        found = [
            symptom
            for symptom in told.pack.symptoms
            if symptom.id not in taken and _asked_by(told.pack, flags, symptom.id)
        ]
        taken |= {symptom.id for symptom in found}
        # What an earlier step has asked is not asked again.
        if found:
            steps.append(Exclusion(number, [told.tap(symptom) for symptom in found]))
    return steps


def _asked_by(pack: Pack, flags: Sequence[RedFlag], code: str) -> bool:
    symptom = next(one for one in pack.symptoms if one.id == code)
    words = {code, *symptom.groups}
    return any(names(flag.when, words) for flag in flags)


def _last_look(dossier: Dossier) -> object:
    found = Event.objects.filter(
        patient=dossier.person, code=SKIN_CHECKED, gone=False, superseded_by=None
    )
    return found.order_by("-date").values_list("date", flat=True).first()
