"""What the clinic has set about who is believed, as JSON in the table of settings."""

from __future__ import annotations

import json

from longwatch.store.models import Setting

TRUSTED = "trusted-authorities"
"""Authorities whose registry may say without a person who is who."""


def trusted_authorities() -> frozenset[str]:
    """Authorities whose merges and changed numbers are followed at once; none unless set."""
    value = Setting.objects.filter(key=TRUSTED).values_list("value", flat=True).first()
    return frozenset(json.loads(value)) if value else frozenset()


def trust(authorities: frozenset[str]) -> None:
    """Sets them, in the caller's transaction."""
    value = json.dumps(sorted(authorities))
    Setting.objects.update_or_create(key=TRUSTED, defaults={"value": value})
