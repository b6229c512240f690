"""Who works here: roles since when, deputies, invitations; for the lead and administrators."""

from __future__ import annotations

from django.contrib.auth import get_user_model
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render

from longwatch.alerts.roles import DEPUTIES
from longwatch.alerts.roles import role as role_named
from longwatch.core.errors import Problem, UsageError
from longwatch.store.audit import record_audit
from longwatch.store.invitations import To, revoke
from longwatch.store.models import Invitation, Membership, Role
from longwatch.web.clock import now
from longwatch.web.granted import ROLES
from longwatch.web.invited import attempt, letter, send_invitation


def people(request: HttpRequest) -> HttpResponse:
    """Everybody with a role; a POST invites, gives or ends a role, or names a deputy."""
    wrong = {}
    if request.method == "POST":
        wrong = attempt(
            request,
            {
                "invite": _invite,
                "give": _give,
                "end": _end,
                "revoke": _revoke,
                "deputy": _deputy,
            },
        )
        if not wrong:
            return redirect("people")
    all_of_them = Membership.objects.select_related("user", "role")
    context = {
        "running": all_of_them.filter(until=None).order_by("user__last_name", "user__username"),
        "ended": all_of_them.exclude(until=None).order_by("-until")[:50],
        "roles": _roles(),
        "users": get_user_model().objects.filter(memberships__isnull=False).distinct(),
        "invitations": _open_invitations(),
        "letter": letter(request),
        **wrong,
    }
    return render(request, "web/people.html", context, status=422 if wrong else 200)


def _roles() -> list[dict[str, str]]:
    """Every role with its deputy: as set, else as usual. A role is kept once somebody has it."""
    known = dict(Role.objects.values_list("name", "deputy__name"))
    return [
        {"name": name, "deputy": known.get(name, DEPUTIES.get(name)) or ""}
        for name in sorted({*known, *DEPUTIES})
    ]


def _open_invitations() -> object:
    open_ones = Invitation.objects.filter(
        kind=Invitation.Kind.STAFF, used_at=None, revoked_at=None, expires_at__gt=now()
    )
    return open_ones.select_related("role", "made_by").order_by("made_at")


def _invite(request: HttpRequest) -> None:
    role = request.POST.get("role", "")
    if role not in ROLES:
        raise UsageError(Problem("no role was chosen", how="choose one of the list"))
    send_invitation(request, To("staff", request.POST.get("name", ""), role=role))


def _give(request: HttpRequest) -> None:
    users = get_user_model().objects
    user = users.filter(username=request.POST.get("user", ""), is_active=True).first()
    name = request.POST.get("role", "")
    if user is None or name not in ROLES:
        raise UsageError(Problem("no user or role was chosen", how="choose both"))
    with transaction.atomic():
        role = role_named(name)
        if Membership.objects.filter(user=user, role=role, until=None).exists():
            raise UsageError(Problem(f"{user.get_username()} has this role already"))
        Membership.objects.create(user=user, role=role, since=now())
        _note(request, "role given", user.get_username(), name)


def _end(request: HttpRequest) -> None:
    key = request.POST.get("membership", "")
    one = Membership.objects.filter(pk=key if key.isdigit() else 0, until=None).first()
    if one is None:
        raise UsageError(Problem("this role has ended already"))
    if one.role.name == "administrator" and _administrators() == 1:
        how = "give somebody else the role first"
        raise UsageError(Problem("the clinic would have no administrator", how=how))
    with transaction.atomic():
        Membership.objects.filter(pk=one.pk).update(until=now())
        _note(request, "role ended", one.user.get_username(), one.role.name)


def _administrators() -> int:
    return Membership.objects.filter(role__name="administrator", until=None).count()


def _revoke(request: HttpRequest) -> None:
    key = request.POST.get("invitation", "")
    one = Invitation.objects.filter(pk=key if key.isdigit() else 0, kind="staff").first()
    if one is None:
        raise UsageError(Problem("there is no such invitation"))
    revoke(one, by=request.user, at=now())


def _deputy(request: HttpRequest) -> None:
    name, asked = request.POST.get("role", ""), request.POST.get("deputy", "")
    there = {one["name"] for one in _roles()}
    if name not in there or (asked and asked not in there) or asked == name:
        raise UsageError(Problem("no deputy was chosen", how="choose another role than its own"))
    with transaction.atomic():
        role, deputy = role_named(name), role_named(asked) if asked else None
        was = role.deputy.name if role.deputy else None
        Role.objects.filter(pk=role.pk).update(deputy=deputy)
        record_audit(
            "deputy named",
            actor=request.user.get_username(),
            at=now(),
            kind="role",
            target=role.name,
            detail={"was": was, "now": asked or None},
        )


def _note(request: HttpRequest, action: str, user: str, role: str) -> None:
    record_audit(
        action,
        actor=request.user.get_username(),
        at=now(),
        kind="user",
        target=user,
        detail={"role": role},
    )
