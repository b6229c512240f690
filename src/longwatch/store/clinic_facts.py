"""What the clinic is called, how it is reached, its time zone and its protocol: the one place.

The page of settings, `longwatch clinic`, reminders and alerts read and write here.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, date, datetime, tzinfo
from typing import Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from django.db import transaction

from longwatch.core.defaults import DEFAULT_PROTOCOL
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Setting
from longwatch.store.roles import acting, needs_reason

NAME, TELEPHONE, ZONE = "clinic.name", "clinic.telephone", "clinic.zone"
OUT_OF_HOURS, EMERGENCY = "clinic.telephone-out-of-hours", "clinic.emergency-number"
PROTOCOL = "clinic.protocol"
"""The protocol of everybody who has none of their own."""
HOURS, LABORATORIES = "clinic.hours", "clinic.laboratories"
WORDS = (NAME, TELEPHONE, OUT_OF_HOURS, EMERGENCY, ZONE)
KEYS = (*WORDS, PROTOCOL, HOURS, LABORATORIES)

KEEPERS = frozenset({"lead", "administrator"})
"""Roles that set the clinic."""


def clinic_facts() -> dict[str, Any]:
    """Everything that is set, by key; what nobody has set is missing."""
    rows = Setting.objects.filter(key__in=KEYS).values_list("key", "value")
    return {key: json.loads(value) for key, value in rows}


def clinic_protocol() -> str:
    """The protocol of those who have none of their own."""
    return str(clinic_facts().get(PROTOCOL) or DEFAULT_PROTOCOL)


def clinic_zone(machine: tzinfo, given: str | None = None) -> tzinfo:
    """The clinic's time zone.

    Inputs:
        machine: what holds while the clinic has set none.
        given: as somebody asks for it now, on the command line.

    Raises:
        UsageError: the clinic has set another one than `given`.
    """
    value = Setting.objects.filter(key=ZONE).values_list("value", flat=True).first()
    name = json.loads(value) if value else None
    if name and given and given != name:
        how = f"leave --zone out, or change it for all: longwatch clinic set {ZONE}={given} --by …"
        raise UsageError(Problem(f"the time zone of this clinic is {name}", how=how))
    return find_zone(name) if name else machine


def find_zone(name: str) -> ZoneInfo:
    """A time zone by its name.

    Raises:
        UsageError: there is none of that name.
    """
    try:
        return ZoneInfo(name)
    except (ValueError, OSError, ZoneInfoNotFoundError):
        how = "write it as Europe/Berlin"
        raise UsageError(Problem(f"no time zone is called {name!r}", how=how)) from None


def local_day(at: datetime) -> date:
    """The calendar day at the clinic at a moment."""
    value = Setting.objects.filter(key=ZONE).values_list("value", flat=True).first()
    return at.astimezone(find_zone(json.loads(value)) if value else UTC).date()


def set_clinic(values: Mapping[str, Any], *, by: str, reason: str, at: datetime) -> list[str]:
    """Sets some of them; each change stands in the audit log with what was before.

    Inputs:
        values: by key; texts, and for hours and laboratories what their JSON says.
        by, reason: user name, and why.
        at: now, with a time zone.

    Returns:
        The keys that changed.

    Raises:
        UsageError: an unknown key, a value that cannot be, or a role that may not; nothing was set.
    """
    for key, value in values.items():
        if key not in KEYS:
            raise UsageError(Problem(f"no setting is called {key!r}", how=", ".join(KEYS)))
        if key == ZONE:
            find_zone(value)
    with transaction.atomic():
        acting(by, KEEPERS, at)
        why = needs_reason(reason)
        before = clinic_facts()
        changed = [key for key, value in values.items() if before.get(key) != value]
        for key in changed:
            text = json.dumps(values[key])
            Setting.objects.update_or_create(key=key, defaults={"value": text})
            detail = {"was": before.get(key), "now": values[key], "reason": why}
            record_audit("set", actor=by, at=at, kind="setting", target=key, detail=detail)
    return changed
