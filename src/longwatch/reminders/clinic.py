"""What the clinic has set for its reminders: its name, telephone, zone, and its own ladder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from typing import Any

from django.db import transaction

from longwatch.core.defaults import DEFAULT_PROTOCOL
from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.ladder import Ladder, default_ladder, ladder_with
from longwatch.store.audit import record_audit
from longwatch.store.clinic_facts import NAME, PROTOCOL, TELEPHONE, ZONE
from longwatch.store.clinic_facts import find_zone as find_zone
from longwatch.store.clinic_facts import local_day as local_day
from longwatch.store.models import Setting
from longwatch.store.overlays import load_by_name

LADDER = "reminders.ladder"
KEYS = (NAME, TELEPHONE, ZONE, PROTOCOL, LADDER)


@dataclass(frozen=True, slots=True)
class Clinic:
    """Who speaks to the person treated, and by which clock.

    Inputs:
        name, telephone: as people are told them; empty: not set, and nothing can be sent.
        zone: the clinic's time zone; UTC while none is set.
        ladder: when people are asked.
        protocol: of those who have none of their own.
        problems: what is missing or wrong, for the staff.
    """

    name: str
    telephone: str
    zone: tzinfo
    ladder: Ladder
    protocol: str = DEFAULT_PROTOCOL
    problems: tuple[Problem, ...] = ()


def read_clinic() -> Clinic:
    """The clinic as it is set now; what is missing or cannot be used is one of its problems."""
    rows = Setting.objects.filter(key__in=KEYS).values_list("key", "value")
    told = {key: json.loads(value) for key, value in rows}
    problems = [
        Problem(f"{key} is not set", how=f"longwatch remind --set {key}=…")
        for key in (NAME, TELEPHONE, ZONE)
        if not told.get(key)
    ]
    zone: tzinfo = UTC
    try:
        zone = find_zone(told[ZONE]) if told.get(ZONE) else UTC
    except UsageError as error:
        problems += error.problems
    ladder = default_ladder()
    try:
        ladder = ladder_with(told.get(LADDER) or {})
    except UsageError as error:
        problems += error.problems
    return Clinic(
        told.get(NAME) or "",
        told.get(TELEPHONE) or "",
        zone,
        ladder,
        told.get(PROTOCOL) or DEFAULT_PROTOCOL,
        tuple(problems),
    )


def set_clinic(values: Mapping[str, Any], *, actor: str, at: datetime) -> None:
    """Sets some of the clinic's settings; each change stands in the audit log.

    Inputs:
        values: by key, as in `KEYS`; the ladder as a mapping of what differs from the shipped one.
        actor: who asks for it.

    Raises:
        UsageError: an unknown key or zone, or a ladder that cannot be; then nothing was set.
        ProtocolError: a protocol that cannot be read.
    """
    for key, value in values.items():
        if key not in KEYS:
            raise UsageError(Problem(f"no setting is called {key!r}", how=f"one of {KEYS}"))
        if key == ZONE:
            find_zone(value)
        if key == PROTOCOL:
            load_by_name(value)
        if key == LADDER:
            ladder_with(value)
    with transaction.atomic():
        for key, value in values.items():
            Setting.objects.update_or_create(key=key, defaults={"value": json.dumps(value)})
            record_audit("set", actor=actor, at=at, kind="setting", target=key)
