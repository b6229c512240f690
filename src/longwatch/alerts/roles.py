"""The roles of a clinic, who stands in for whom, and who may do what to an alert."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from django.db.models import Q

from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import Alert, Membership, Role

DEPUTIES = {
    "nurse": "neurologist",
    "neurologist": "lead",
    "infusion-nurse": "nurse",
    "laboratory-desk": "nurse",
    "administrator": "lead",
    "lead": None,
}
"""The roles that every clinic has, and who stands in until the clinic sets somebody else."""

CLINICAL = frozenset({"nurse", "neurologist", "infusion-nurse", "lead"})
"""Roles that look after people."""
_DESK = CLINICAL | {"laboratory-desk", "administrator"}
_OF_THE_CLINIC = (Alert.Kind.FEED, Alert.Kind.DESK, Alert.Kind.INCIDENT)


def role(name: str) -> Role:
    """The role of that name, with its usual deputies where it is new."""
    found = Role.objects.filter(name=name).first()
    if found is not None:
        return found
    deputy = DEPUTIES.get(name, "lead")
    made, _ = Role.objects.get_or_create(
        name=name, defaults={"deputy": role(deputy) if deputy else None}
    )
    return made


def deputy_after(first: Role, rung: int) -> Role | None:
    """The role that stands in after so many steps; None when nobody is left.

    A circle of deputies ends where it began: everybody in it was asked.
    """
    here: Role | None = first
    asked = {first.pk}
    for _ in range(rung):
        here = here.deputy if here else None
        if here is None or here.pk in asked:
            return None
        asked.add(here.pk)
    return here


def role_to_act(user: Any, alert: Alert, now: datetime) -> Role:
    """In which of their roles a user may see, act on or close an alert.

    Raises:
        UsageError: they have none that may.
    """
    allowed = _DESK if alert.kind in _OF_THE_CLINIC else CLINICAL
    mine = Membership.objects.filter(
        Q(until=None) | Q(until__gt=now), user=user, since__lte=now, role__name__in=allowed
    ).select_related("role")
    roles = sorted((one.role for one in mine), key=lambda role: (role.pk != alert.role_id, role.pk))
    if not user.is_active or not roles:
        raise UsageError(
            Problem(
                f"{user.get_username()} may not do this",
                f"alert {alert.pk}",
                f"it needs one of the roles {', '.join(sorted(allowed))}",
                "ask somebody who has it, or the administrator for the role",
            )
        )
    return roles[0]
