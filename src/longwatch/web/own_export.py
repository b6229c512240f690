"""Everything about one person in one file: the record, what was written, who was told, who read."""

from __future__ import annotations

import csv
import io
import json
import tempfile
import zipfile
from collections.abc import Iterable, Sequence
from pathlib import Path

from longwatch.exchange.export import export_record
from longwatch.store.models import AuditEntry, Contact, Dispatch, Patient
from longwatch.store.record_out import read_record


def export_of(person: Patient, read_me: str) -> bytes:
    """A zip file: `record/*.csv`, `fhir.json`, `diary.json`, `questions.json`, tables besides.

    Inputs:
        read_me: what the file holds, in the words of the page.
    """
    record = read_record(patients=[person.reference])
    made = io.BytesIO()
    with (
        zipfile.ZipFile(made, "w", zipfile.ZIP_DEFLATED) as whole,
        tempfile.TemporaryDirectory() as folder,
    ):
        whole.writestr("read-me.txt", read_me)
        for file in export_record(record, Path(folder) / "record", "csv"):
            whole.write(file, f"record/{file.name}")
        for file in export_record(record, Path(folder) / "fhir.json", "fhir"):
            whole.write(file, "fhir.json")
        whole.writestr("diary.json", _json(_diary(person)))
        whole.writestr("questions.json", _json(_questions(person)))
        whole.writestr("contacts.csv", _contacts(person))
        whole.writestr("messages.csv", _messages(person))
        whole.writestr("who-read-and-changed.csv", _audit(person))
    return made.getvalue()


def _diary(person: Patient) -> list[dict[str, object]]:
    rows = person.diary.select_related("author", "seen__actor").order_by("pk")
    return [
        {
            "number": row.pk,
            "kind": row.kind,
            "day": row.day.isoformat(),
            "symptoms": json.loads(row.codes),
            "areas": json.loads(row.areas),
            "severity": row.severity,
            "text": row.text,
            "advice_shown": json.loads(row.told),
            "withdrawn": row.withdrawn,
            "instead_of": row.supersedes_id,
            "author": row.author.get_username(),
            "at": row.at.isoformat(),
            "read_by": row.seen.actor.get_username() if hasattr(row, "seen") else None,
        }
        for row in rows
    ]


def _questions(person: Patient) -> list[dict[str, object]]:
    rows = person.questions.prefetch_related("steps__actor").order_by("pk")
    return [
        {
            "text": row.text,
            "at": row.at.isoformat(),
            "steps": [
                {
                    "kind": step.kind,
                    "text": step.text,
                    "by": step.actor.get_username(),
                    "at": step.at.isoformat(),
                }
                for step in row.steps.all()
            ],
        }
        for row in rows
    ]


def _contacts(person: Patient) -> str:
    rows = Contact.objects.filter(patient=person).select_related("actor").order_by("at")
    return _table(
        ("at", "kind", "outcome", "by", "note"),
        (
            (row.at, row.kind, row.outcome, row.actor.get_username() if row.actor else "", row.note)
            for row in rows
        ),
    )


def _messages(person: Patient) -> str:
    rows = Dispatch.objects.filter(patient=person).order_by("made_at")
    return _table(
        ("day", "channel", "state", "sent_at"),
        ((row.day, row.channel, row.state, row.sent_at) for row in rows),
    )


def _audit(person: Patient) -> str:
    rows = AuditEntry.objects.filter(patient=person.reference).order_by("number")
    return _table(
        ("at", "who", "what", "where"),
        ((row.at, row.actor, row.action, f"{row.kind} {row.target}".strip()) for row in rows),
    )


def _table(names: Sequence[str], rows: Iterable[Sequence[object]]) -> str:
    made = io.StringIO(newline="")
    writer = csv.writer(made)
    writer.writerow(names)
    for row in rows:
        writer.writerow("" if cell is None else _cell(str(cell)) for cell in row)
    return made.getvalue()


def _cell(text: str) -> str:
    """A cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@")) else text


def _json(rows: object) -> str:
    return json.dumps(rows, ensure_ascii=False, indent=1)
