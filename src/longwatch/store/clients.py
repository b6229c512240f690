"""Systems that may read from this clinic: registered by a person, with scopes and an end."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import ReadingClient
from longwatch.store.roles import acting, needs_reason
from longwatch.store.senders import KEEPERS
from longwatch.store.tokens import comes_from, new_token, plain_networks, token_digest

RESOURCES = (
    "Patient",
    "Observation",
    "CarePlan",
    "Task",
    "MedicationAdministration",
    "DetectedIssue",
)
"""Resource types that can be read."""

HOOKS, JSON = "cds-hooks", "api"
EVERYTHING = "system/*.rs"
_SCOPE = re.compile(rf"system/(?:{'|'.join(RESOURCES)}|\*)\.rs|{HOOKS}|{JSON}")


def register_client(
    name: str,
    *,
    by: str,
    at: datetime,
    scopes: Sequence[str],
    expires_at: datetime,
    networks: Sequence[str] = (),
    issuer: str = "",
    keys: Sequence[Mapping[str, Any]] = (),
) -> str:
    """Lets a system read.

    Inputs:
        name: what the clinic calls it; it stands in the audit log with every read.
        by, at: user name, and now with a time zone.
        scopes: what it may ask: `system/Observation.rs`, `system/*.rs`, `cds-hooks`, `api`.
        expires_at: from then on it may read no longer.
        networks: from where, as 10.1.2.0/24; none: from anywhere.
        issuer, keys: whom its signed tokens (CDS Hooks) name, and its public keys as JWK.

    Returns:
        Its token. It is shown this once; the store keeps only its digest.

    Raises:
        UsageError: the role does not allow it, the name or issuer is taken, or something is no
            scope, no network or in the past.
    """
    wanted = sorted(set(scopes))
    wrong = [scope for scope in wanted if not _SCOPE.fullmatch(scope)]
    if wrong or not wanted:
        how = f"give system/TYPE.rs with {', '.join(RESOURCES)} or *, {HOOKS}, {JSON}"
        raise UsageError(Problem(f"no such scope: {', '.join(wrong) or 'none given'}", how=how))
    if expires_at <= at:
        raise UsageError(Problem("it would have ended already", how="give a later day"))
    if bool(issuer) != bool(keys):
        raise UsageError(Problem("issuer and key belong together", how="give both, or neither"))
    plain, token = plain_networks(networks), new_token()
    with transaction.atomic():
        acting(by, KEEPERS, at)
        taken = ReadingClient.objects.filter(name=name)
        if not name.strip() or taken.exists():
            raise UsageError(Problem(f"{name!r} cannot be its name", how="take another name"))
        same = ReadingClient.objects.filter(issuer=issuer, revoked_at=None)
        if issuer and same.exists():
            raise UsageError(Problem(f"{issuer!r} has a client", how="revoke that one first"))
        ReadingClient.objects.create(
            name=name,
            scopes=json.dumps(wanted),
            networks=json.dumps(plain),
            token_digest=token_digest(token),
            issuer=issuer,
            keys=json.dumps(list(keys)),
            author=by,
            filed_at=at,
            expires_at=expires_at,
        )
        detail = {"scopes": wanted, "networks": plain, "issuer": issuer, "until": f"{expires_at}"}
        record_audit(
            "registered a client", actor=by, at=at, kind="client", target=name, detail=detail
        )
    return token


def revoke_client(name: str, *, by: str, reason: str, at: datetime) -> None:
    """Lets a system read no longer, from this moment.

    Raises:
        UsageError: there is no such client, or the role does not allow it.
    """
    with transaction.atomic():
        acting(by, KEEPERS, at)
        why = needs_reason(reason)
        if not ReadingClient.objects.filter(name=name, revoked_at=None).update(revoked_at=at):
            how = "see the list: longwatch client list"
            raise UsageError(Problem(f"no client is called {name!r}", how=how))
        detail = {"reason": why}
        record_audit("revoked a client", actor=by, at=at, kind="client", target=name, detail=detail)


def listed() -> list[dict[str, Any]]:
    """Every client that is not revoked, by name; never its token."""
    names = ("name", "scopes", "networks", "issuer", "author", "filed_at", "expires_at")
    rows = ReadingClient.objects.filter(revoked_at=None).order_by("name").values(*names)
    parsed = ("scopes", "networks")
    return [{**row, **{name: json.loads(row[name]) for name in parsed}} for row in rows]


def client_of(token: str, address: str, at: datetime) -> ReadingClient | None:
    """Who asks with this token; None when nobody may now, or not from this address."""
    digest = token_digest(token)
    found = ReadingClient.objects.filter(
        token_digest=digest, revoked_at=None, expires_at__gt=at
    ).first()
    return found if found is not None and comes_from(found.networks, address) else None


def client_of_issuer(issuer: str, address: str, at: datetime) -> ReadingClient | None:
    """Who signs as this issuer; None when nobody may now, or not from this address."""
    if not issuer:
        return None
    rows = ReadingClient.objects.filter(issuer=issuer, revoked_at=None, expires_at__gt=at)
    found = rows.first()
    return found if found is not None and comes_from(found.networks, address) else None


def scopes_of(client: ReadingClient) -> frozenset[str]:
    """What a client may ask."""
    return frozenset(json.loads(client.scopes))


def allows(scopes: Collection[str], wanted: str) -> bool:
    """Whether scopes cover one: a resource type, `cds-hooks` or `api`.

    >>> allows({"system/*.rs"}, "Observation"), allows({"system/Task.rs"}, "Patient")
    (True, False)
    """
    if wanted in RESOURCES:
        return EVERYTHING in scopes or f"system/{wanted}.rs" in scopes
    return wanted in scopes
