"""The papers of one person: what was sent, written, printed and handed out, newest first."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

from django.db.models import Max
from django.urls import reverse
from django.utils.translation import gettext as _

from longwatch.store.merging import with_those_under
from longwatch.store.models import (
    AuditEntry,
    Contact,
    Dispatch,
    InfusionEntry,
    Message,
    Patient,
    Result,
    SecretLink,
)
from longwatch.web.words_of_codes import channel_word, contact_word, dispatch_word

_OWN_FILE = ("exported", "record")
"""Action and kind under which the file with everything about a person is audited."""


@dataclass(frozen=True, slots=True)
class Paper:
    """One of them; `address` opens it where a page shows it, `became` says where it is now."""

    at: datetime
    what: str
    became: str
    address: str = ""


def papers_of(person: Patient, most: int) -> list[Paper]:
    """Summaries of infusions, letters and reminders, cards, calendars and files made."""
    keys = list(with_those_under([person.pk]).values_list("pk", flat=True))
    found = [
        *_summaries(keys),
        *_reminders(keys, most),
        *_letters(keys, most),
        *_links(keys),
        *_files(person, most),
    ]
    return sorted(found, key=lambda paper: paper.at, reverse=True)[:most]


def messages_of(person: Patient, most: int) -> list[Message]:
    """Messages that brought results of a person, newest first."""
    keys = Result.objects.filter(patient=person, message__isnull=False).values("message")
    columns = ("id", "channel", "sender", "control_id", "received_at", "state")
    return list(Message.objects.filter(pk__in=keys).only(*columns).order_by("-pk")[:most])


def _summaries(keys: list[int]) -> Iterator[Paper]:
    days = InfusionEntry.objects.filter(patient__in=keys).values("patient", "course", "day")
    for row in days.annotate(newest=Max("at"), end=Max("filed_at")).order_by():
        place = {"course": row["course"], "day": row["day"]}
        words = _("Summary of the infusion: course %(course)s, day %(day)s") % place
        address = reverse("infusion-summary", args=[row["patient"], row["course"], row["day"]])
        yield Paper(row["newest"], words, _("to print"), address)


def _reminders(keys: list[int], most: int) -> Iterator[Paper]:
    rows = Dispatch.objects.filter(patient__in=keys).order_by("-pk")
    for row in rows[:most]:
        words = _("Reminder by %(channel)s") % {"channel": channel_word(row.channel)}
        yield Paper(row.sent_at or row.made_at, words, dispatch_word(row.state))


def _letters(keys: list[int], most: int) -> Iterator[Paper]:
    """Those that people of the clinic wrote down; a reminder of the program stands above."""
    rows = Contact.objects.filter(
        patient__in=keys, kind=Contact.Kind.LETTER, actor__isnull=False
    ).order_by("-pk")
    for row in rows[:most]:
        words = _("Letter: %s") % row.note if row.note else _("Letter")
        yield Paper(row.at, words, contact_word(row.outcome))


def _links(keys: list[int]) -> Iterator[Paper]:
    words = {
        SecretLink.Kind.EMERGENCY: _("Wallet card with a QR code for emergencies"),
        SecretLink.Kind.CALENDAR: _("Calendar feed"),
    }
    for row in SecretLink.objects.filter(patient__in=keys):
        became = _("ended") if row.revoked_at else _("works")
        yield Paper(row.made_at, words[SecretLink.Kind(row.kind)], became)


def _files(person: Patient, most: int) -> Iterator[Paper]:
    action, kind = _OWN_FILE
    rows = AuditEntry.objects.filter(patient=person.reference, action=action, kind=kind)
    for row in rows.order_by("-number")[:most]:
        words = _("Everything about this person, as a file")
        became = _("taken by %s") % row.actor
        yield Paper(datetime.fromisoformat(row.at), words, became)
