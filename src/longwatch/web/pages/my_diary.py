"""The diary: what I notice, what to do about it at once, and what I wrote before."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.core.errors import UsageError
from longwatch.protocols.model import RedFlag
from longwatch.store.diary import NewEntry, write_entry
from longwatch.store.models import DiaryEntry, Patient
from longwatch.web.clock import clinic_zone, now, today
from longwatch.web.diary_form import (
    advice_on,
    areas,
    form_of,
    is_well,
    keep,
    read_form,
    severities,
    taps,
)
from longwatch.web.dossier import Dossier
from longwatch.web.told import Advice, Told
from longwatch.web.triage import by_urgency

_WRONG = 422
_FAILED = 503


@dataclass(frozen=True, slots=True)
class Written:
    """One entry as it is read: symptoms in words, newest version last."""

    entry: DiaryEntry
    symptoms: Sequence[str]
    severity: str
    areas: Sequence[str]
    before: Sequence[Written] = ()

    @property
    def well(self) -> bool:
        """Whether it says that all was well."""
        return is_well(self.entry)


def diary(request: HttpRequest, patient: int) -> HttpResponse:
    """The form and all entries; what is sent is judged first and kept then."""
    return _page(request, patient, None)


def change(request: HttpRequest, patient: int, entry: int) -> HttpResponse:
    """The same form with what an entry says: it makes a further entry in its place."""
    found = get_object_or_404(DiaryEntry, pk=entry, patient_id=patient, superseded_by=None)
    if found.kind != DiaryEntry.Kind.SYMPTOMS or found.withdrawn:
        raise Http404
    if request.method == "POST" and "withdraw" in request.POST:
        return _withdraw(request, found)
    return _page(request, patient, found)


def entry(request: HttpRequest, patient: int, entry: int) -> HttpResponse:
    """What to do about an entry, emergencies first, and what was kept."""
    found = get_object_or_404(DiaryEntry, pk=entry, patient_id=patient)
    dossier = Dossier(found.patient, today())
    told = Told(dossier.pack)
    advice = told.advice(by_urgency(dossier.pack, json.loads(found.told)))
    context = {
        "dossier": dossier,
        "advice": advice,
        "kept": True,
        "written": written(told, found),
        "told": told,
    }
    return render(request, "web/own/entry.html", context)


def _page(request: HttpRequest, patient: int, instead_of: DiaryEntry | None) -> HttpResponse:
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    told = Told(dossier.pack)
    form = form_of(instead_of, dossier.as_of)
    flags: list[RedFlag] = []
    if request.method == "POST":
        form = read_form(request, dossier.pack, dossier.as_of)
        if not (form.codes or form.text or form.well):
            form.errors.append(("codes", _("Tap what you notice, or write it.")))
        flags = advice_on(dossier, form)
        if not form.errors:
            try:
                made = keep(request, dossier, form, DiaryEntry.Kind.SYMPTOMS, flags, instead_of)
            except UsageError:
                messages.error(request, _("This entry was changed before. Look at it again."))
                return redirect("my-diary", patient)
            if made is None:
                return not_kept(request, dossier, told, told.advice(flags))
            return redirect("my-entry", patient, made.pk)
    context = {
        "dossier": dossier,
        "form": form,
        "advice": told.advice(flags),
        "taps": taps(told, form.codes),
        "severities": severities(),
        "entries": entries(told, dossier.person),
        "changing": instead_of,
        "told": told,
    }
    status = _WRONG if form.errors else None
    return render(request, "web/own/diary.html", context, status=status)


def not_kept(
    request: HttpRequest, dossier: Dossier, told: Told, advice: Sequence[Advice]
) -> HttpResponse:
    """The advice, although the store failed; and that the clinic does not know."""
    context = {"dossier": dossier, "advice": advice, "kept": False, "told": told}
    return render(request, "web/own/entry.html", context, status=_FAILED)


def entries(told: Told, person: Patient) -> list[Written]:
    """Entries as they stand now, newest first, each with what it said before."""
    rows = {row.pk: row for row in person.diary.select_related("author", "seen__actor")}
    replaced = {row.supersedes_id for row in rows.values()}
    standing = [row for row in rows.values() if row.pk not in replaced]
    standing.sort(key=lambda row: (row.day, row.pk), reverse=True)
    return [_with_before(told, row, rows) for row in standing]


def written(told: Told, row: DiaryEntry, before: Sequence[Written] = ()) -> Written:
    """An entry in words."""
    return Written(
        row,
        [told.symptom(code) for code in json.loads(row.codes)],
        dict(severities()).get(row.severity or "", ""),
        [dict(areas()).get(area, area) for area in json.loads(row.areas)],
        before,
    )


def _with_before(told: Told, row: DiaryEntry, rows: dict[int, DiaryEntry]) -> Written:
    before = []
    older = rows.get(row.supersedes_id or 0)
    while older is not None:
        before.append(written(told, older))
        older = rows.get(older.supersedes_id or 0)
    return written(told, row, before)


def _withdraw(request: HttpRequest, found: DiaryEntry) -> HttpResponse:
    new = NewEntry(found.kind, found.day, withdrawn=True)
    write_entry(
        found.patient,
        new,
        author=request.user,  # type: ignore[arg-type]
        at=now(),
        and_then=hook(read_clinic(clinic_zone()), now),
        instead_of=found,
    )
    messages.success(request, _("Taken back. The clinic still sees what you wrote before."))
    return redirect("my-diary", found.patient_id)
