"""Addresses that open without signing in: made, found by their secret, revoked.

The secret is shown once, when it is made. The store keeps its SHA-256; the secret has 256 random
bits, so that no slow hash is needed against guessing.
"""

from __future__ import annotations

import hashlib
import secrets
from datetime import datetime
from typing import TYPE_CHECKING

from django.db import transaction

from longwatch.store.audit import record_audit
from longwatch.store.models import Patient, SecretLink

if TYPE_CHECKING:
    from django.contrib.auth.models import User

_BYTES = 32


def make_link(
    patient: Patient,
    kind: str,
    *,
    actor: User,
    at: datetime,
    language: str,
    name_agreed: bool = False,
) -> str:
    """Makes an address of a kind; the one before it stops working.

    Returns:
        The secret, to be shown now: it cannot be read back.
    """
    secret = secrets.token_urlsafe(_BYTES)
    with transaction.atomic():
        revoke_link(patient, kind, actor=actor, at=at)
        made = SecretLink.objects.create(
            patient=patient,
            kind=kind,
            digest=_digest(secret),
            language=language,
            name_agreed=name_agreed,
            made_by=actor,
            made_at=at,
        )
        _note(patient, "made a secret address", made.pk, kind, actor, at)
    return secret


def revoke_link(patient: Patient, kind: str, *, actor: User, at: datetime) -> bool:
    """Ends an address; whether there was one."""
    with transaction.atomic():
        running = SecretLink.objects.filter(patient=patient, kind=kind, revoked_at=None)
        for link in running:
            _note(patient, "revoked a secret address", link.pk, kind, actor, at)
        return bool(running.update(revoked_at=at))


def find_link(secret: str, kind: str) -> SecretLink | None:
    """The running address with this secret."""
    found = SecretLink.objects.filter(digest=_digest(secret), kind=kind, revoked_at=None)
    return found.select_related("patient").first()


def _digest(secret: str) -> str:
    return hashlib.sha256(secret.encode()).hexdigest()


def _note(patient: Patient, action: str, target: int, kind: str, actor: User, at: datetime) -> None:
    record_audit(
        action,
        actor=actor.get_username(),
        at=at,
        kind="link",
        target=str(target),
        patient=patient.reference,
        detail={"kind": kind},
    )
