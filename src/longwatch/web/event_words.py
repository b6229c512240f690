"""What happened to somebody, in words: the kinds and codes of events as people say them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.exchange.fhir.codes import name_of
from longwatch.protocols.model import Pack

_KINDS = {
    "diagnosis": noop("diagnosis"),
    "medication": noop("medicine"),
    "note": noop("note"),
    "procedure": noop("examination"),
    "relapse": noop("relapse"),
    "symptom": noop("symptom"),
    "vaccination": noop("vaccination"),
}
_NAMED = ("medication", "vaccination", "procedure", "diagnosis")
"""Kinds whose codes have names in the table of codes."""
_DONE = ("note", "procedure", None)
"""Kinds that say that an activity of the protocol was done; None: any kind with its code."""


def kind_word(kind: str) -> str:
    """The kind of an event; one that is not known by its own name."""
    return _(_KINDS.get(kind, kind))


def what_happened(row: Mapping[str, Any], pack: Pack) -> str:
    """An event in words: the name of its code, then what was written with it.

    Inputs:
        row: of the table of events.
        pack: the protocol, whose activities have titles.

    Returns:
        Empty where the kind says it all, as of a relapse without a word.
    """
    code = row["code"] or ""
    known = name_of(row["kind"], code) if row["kind"] in _NAMED else None
    title = _(known) if known else _titles(pack).get(code, code.replace("-", " "))
    written = row["text"] or ""
    parts = ["" if code == row["kind"] else title, "" if _is_code(written) else written]
    return ": ".join(dict.fromkeys(part for part in parts if part))


def _is_code(written: str) -> bool:
    """Whether a sender's own code stands where words are expected: "G35.A", "187"."""
    return " " not in written and any(letter.isdigit() for letter in written)


def _titles(pack: Pack) -> dict[str, str]:
    """Titles of activities by the code of the note or examination that answers them."""
    parts = [(part.title, part.answered_by) for part in pack.recurring]
    parts += [(part.title, part.answered_by) for part in pack.before_course]
    found: dict[str, str] = {}
    for title, answered_by in parts:
        for event in answered_by.events:
            for code in event.codes if event.kind in _DONE else ():
                found.setdefault(code, title)
    return found
