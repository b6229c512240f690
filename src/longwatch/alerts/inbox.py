"""How long results may wait to be signed off, as data; and signing them off."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from datetime import datetime
from functools import cache
from importlib.resources import files
from typing import Annotated, Any

import yaml
import yamlcore
from django.db import transaction
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from longwatch.alerts.asking import ask
from longwatch.alerts.roles import CLINICAL
from longwatch.core.errors import Problem, UsageError
from longwatch.protocols.model.evidence import Evidence, Id, Source
from longwatch.store.audit import record_audit
from longwatch.store.models import InboxItem, Patient, SignOff
from longwatch.store.roles import acting

SETTING = "clinic.inbox"
Days = Annotated[int, Field(ge=1)]


class InboxRules(BaseModel):
    """All of `inbox.yaml`; see the remarks there."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)

    sources: dict[Id, Source]
    sign_off_within_days: Days
    arrived_within_days: Days
    entered_within_days: Days
    leaves_within_days: Days
    courses_within_days: Days
    symptoms_within_days: Days
    feed_quiet_hours: Days
    evidence: tuple[Evidence, ...]


@cache
def _shipped() -> dict[str, Any]:
    text = files("longwatch.alerts").joinpath("inbox.yaml").read_text("utf-8")
    read: dict[str, Any] = yaml.load(text, Loader=yamlcore.CoreLoader)  # noqa: S506 (a safe loader)
    return read


def inbox_rules() -> InboxRules:
    """The shipped numbers with what the clinic has set in their place.

    Raises:
        UsageError: the setting cannot be read.
    """
    # With every message: Django's way to ask takes longer than all the rest of the inbox.
    told = ask("SELECT value FROM store_setting WHERE key = %s", [SETTING])
    return rules_with(told[0][0] if told else None)


@cache
def rules_with(told: str | None) -> InboxRules:
    """The shipped numbers with those of a setting, as JSON, in their place.

    Raises:
        UsageError: it cannot be read.

    >>> rules_with('{"sign_off_within_days": 2}').sign_off_within_days
    2
    """
    try:
        differs: Mapping[str, Any] = json.loads(told) if told else {}
        return InboxRules.model_validate_json(
            json.dumps({**_shipped(), **differs}, default=str), strict=False
        )
    except (ValueError, TypeError, ValidationError):
        how = '{"sign_off_within_days": 3}'
        raise UsageError(Problem(f"setting {SETTING} cannot be read", how=how)) from None


def sign_off(
    results: Collection[int], *, by: str, at: datetime, words: str = "", with_others: bool = False
) -> int:
    """Says that somebody has read results; whatever was signed before is passed over.

    Inputs:
        results: keys of results that wait.
        by: user name.
        at: now, with a time zone.
        words: what was done; may be empty for usual results signed together.
        with_others: usual results in one step.

    Returns:
        How many were signed now; less than asked for where somebody else was first.

    Raises:
        UsageError: no role allows it, or a result signed alone has no words.
    """
    if not with_others and not words.strip():
        raise UsageError(Problem("what was done is missing", how="say it in a few words"))
    with transaction.atomic():
        user = acting(by, CLINICAL, at)
        items = list(
            InboxItem.objects.select_for_update(of=("self",), no_key=True)
            .filter(result__in=list(results))
            .select_related("patient")
            .order_by("pk")
        )
        SignOff.objects.bulk_create(
            SignOff(
                result_id=item.result_id,
                actor=user,
                at=at,
                words=words.strip(),
                with_others=with_others,
            )
            for item in items
        )
        InboxItem.objects.filter(pk__in=[item.pk for item in items]).delete()
        people: dict[str, list[int]] = {}
        for item in items:
            people.setdefault(item.patient.reference, []).append(item.result_id)
        for reference, keys in people.items():
            record_audit(
                "signed off",
                actor=by,
                at=at,
                kind="result",
                target=str(keys[0]) if len(keys) == 1 else "",
                patient=reference,
                detail={"results": keys, "words": words.strip()},
            )
    return len(items)


def waiting_of(patient: Patient) -> int:
    """How many results of one person wait to be signed off."""
    return InboxItem.objects.filter(patient=patient).count()
