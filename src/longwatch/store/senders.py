"""Programs that may send over the network: registered by a person, known by a secret token."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import transaction
from django.db.models import F

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Sender, StrangerCount
from longwatch.store.roles import acting, needs_reason
from longwatch.store.tokens import comes_from, new_token, plain_networks, token_digest

KEEPERS = frozenset({"lead", "administrator"})
"""Roles that say who may send."""

_SHOWN = 20


def register_sender(
    name: str,
    *,
    by: str,
    at: datetime,
    networks: Sequence[str] = (),
    server: str = "",
    registry: bool = False,
) -> str:
    """Lets a program send.

    Inputs:
        name: what the clinic calls it.
        by, at: user name, and now with a time zone.
        networks: from where, as 10.1.2.0/24; none: from anywhere.
        server: address under which its own `Patient/1` is meant.
        registry: whether it makes people known.

    Returns:
        Its token. It is shown this once; the store keeps only its digest.

    Raises:
        UsageError: the role does not allow it, the name is taken, or something is no network.
    """
    plain = plain_networks(networks)
    token = new_token()
    with transaction.atomic():
        acting(by, KEEPERS, at)
        if not name.strip() or Sender.objects.filter(name=name).exists():
            raise UsageError(Problem(f"{name!r} cannot be its name", how="take another name"))
        Sender.objects.create(
            name=name,
            networks=json.dumps(plain),
            token_digest=token_digest(token),
            server=server,
            registry=registry,
            author=by,
            filed_at=at,
        )
        detail = {"networks": plain, "server": server, "registry": registry}
        record_audit(
            "registered a sender", actor=by, at=at, kind="sender", target=name, detail=detail
        )
    return token


def withdraw_sender(name: str, *, by: str, reason: str, at: datetime) -> None:
    """Lets a program send no longer; what it sent stays.

    Raises:
        UsageError: there is no such sender, or the role does not allow it.
    """
    with transaction.atomic():
        acting(by, KEEPERS, at)
        why = needs_reason(reason)
        if not Sender.objects.filter(name=name, withdrawn_at=None).update(withdrawn_at=at):
            how = "see the list: longwatch sender list"
            raise UsageError(Problem(f"no sender is called {name!r}", how=how))
        record_audit(
            "withdrew a sender",
            actor=by,
            at=at,
            kind="sender",
            target=name,
            detail={"reason": why},
        )


def listed() -> dict[str, list[dict[str, Any]]]:
    """Who may send (`senders`), and the newest tries without a token (`strangers`)."""
    names = ("name", "networks", "server", "registry", "author", "filed_at")
    rows = Sender.objects.filter(withdrawn_at=None).order_by("name").values(*names)
    strangers = StrangerCount.objects.order_by("-day", "-times")[:_SHOWN]
    return {
        "senders": [{**row, "networks": json.loads(row["networks"])} for row in rows],
        "strangers": [dict(row) for row in strangers.values("day", "origin", "times", "last_at")],
    }


def sender_of(token: str, address: str) -> Sender | None:
    """Who sends; None when nobody has this token, or not from this address."""
    found = Sender.objects.filter(token_digest=token_digest(token), withdrawn_at=None).first()
    return found if found is not None and comes_from(found.networks, address) else None


def count_strangers(origin: str, times: int, at: datetime) -> None:
    """Adds to how often somebody without a valid token tried, on this day from this address."""
    with transaction.atomic():
        first = {"times": 0, "last_at": at}
        row, _ = StrangerCount.objects.get_or_create(day=at.date(), origin=origin, defaults=first)
        StrangerCount.objects.filter(pk=row.pk).update(times=F("times") + times, last_at=at)
