"""Other systems that ask the store of the sample clinic."""

from __future__ import annotations

import itertools
from datetime import timedelta

_NUMBERS = itertools.count(1)


def registered(*scopes, days=30, **more):
    """A client with these scopes: its name and its token."""
    from longwatch.store.clients import register_client
    from longwatch.web.clock import now

    name = f"ehr-{next(_NUMBERS)}"
    end = now() + timedelta(days=days)
    return name, register_client(name, by="olsen", at=now(), scopes=scopes, expires_at=end, **more)


def asking(token):
    """A browser's stand-in that carries a token."""
    from django.test import Client

    return Client(headers={"Authorization": f"Bearer {token}"})


def newest_audit(count=1):
    """The newest entries of the audit log, the newest first."""
    from longwatch.store.models import AuditEntry

    return list(AuditEntry.objects.order_by("-number")[:count])
