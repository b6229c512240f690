"""What a FHIR sender is told: OperationOutcome, CapabilityStatement, Bundle of answers."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from longwatch import __version__
from longwatch.core.held import HeldReason

MEDIA = "application/fhir+json"
CREATED, KNOWN = 201, 200
TYPES = ("Observation", "DiagnosticReport")
"""What may be sent alone; everything else comes in a Bundle with it."""

_STATUS = {200: "200 OK", 201: "201 Created"}


@dataclass(frozen=True, slots=True)
class Answer:
    """An HTTP answer.

    Inputs:
        location: address of what was created, '' when nothing was.
    """

    status: int
    body: dict[str, Any]
    location: str = ""


class RefusedError(Exception):
    """A request that is not taken.

    Inputs:
        status: of HTTP.
        code: as in FHIR's list of issue types.
        words: why, and how to mend it; no word of the resource.
    """

    def __init__(self, status: int, code: str, words: str) -> None:
        super().__init__(words)
        self.status = status
        self.code = code

    @property
    def answer(self) -> Answer:
        """The refusal as an answer."""
        return Answer(self.status, outcome("error", self.code, str(self)))


def outcome(severity: str, code: str, *words: str) -> dict[str, Any]:
    """An OperationOutcome with one issue for each sentence.

    >>> outcome("error", "invalid", "no JSON")["issue"][0]["diagnostics"]
    'no JSON'
    """
    issues = [{"severity": severity, "code": code, "diagnostics": line} for line in words]
    return {"resourceType": "OperationOutcome", "issue": issues}


def accepted(held: Sequence[str], *, duplicate: bool) -> dict[str, Any]:
    """What became of a resource that is in the store.

    Inputs:
        held: why parts of it wait for a person; each reason's word.
        duplicate: whether it was known before.
    """
    if held:
        words = [f"held for a person: {HeldReason(reason).sentence}" for reason in held]
        return outcome("warning", "incomplete", *words)
    return outcome("information", "informational", "known already" if duplicate else "stored")


def entry_answer(answer: Answer, now: datetime) -> dict[str, Any]:
    """The answer to one entry of a Bundle."""
    response: dict[str, Any] = {
        "status": _STATUS.get(answer.status, str(answer.status)),
        "outcome": answer.body,
    }
    if answer.location:
        response |= {
            "location": answer.location,
            "etag": 'W/"1"',
            "lastModified": now.isoformat(timespec="seconds"),
        }
    return {"response": response}


def bundle(kind: str, answers: Sequence[Answer], now: datetime) -> dict[str, Any]:
    """The answer to a transaction or batch, entry by entry."""
    entries = [entry_answer(answer, now) for answer in answers]
    return {"resourceType": "Bundle", "type": f"{kind}-response", "entry": entries}


def capabilities(started: datetime) -> dict[str, Any]:
    """What this server takes; it gives nothing back but this."""
    create = {"interaction": [{"code": "create"}], "conditionalCreate": True}
    return {
        "resourceType": "CapabilityStatement",
        "status": "active",
        "date": started.isoformat(timespec="seconds"),
        "kind": "instance",
        "software": {"name": "Longwatch", "version": __version__},
        "implementation": {"description": "Longwatch: results for the clinic's safety watch"},
        "fhirVersion": "4.0.1",
        "format": ["json"],
        "rest": [
            {
                "mode": "server",
                "security": {"description": "Bearer token of a registered sender"},
                "resource": [{"type": kind, **create} for kind in TYPES],
                "interaction": [{"code": "transaction"}, {"code": "batch"}],
            }
        ],
    }


def as_bytes(body: dict[str, Any]) -> bytes:
    """JSON as it goes over the wire."""
    return json.dumps(body, ensure_ascii=False).encode()
