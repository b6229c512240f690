"""Invitations: made with a code that is shown once, used once, in time, and revocable.

A code has 100 random bits: its digest cannot be turned back, and guessing is hopeless. The person
treated says the date of birth besides, so that a letter in a wrong letterbox opens nothing.
"""

from __future__ import annotations

import hashlib
import secrets
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.models import Invitation, Membership, OwnRecord, Patient, Role, Scope
from longwatch.store.roles import needs_reason

LASTS = timedelta(days=14)
"""How long a code can be used."""

_LETTERS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
"""Without what is mistaken for another when it is read from paper."""
_GROUPS, _GROUP = 4, 5


@dataclass(frozen=True, slots=True)
class To:
    """What somebody is invited to: a role, or somebody's pages."""

    kind: str
    name: str
    role: str | None = None
    patient: Patient | None = None
    scope: str | None = None
    consent: str | None = None


def invite(to: To, *, by: Any, at: datetime) -> tuple[Invitation, str]:
    """Makes an invitation.

    Inputs:
        to: to what.
        by: the user who invites; whether they may is decided where they ask.
        at: now, with a time zone.

    Returns:
        The invitation, and its code, which is kept nowhere.

    Raises:
        UsageError: a name is missing, or a carer's consent or scope.
    """
    name = to.name.strip()
    if not name:
        raise UsageError(Problem("no name was given", how="say whom the invitation is for"))
    consent, scope = None, None
    if to.kind == Invitation.Kind.CARER:
        consent = needs_reason(to.consent or "")
        if to.scope not in Scope.values:
            raise UsageError(Problem("it is not said how much", how="choose how much they may see"))
        scope = to.scope
    role = None
    if to.kind == Invitation.Kind.STAFF:
        role = Role.objects.filter(name=to.role).first()
        if role is None:
            raise UsageError(Problem(f"there is no role {to.role!r}", how="choose one of the list"))
    code = _new_code()
    with transaction.atomic():
        made = Invitation.objects.create(
            digest=_digest(code),
            kind=to.kind,
            name=name,
            role=role,
            patient=to.patient,
            scope=scope,
            consent=consent,
            made_by=by,
            made_at=at,
            expires_at=at + LASTS,
        )
        _note("invited", made, by.get_username(), at)
    return made, code


def find(code: str, at: datetime) -> Invitation | None:
    """The invitation of a code that can still be used; blanks, hyphens and case do not matter."""
    plain = "".join(sign for sign in code.upper() if sign.isalnum())
    found = Invitation.objects.filter(
        digest=_digest(plain), used_at=None, revoked_at=None, expires_at__gt=at
    )
    return found.select_related("role", "patient").first()


def born_as_known(invitation: Invitation, born: date | None) -> bool:
    """Whether the date of birth fits, where it is asked and known."""
    known = invitation.patient.birth_date if invitation.patient else None
    return invitation.kind != Invitation.Kind.SELF or known is None or known == born


def use(invitation: Invitation, user: Any, at: datetime) -> None:
    """Gives the user what the invitation is for; of two who use it at once, one gets it.

    Raises:
        UsageError: it was used, revoked or too old meanwhile.
    """
    with transaction.atomic():
        taken = Invitation.objects.filter(
            pk=invitation.pk, used_at=None, revoked_at=None, expires_at__gt=at
        ).update(used_at=at, used_by=user)
        if not taken:
            how = "ask the clinic for a new one"
            raise UsageError(Problem("this code can no longer be used", how=how))
        if invitation.role is not None:
            _give_role(user, invitation.role, at)
        else:
            rights = {"kind": invitation.kind, "since": at, "consent": invitation.consent}
            if invitation.scope:
                rights["scope"] = invitation.scope
            OwnRecord.objects.get_or_create(
                user=user, patient=invitation.patient, until=None, defaults=rights
            )
        _note("invitation used", invitation, user.get_username(), at)


def revoke(invitation: Invitation, *, by: Any, at: datetime) -> None:
    """Nobody can use it any more."""
    with transaction.atomic():
        open_one = Invitation.objects.filter(pk=invitation.pk, used_at=None, revoked_at=None)
        if open_one.update(revoked_at=at):
            _note("invitation revoked", invitation, by.get_username(), at)


def withdraw(right: OwnRecord, *, by: Any, at: datetime) -> None:
    """Ends somebody's sight of a person's own pages, at once."""
    with transaction.atomic():
        if OwnRecord.objects.filter(pk=right.pk, until=None).update(until=at):
            record_audit(
                "own pages withdrawn",
                actor=by.get_username(),
                at=at,
                kind="user",
                target=right.user.get_username(),
                patient=right.patient.reference,
            )


def _give_role(user: Any, role: Role, at: datetime) -> None:
    if not Membership.objects.filter(user=user, role=role, until=None).exists():
        Membership.objects.create(user=user, role=role, since=at)


def _note(action: str, invitation: Invitation, actor: str, at: datetime) -> None:
    record_audit(
        action,
        actor=actor,
        at=at,
        kind="invitation",
        target=str(invitation.pk),
        patient=invitation.patient.reference if invitation.patient else None,
        detail={
            "as": invitation.kind,
            "role": invitation.role.name if invitation.role else None,
            "scope": invitation.scope,
        },
    )


def _new_code() -> str:
    groups = ("".join(secrets.choice(_LETTERS) for _ in range(_GROUP)) for _ in range(_GROUPS))
    return "-".join(groups)


def _digest(code: str) -> str:
    return hashlib.sha256(code.replace("-", "").encode()).hexdigest()
