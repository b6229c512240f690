"""The work of `longwatch staff`."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime

from longwatch.cli.alerts_work import open_clinic
from longwatch.cli.output import print_json, print_line
from longwatch.core.errors import Problem, UsageError


def change(name: str, role: str, *, ends: bool, database: str | None, zone: str | None) -> None:
    """Gives a user a role, or ends it.

    Raises:
        UsageError: there is no such role.
    """
    open_clinic(database, zone)
    from django.contrib.auth.models import User
    from django.db import transaction

    from longwatch.alerts.roles import DEPUTIES
    from longwatch.alerts.roles import role as role_named
    from longwatch.store.audit import record_audit
    from longwatch.store.models import Membership, Role

    if role not in DEPUTIES and not Role.objects.filter(name=role).exists():
        how = f"one of: {', '.join(DEPUTIES)}"
        raise UsageError(Problem(f"there is no role {role!r}", how=how))
    now = datetime.now(UTC)
    with transaction.atomic():
        user = User.objects.filter(username=name).first()
        if user is None:
            user = User(username=name)
            user.set_unusable_password()
            user.save()
        wanted = role_named(role)
        mine = Membership.objects.filter(user=user, role=wanted, until=None)
        if ends:
            mine.update(until=now)
        elif not mine.exists():
            Membership.objects.create(user=user, role=wanted, since=now)
        record_audit(
            "role ended" if ends else "role given",
            actor=f"longwatch staff ({getpass.getuser()})",
            at=now,
            kind="user",
            target=name,
            detail={"role": role},
        )


def show(name: str | None, *, database: str | None, zone: str | None, json: bool) -> None:
    """Prints who has which role now."""
    open_clinic(database, zone)
    from longwatch.store.models import Membership

    mine = Membership.objects.filter(until=None).select_related("user", "role")
    rows = [
        {"user": one.user.get_username(), "role": one.role.name, "since": one.since}
        for one in mine.order_by("user__username", "role__name")
        if name in (None, one.user.get_username())
    ]
    if json:
        print_json(rows)
        return
    for row in rows:
        print_line(f"{row['user']}: {row['role']}")
    if not rows:
        print_line("Nobody has a role yet: longwatch staff ann --role nurse")
