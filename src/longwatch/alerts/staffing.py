"""Who has which role, and who stands in for whom, as the lead or the administrator says."""

from __future__ import annotations

from datetime import datetime

from django.contrib.auth.models import User
from django.db import transaction

from longwatch.alerts.roles import DEPUTIES, role
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.clinic_facts import KEEPERS
from longwatch.store.models import Membership, Role
from longwatch.store.roles import acting


def give_role(name: str, wanted: str, *, by: str, at: datetime) -> None:
    """Gives somebody who has an account a role from now on.

    Raises:
        UsageError: there is no such account or role, or the role of `by` does not allow it.
    """
    with transaction.atomic():
        acting(by, KEEPERS, at)
        user = _user(name)
        if wanted not in DEPUTIES:
            raise UsageError(Problem(f"there is no role {wanted!r}", how=", ".join(DEPUTIES)))
        mine = Membership.objects.filter(user=user, role=role(wanted), until=None)
        if mine.exists():
            raise UsageError(Problem(f"{name} is {wanted} already", how="nothing is to do"))
        Membership.objects.create(user=user, role=role(wanted), since=at)
        _note("role given", name, wanted, by, at)


def end_role(name: str, ended: str, *, by: str, at: datetime) -> None:
    """Ends a role of somebody; the last one who may set the clinic keeps theirs.

    Raises:
        UsageError: as in `give_role`; or nobody would be left.
    """
    with transaction.atomic():
        acting(by, KEEPERS, at)
        running = Membership.objects.select_for_update(of=("self",), no_key=True).filter(until=None)
        mine = running.filter(user=_user(name), role__name=ended).first()
        if mine is None:
            raise UsageError(Problem(f"{name} is not {ended}", how="look at the list again"))
        keepers = running.filter(role__name__in=KEEPERS).exclude(pk=mine.pk)
        if ended in KEEPERS and not keepers.exists():
            how = "give the role to somebody else first"
            raise UsageError(Problem("nobody would be left who may set the clinic", how=how))
        mine.until = at
        mine.save(update_fields=["until"])
        _note("role ended", name, ended, by, at)


def set_deputy(name: str, deputy: str, *, by: str, at: datetime) -> None:
    """Says who is asked when nobody of a role answers in time; '' for nobody.

    Raises:
        UsageError: there is no such role, or somebody would stand in for themselves.
    """
    with transaction.atomic():
        acting(by, KEEPERS, at)
        if name not in DEPUTIES or (deputy and deputy not in DEPUTIES):
            raise UsageError(Problem("there is no such role", how=", ".join(DEPUTIES)))
        if name == deputy:
            raise UsageError(Problem("nobody stands in for themselves", how="take another role"))
        here = role(name)
        was = here.deputy.name if here.deputy else None
        here.deputy = role(deputy) if deputy else None
        here.save(update_fields=["deputy"])
        detail = {"was": was, "now": deputy or None}
        record_audit("deputy set", actor=by, at=at, kind="role", target=name, detail=detail)


def staffing() -> tuple[list[Membership], list[Role]]:
    """Who has a role now, and all roles with their deputies."""
    mine = Membership.objects.filter(until=None).select_related("user", "role")
    roles = [role(name) for name in DEPUTIES]
    return list(mine.order_by("user__username", "role__name")), roles


def _user(name: str) -> User:
    user = User.objects.filter(username=name, is_active=True).first()
    if user is None:
        how = "accounts are made by an invitation, or: longwatch staff NAME --role ROLE"
        raise UsageError(Problem(f"nobody active is called {name!r} here", how=how))
    return user


def _note(action: str, name: str, wanted: str, by: str, at: datetime) -> None:
    record_audit(action, actor=by, at=at, kind="user", target=name, detail={"role": wanted})
