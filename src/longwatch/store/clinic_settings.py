"""What the clinic has set about who is believed, as JSON in the table of settings."""

from __future__ import annotations

import json
from datetime import datetime

from django.db import transaction

from longwatch.store.audit import record_audit
from longwatch.store.models import Setting
from longwatch.store.roles import acting

TRUSTED = "trusted-authorities"
"""Authorities whose registry may say without a person who is who."""


def trusted_authorities() -> frozenset[str]:
    """Authorities whose merges and changed numbers are followed at once; none unless set."""
    value = Setting.objects.filter(key=TRUSTED).values_list("value", flat=True).first()
    return frozenset(json.loads(value)) if value else frozenset()


def trust_authorities(authorities: frozenset[str], *, by: str, at: datetime) -> None:
    """A person says which authorities are believed without a person, instead of those before.

    Raises:
        UsageError: the role does not allow it.
    """
    with transaction.atomic():
        acting(by, {"lead", "administrator"}, at)
        detail = {"was": sorted(trusted_authorities()), "now": sorted(authorities)}
        trust(authorities)
        record_audit(
            "changed a setting", actor=by, at=at, kind="setting", target=TRUSTED, detail=detail
        )


def trust(authorities: frozenset[str]) -> None:
    """Sets them, in the caller's transaction."""
    value = json.dumps(sorted(authorities))
    Setting.objects.update_or_create(key=TRUSTED, defaults={"value": value})
