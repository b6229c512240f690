"""The open alerts as a list, the most urgent first."""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from longwatch.core.status import TIERS
from longwatch.store.models import Alert, State

_RANK = {tier.value: place for place, tier in enumerate(TIERS)}


def open_alerts(
    *, patient: str | None = None, kind: str | None = None, closed: bool = False
) -> list[dict[str, Any]]:
    """What stands open: what nobody answered first, then by tier, then by how long it waits.

    Inputs:
        patient: only of this reference; kind: only of this kind.
        closed: also those that have ended.

    Returns:
        One mapping for each, ready for JSON; historic ones at the end.
    """
    rows = Alert.objects.select_related("role", "result")
    if not closed:
        rows = rows.exclude(state=State.CLOSED)
    if patient is not None:
        rows = rows.filter(subject=patient)
    if kind is not None:
        rows = rows.filter(kind=kind)
    return [in_words(alert) for alert in sorted(rows, key=_urgency)]


def _urgency(alert: Alert) -> tuple[bool, bool, int, datetime, int]:
    calm = alert.state != State.NOBODY_ANSWERED
    return (alert.historic, calm, _RANK[alert.tier], alert.raised_at, alert.pk)


def in_words(alert: Alert) -> dict[str, Any]:
    """One alert as a mapping of plain values."""
    detail = json.loads(alert.detail)
    result = alert.result
    return {
        "id": alert.pk,
        "tier": alert.tier,
        "state": alert.state,
        "subject": alert.subject,
        "kind": alert.kind,
        "rule": alert.rule,
        "title": detail.get("title", ""),
        "episode": alert.episode,
        "value": None if result is None else value_as_sent(result),
        "action": detail.get("action", ""),
        "raised_at": alert.raised_at.isoformat(),
        "next_at": alert.next_at.isoformat() if alert.next_at else None,
        "role": alert.role.name if alert.role else None,
        "historic": alert.historic,
        "step": alert.step,
        "protocol": alert.protocol,
        "version": alert.version,
    }


def value_as_sent(result: Any) -> str:
    """A result as the laboratory wrote it: never rounded."""
    number = result.sent_value or result.text
    if number is None:
        number = "" if result.value is None else f"{result.comparator or ''}{result.value:g}"
    return f"{result.test} {number} {result.sent_unit or result.unit or ''}".strip()
