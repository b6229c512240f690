"""What people treated write: each entry with its facts and its alerts in one transaction."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import date, datetime
from typing import TYPE_CHECKING

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.digests import digest, told
from longwatch.store.models import (
    DiaryEntry,
    DiarySeen,
    Event,
    Message,
    Patient,
    Question,
    QuestionStep,
)

if TYPE_CHECKING:
    from django.contrib.auth.models import User

SKIN_CHECKED = "skin-self-check"
"""Code of the note that answers a protocol's monthly look at the skin."""

DRAWN = "blood-draw"
"""Code of the procedure by which `alerts.chase` knows a draw."""

_TOLD = ("patient_id", "date", "kind", "code", "text", "source")


@dataclass(frozen=True, slots=True)
class NewEntry:
    """What a person wrote.

    Inputs:
        kind: of `DiaryEntry.Kind`.
        day: on which it was felt or seen.
        codes: ids of the protocol's symptoms; empty: none of them.
        told: ids of the red flags whose advice was shown.
        severity: mild, middle, strong; empty: not said.
        areas: of the body.
    """

    kind: str
    day: date
    codes: tuple[str, ...] = ()
    text: str = ""
    told: tuple[str, ...] = ()
    severity: str = ""
    areas: tuple[str, ...] = ()
    withdrawn: bool = False


def write_entry(
    patient: Patient,
    new: NewEntry,
    *,
    author: User,
    at: datetime,
    and_then: Then | None = None,
    instead_of: DiaryEntry | None = None,
) -> DiaryEntry:
    """Keeps an entry, files its symptoms as events, and lets alerts follow: all of it or nothing.

    Inputs:
        instead_of: the entry that this one changes; it stays readable, its events do not count.

    Raises:
        UsageError: the other entry is of somebody else, or was changed already.
    """
    with transaction.atomic():
        if instead_of is not None and (
            instead_of.patient_id != patient.pk
            or DiaryEntry.objects.filter(supersedes=instead_of).exists()
        ):
            raise UsageError(Problem("this entry was changed before", how="open the diary again"))
        entry = DiaryEntry.objects.create(
            patient=patient,
            kind=new.kind,
            day=new.day,
            codes=json.dumps(new.codes),
            areas=json.dumps(new.areas),
            severity=new.severity or None,
            text=new.text,
            told=json.dumps(new.told),
            withdrawn=new.withdrawn,
            supersedes=instead_of,
            author=author,
            at=at,
        )
        if instead_of is not None:
            _take_back(instead_of, at)
        if not new.withdrawn:
            _file(entry, new, at)
        record_audit(
            "diary entry",
            actor=author.get_username(),
            at=at,
            kind="diary",
            target=str(entry.pk),
            patient=patient.reference,
            detail={"instead_of": instead_of.pk if instead_of else None},
        )
        if and_then is not None:
            touched = frozenset({patient.reference})
            and_then(Arrived(None, Message.State.FILED, touched))
    return entry


def _file(entry: DiaryEntry, new: NewEntry, at: datetime) -> None:
    facts: list[tuple[str, str | None, str | None]]
    facts = [("symptom", code, None) for code in new.codes]
    if new.kind == DiaryEntry.Kind.SKIN:
        facts.append(("note", SKIN_CHECKED, None))
    if new.text:
        # No rule judges words, but they stand in the record like all that was said.
        facts.append(("note", None, new.text))
    source = f"diary {entry.pk}"
    for kind, code, text in facts:
        row = (entry.patient_id, str(new.day), kind, code, text, source)
        Event.objects.create(
            patient_id=entry.patient_id,
            date=new.day,
            kind=kind,
            code=code,
            text=text,
            source=source,
            filed_at=at,
            digest=digest(told(_TOLD, row)),
        )


def _take_back(entry: DiaryEntry, at: datetime) -> None:
    live = Event.objects.filter(
        patient_id=entry.patient_id, source=f"diary {entry.pk}", gone=False, superseded_by=None
    )
    for event in live:
        row = (event.patient_id, str(event.date), event.kind, event.code, event.text, event.source)
        Event.objects.create(
            patient_id=event.patient_id,
            date=event.date,
            kind=event.kind,
            code=event.code,
            text=event.text,
            source=event.source,
            filed_at=at,
            supersedes=event,
            gone=True,
            digest=digest(told(_TOLD, row), supersedes=event.pk),
        )


def note_draw(
    patient: Patient, day: date, *, author: User, at: datetime, and_then: Then | None = None
) -> None:
    """Files that blood was taken, as the person says: `alerts.chase` then waits for the result.

    Said twice for one day, it is filed once.
    """
    source = f"said by {author.get_username()}"
    row = (patient.pk, str(day), "procedure", DRAWN, None, source)
    with transaction.atomic():
        _, new = Event.objects.get_or_create(
            digest=digest(told(_TOLD, row)),
            defaults={
                "patient": patient,
                "date": day,
                "kind": "procedure",
                "code": DRAWN,
                "source": source,
                "filed_at": at,
            },
        )
        if not new:
            return
        _note(patient, "said that blood was taken", patient.pk, author, at)
        if and_then is not None:
            and_then(Arrived(None, Message.State.FILED, frozenset({patient.reference})))


def drawn_on(patient: Patient, day: date) -> date | None:
    """The newest day up to `day` on which blood was taken, as somebody said."""
    found = Event.objects.filter(
        patient=patient, kind="procedure", code=DRAWN, date__lte=day, gone=False,
        superseded_by=None,
    )  # fmt: skip
    return found.order_by("-date").values_list("date", flat=True).first()


def mark_seen(entry: DiaryEntry, *, actor: User, at: datetime) -> None:
    """Notes that somebody of the clinic has read an entry; a second time changes nothing."""
    with transaction.atomic():
        _, new = DiarySeen.objects.get_or_create(entry=entry, defaults={"actor": actor, "at": at})
        if new:
            _note(entry.patient, "read the diary entry", entry.pk, actor, at)


def ask_question(patient: Patient, text: str, *, author: User, at: datetime) -> Question:
    """Keeps a question for the next visit."""
    with transaction.atomic():
        made = Question.objects.create(patient=patient, text=text, author=author, at=at)
        _note(patient, "wrote a question", made.pk, author, at)
    return made


def step_of_question(
    question: Question, kind: str, text: str, *, actor: User, at: datetime
) -> QuestionStep:
    """Keeps an answer, or that the person needs none any more."""
    with transaction.atomic():
        made = QuestionStep.objects.create(
            question=question, kind=kind, text=text, actor=actor, at=at
        )
        _note(question.patient, f"question: {kind}", question.pk, actor, at)
    return made


def _note(patient: Patient, action: str, target: int, actor: User, at: datetime) -> None:
    record_audit(
        action,
        actor=actor.get_username(),
        at=at,
        kind="diary",
        target=str(target),
        patient=patient.reference,
    )
