"""How a person may be reached: read, changed, stopped and taken back, every change audited."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.reminders.clinic import find_zone
from longwatch.store.audit import record_audit
from longwatch.store.merging import same_person
from longwatch.store.models import Patient, Reachability
from longwatch.store.stopping import CHANNELS as CHANNELS
from longwatch.store.stopping import lock_reach as lock_reach
from longwatch.store.stopping import note_reach, own_reach
from longwatch.store.stopping import stop_reminders as stop_reminders

ALL = "all"

_ADDRESS = {"email": "email", "text": "phone", "letter": "address"}
_LISTS = ("channels", "opted_out")
_PLAIN = (
    "language", "greeting", "email", "phone", "address", "quiet_from", "quiet_until", "zone",
)  # fmt: skip
_SHOWN = frozenset({"channels", "opted_out", "language"})
"""Fields whose values stand in the audit log; of the others only that they changed."""


def reach_of(patient: Patient) -> Reachability:
    """What is known of how to reach somebody, under whichever reference they are known.

    Of two references that are one person a stop and a wish not to be written to count for both;
    an address that one lacks is taken from the other. Nothing is copied: separated again, each has
    what it had. With nothing known, or taken together, a row that is not to be saved.
    """
    if patient.joined_into_id is None and not patient.joined.exists():
        return own_reach(patient)
    rows = {
        row.patient_id: row for row in Reachability.objects.filter(patient__in=same_person(patient))
    }
    return _together(patient, [rows[key] for key in same_person(patient) if key in rows])


def _together(patient: Patient, rows: Sequence[Reachability]) -> Reachability:
    """One answer of several rows, the first of which counts where they say different things."""
    if not rows:
        return own_reach(patient)
    first, *others = rows
    names = [field.attname for field in Reachability._meta.concrete_fields]
    made = Reachability(**{name: getattr(first, name) for name in names})
    out = set(json.loads(first.opted_out))
    bad = set(json.loads(first.bad))
    for other in others:
        for channel, name in _ADDRESS.items():
            if not getattr(made, name) and getattr(other, name):
                setattr(made, name, getattr(other, name))
                bad = bad - {channel} | ({channel} & set(json.loads(other.bad)))
        out |= set(json.loads(other.opted_out))
        made.stopped = made.stopped or other.stopped
        made.stopped_on = made.stopped_on or other.stopped_on
    made.opted_out, made.bad = json.dumps(sorted(out)), json.dumps(sorted(bad))
    return made


def change_reach(
    patient: Patient, values: Mapping[str, Any], *, actor: str, at: datetime
) -> Reachability:
    """Changes how somebody may be reached.

    Inputs:
        values: by field of `Reachability`: `channels` and `opted_out` as lists, the others as
            text or None. `greeting` only where the person agreed to be named.
        actor: who asks for it.

    Raises:
        UsageError: a field, channel, hour or zone that does not exist; then nothing was changed.
    """
    _check(values)
    with transaction.atomic():
        reach = lock_reach(patient)
        changed: dict[str, Any] = {}
        for name, value in values.items():
            before = getattr(reach, name)
            after = json.dumps(list(value)) if name in _LISTS else (value or None)
            if before == after:
                continue
            setattr(reach, name, after)
            changed[name] = [before, after] if name in _SHOWN else "changed"
            _forget_refusal(reach, name)
        if changed:
            reach.save()
            record_audit(
                "changed",
                actor=actor,
                at=at,
                kind="reachability",
                patient=patient.reference,
                detail=changed,
            )
    return reach


def resume_reminders(patient: Patient, *, actor: str, at: datetime, reason: str) -> None:
    """Takes a stop back; what was cancelled and is still wanted is made anew by the next round."""
    if not reason.strip():
        raise UsageError(Problem("taking a stop back needs a reason", how="say what was wrong"))
    with transaction.atomic():
        reach = lock_reach(patient)
        before, reach.stopped, reach.stopped_on = reach.stopped, None, None
        reach.save()
        note_reach("resumed reminders", patient, actor, at, {"was": before, "reason": reason})


def refuse_address(patient: Patient, channel: str, *, at: datetime, actor: str) -> None:
    """Notes that an address does not exist; it is used again when it has been changed."""
    with transaction.atomic():
        reach = lock_reach(patient)
        bad = set(json.loads(reach.bad)) | {channel}
        reach.bad = json.dumps(sorted(bad))
        reach.save()
        note_reach("address refused", patient, actor, at, {"channel": channel})


def usable(reach: Reachability) -> list[str]:
    """The channels that may be tried, best first: wanted, not refused, with an address."""
    out = json.loads(reach.opted_out)
    if ALL in out or reach.stopped:
        return []
    bad = json.loads(reach.bad)
    wanted: Sequence[str] = json.loads(reach.channels)
    return [
        channel
        for channel in wanted
        if channel not in out and channel not in bad and address_of(reach, channel)
    ]


def why_unreachable(reach: Reachability) -> str:
    """Why `usable` is empty, in words for staff."""
    if reach.stopped:
        return f"reminders are stopped: {reach.stopped}"
    if ALL in json.loads(reach.opted_out):
        return "wants no reminders"
    return "no address that works is known, or none that may be used"


def address_of(reach: Reachability, channel: str) -> str | None:
    """The address of a channel; None when there is none."""
    found: str | None = getattr(reach, _ADDRESS[channel])
    return found


def _forget_refusal(reach: Reachability, name: str) -> None:
    bad = [one for one in json.loads(reach.bad) if _ADDRESS[one] != name]
    reach.bad = json.dumps(bad)


def _check(values: Mapping[str, Any]) -> None:
    from pydantic import TypeAdapter, ValidationError

    from longwatch.reminders.ladder import Clock

    if strange := sorted(set(values) - {*_LISTS, *_PLAIN}):
        raise UsageError(Problem(f"no field is called {strange[0]!r}", how="see docs/reminders.md"))
    for name, allowed in (("channels", CHANNELS), ("opted_out", (*CHANNELS, ALL))):
        if wrong := [one for one in values.get(name, ()) if one not in allowed]:
            raise UsageError(Problem(f"{wrong[0]!r} is no channel", how=f"one of {allowed}"))
    for name in ("quiet_from", "quiet_until"):
        try:
            TypeAdapter(Clock | None).validate_python(values.get(name))
        except ValidationError:
            raise UsageError(Problem(f"{name} is no time of day", how="write 20:00")) from None
    if values.get("zone"):
        find_zone(values["zone"])
    for name in ("email", "phone", "greeting"):
        if any(sign in (values.get(name) or "") for sign in "\r\n\0"):
            raise UsageError(Problem(f"{name} has more than one line", how="write one line"))
    email = values.get("email")
    if email and (email.count("@") != 1 or any(c.isspace() or c in ",;<>" for c in email)):
        raise UsageError(Problem("this is no e-mail address", how="write name@example.org"))
