"""A critical result of nobody known: it is held, and nobody would look for it (H30)."""

from __future__ import annotations

import json
from datetime import datetime

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.steps import New, raise_alert
from longwatch.store.models import Alert, HeldItem

CRITICAL_FLAGS = frozenset({"LL", "HH", "AA"})
"""What a laboratory writes beside a value that nobody may overlook (HL7 table 0078)."""

RULE = "STRAY"


def raise_for_strays(message: int, now: datetime, clinic: Clinic) -> list[Alert]:
    """Raises an alert for the desk for each critical result of a message that was held.

    Inputs:
        message: key of the message.
        now: with a time zone.
    """
    return [
        raised
        for item in HeldItem.objects.filter(message_id=message, resolved_at=None)
        if is_critical(item) and (raised := _raise(item, now, clinic)) is not None
    ]


def is_critical(item: HeldItem) -> bool:
    """Whether what is held is a result that the laboratory marked as critical."""
    flag = json.loads(item.payload).get("flag") if item.payload else None
    return isinstance(flag, str) and flag.strip().upper() in CRITICAL_FLAGS


def _raise(item: HeldItem, now: datetime, clinic: Clinic) -> Alert | None:
    subject = f"held:{item.key}"
    if Alert.objects.filter(subject=subject, rule=RULE).exists():
        return None
    told = clinic.operation(RULE)
    new = New(
        subject,
        Alert.Kind.DESK.value,
        RULE,
        f"{clinic.today(now)}",
        told.tier or "emergency",
        detail={"title": told.title, "action": " ".join(told.steps), "reason": item.reason},
        role="laboratory-desk",
    )
    return raise_alert(clinic, new, now)
