"""Who may do what: a user with one of the roles that a step asks for, at that moment."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime

from django.contrib.auth.models import User
from django.db.models import Q

from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import Membership

DESK = frozenset({"nurse", "laboratory-desk", "lead", "administrator"})
"""Roles that decide what could not be filed, and who is who."""


def acting(by: str, roles: Collection[str], at: datetime) -> User:
    """The user who does something, if a role lets them.

    Inputs:
        by: user name.
        roles: any one of these is enough.
        at: now, with a time zone.

    Raises:
        UsageError: there is no such active user, or none of the roles is theirs now.
    """
    user = User.objects.filter(username=by, is_active=True).first()
    if user is None:
        how = "give the name of a user of this clinic"
        raise UsageError(Problem(f"nobody active is called {by!r} here", how=how))
    in_time = Q(since__lte=at) & (Q(until=None) | Q(until__gt=at))
    if not Membership.objects.filter(in_time, user=user, role__name__in=roles).exists():
        raise UsageError(
            Problem(
                f"{by} may not do this",
                why=f"it is for {', '.join(sorted(roles))}",
                how="ask somebody of such a role, or an administrator for the role",
            )
        )
    return user


def needs_reason(reason: str) -> str:
    """The reason without blanks around it.

    Raises:
        UsageError: there is none.
    """
    if not reason.strip():
        raise UsageError(Problem("no reason was given", how="say why, in a few words"))
    return reason.strip()
