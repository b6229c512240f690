"""What a person sends from a diary page: read, judged, kept; nothing typed is lost."""

from __future__ import annotations

import json
import logging
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from django.db import DatabaseError
from django.http import HttpRequest
from django.utils.translation import gettext as _

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.core.errors import LongwatchError, UsageError
from longwatch.protocols.model import Pack, RedFlag, Symptom
from longwatch.store.diary import NewEntry, write_entry
from longwatch.store.models import DiaryEntry
from longwatch.web.clock import clinic_zone, now
from longwatch.web.dossier import Dossier
from longwatch.web.told import Tap, Told
from longwatch.web.triage import Reported, flags_naming, triage

log = logging.getLogger("longwatch.web")

_LONGEST = 4000
_BACK = timedelta(days=366)


def severities() -> list[tuple[str, str]]:
    """How strong something is: word of the store and word of the page."""
    return [("mild", _("A little")), ("middle", _("Quite a lot")), ("strong", _("Very much"))]


def areas() -> list[tuple[str, str]]:
    """Parts of the body to look at, head first: word of the store and words of the page."""
    return [
        ("head", _("Head, face and neck")),
        ("chest", _("Chest and belly")),
        ("back", _("Back")),
        ("arms", _("Arms and hands")),
        ("legs", _("Legs and buttocks")),
        ("feet", _("Feet, soles and nails")),
    ]


@dataclass(slots=True)
class DiaryForm:
    """What was sent, and what is wrong with it.

    Inputs:
        errors: id of the field and the words to show.
    """

    day: str
    codes: list[str] = field(default_factory=list)
    text: str = ""
    severity: str = ""
    areas: list[str] = field(default_factory=list)
    well: bool = False
    errors: list[tuple[str, str]] = field(default_factory=list)

    def valid_day(self, today: date) -> date:
        """The day as sent, today where it cannot be read."""
        try:
            return date.fromisoformat(self.day)
        except ValueError:
            return today


def form_of(entry: DiaryEntry | None, today: date) -> DiaryForm:
    """An empty form, or one with what an entry says."""
    if entry is None:
        return DiaryForm(today.isoformat())
    return DiaryForm(
        entry.day.isoformat(),
        json.loads(entry.codes),
        entry.text,
        entry.severity or "",
        json.loads(entry.areas),
        is_well(entry),
    )


def is_well(entry: DiaryEntry) -> bool:
    """Whether a person said that all was well: no symptom, no word, and not taken back."""
    symptoms = entry.kind == DiaryEntry.Kind.SYMPTOMS
    return symptoms and entry.codes == "[]" and not (entry.text or entry.withdrawn)


def read_form(request: HttpRequest, pack: Pack, today: date) -> DiaryForm:
    """What was sent, with every mistake in words."""
    known = {symptom.id for symptom in pack.symptoms}
    form = DiaryForm(
        request.POST.get("day", "").strip() or today.isoformat(),
        [code for code in request.POST.getlist("code") if code in known],
        request.POST.get("text", "").replace("\x00", "").strip(),
        request.POST.get("severity", ""),
        request.POST.getlist("area"),
        request.POST.get("well") == "yes",
    )
    if form.severity not in dict(severities()):
        form.severity = ""
    try:
        day = date.fromisoformat(form.day)
        if not today - _BACK <= day <= today:
            form.errors.append(("day", _("The day must be today or in the last 12 months.")))
    except ValueError:
        form.errors.append(("day", _("We cannot read the day. Write it as 2026-11-22.")))
    if len(form.text) > _LONGEST:
        form.errors.append(("text", _("The text is too long. Use at most 4,000 letters.")))
    return form


def advice_on(dossier: Dossier, form: DiaryForm) -> list[RedFlag]:
    """The red flags that the report raises; never fewer because something cannot be read."""
    try:
        reported = Reported(form.codes, form.valid_day(dossier.as_of))
        return triage(dossier.pack, dossier.record, reported, dossier.as_of)
    except (LongwatchError, DatabaseError):
        log.exception("a diary entry could not be judged; the wider advice is shown")
        return flags_naming(dossier.pack, form.codes)


def keep(
    request: HttpRequest,
    dossier: Dossier,
    form: DiaryForm,
    kind: str,
    flags: Sequence[RedFlag],
    instead_of: DiaryEntry | None = None,
) -> DiaryEntry | None:
    """Keeps the entry with its alerts; None when the store failed.

    Raises:
        UsageError: the entry that it changes was changed before.
    """
    new = NewEntry(
        kind,
        form.valid_day(dossier.as_of),
        tuple(dict.fromkeys(form.codes)),
        form.text,
        tuple(flag.id for flag in flags),
        form.severity,
        tuple(form.areas),
    )
    try:
        return write_entry(
            dossier.person,
            new,
            author=request.user,  # type: ignore[arg-type]
            at=now(),
            and_then=hook(read_clinic(clinic_zone()), now),
            instead_of=instead_of,
        )
    except UsageError:
        raise
    except (LongwatchError, DatabaseError):
        log.exception("a diary entry could not be kept")
        return None


@dataclass(frozen=True, slots=True)
class Taps:
    """Symptoms under one heading."""

    id: str
    heading: str
    taps: Sequence[Tap]
    open: bool


_GROUPS = (
    ("bleeding", frozenset({"bleeding", "heavy-bleeding", "hemophilia"})),
    ("chest", frozenset({"chest", "pulmonary"})),
    ("belly", frozenset({"belly", "liver", "renal"})),
    ("nerves", frozenset({"neuro", "ms", "mind", "pml", "headache"})),
    ("skin", frozenset({"skin"})),
)
"""Under which heading a symptom stands, by its groups; the first that fits."""


def taps(told: Told, chosen: Sequence[str]) -> list[Taps]:
    """The pack's symptoms by part of the body, those with something chosen open."""
    headings = {
        "bleeding": _("Bruises and bleeding"),
        "chest": _("Chest and breathing"),
        "belly": _("Belly and urine"),
        "nerves": _("Head, nerves, eyes and mind"),
        "skin": _("Skin"),
        "body": _("Whole body and anything else"),
    }
    by: dict[str, list[Tap]] = {name: [] for name in headings}
    for symptom in told.pack.symptoms:
        by[_heading(symptom)].append(told.tap(symptom))
    return [
        Taps(name, headings[name], found, any(tap.id in chosen for tap in found))
        for name, found in by.items()
        if found
    ]


def _heading(symptom: Symptom) -> str:
    groups = set(symptom.groups)
    return next((name for name, some in _GROUPS if groups & some), "body")
