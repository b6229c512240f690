"""Making an account with the code of an invitation."""

from __future__ import annotations

from datetime import date
from typing import Any

from allauth.account.internal.flows.login import record_authentication
from allauth.core.ratelimit import consume
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import get_user_model, login
from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError
from django.db import IntegrityError, transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters

from longwatch.core.errors import UsageError
from longwatch.store.invitations import born_as_known, find, use
from longwatch.store.models import Invitation
from longwatch.web.clock import now
from longwatch.web.plain import name_parts


@sensitive_post_parameters()
def join(request: HttpRequest) -> HttpResponse:
    """Asks for the code, then for a user name and a password; one page, nothing typed is lost."""
    wrong: dict[str, str] = {}
    invitation = None
    if request.method == "POST":
        if not consume(request, action="join"):
            wrong["code"] = _("Too many tries. Wait a minute, then try again.")
        else:
            invitation = find(request.POST.get("code", ""), now())
            wrong = _wrong_with(request, invitation)
        if invitation is not None and not wrong:
            try:
                return _made(request, invitation)
            except UsageError as error:
                wrong["code"] = error.problems[0].what
            except IntegrityError:
                wrong["user"] = _("This user name is taken. Choose another.")
    asks_birth = invitation is None or invitation.kind == Invitation.Kind.SELF
    context = {"wrong": wrong, "typed": request.POST, "asks_birth": asks_birth}
    return render(request, "web/join.html", context, status=422 if wrong else 200)


def _wrong_with(request: HttpRequest, invitation: Invitation | None) -> dict[str, str]:
    wrong: dict[str, str] = {}
    not_known = _("This code is not known, was used, or is too old. Ask your clinic for a new one.")
    if invitation is None:
        return {"code": not_known}
    if not born_as_known(invitation, _day(request.POST.get("born", ""))):
        # One sentence for both: a finder of the letter learns nothing.
        return {"code": not_known + " " + _("Check the date of birth, too.")}
    if request.user.is_authenticated:
        return wrong
    user = request.POST.get("user", "").strip()
    first, second = request.POST.get("password", ""), request.POST.get("again", "")
    if not user or len(user) > 150 or any(sign.isspace() for sign in user):
        wrong["user"] = _("Choose a user name without blanks.")
    elif get_user_model().objects.filter(username__iexact=user).exists():
        wrong["user"] = _("This user name is taken. Choose another.")
    try:
        validate_password(first)
    except ValidationError as error:
        wrong["password"] = " ".join(error.messages)
    if first != second:
        wrong["again"] = _("The two passwords differ.")
    return wrong


def _made(request: HttpRequest, invitation: Invitation) -> HttpResponse:
    user: Any = request.user
    with transaction.atomic():
        if not user.is_authenticated:
            name = request.POST["user"].strip()
            first, last = name_parts(invitation.name)
            user = get_user_model().objects.create_user(
                name, password=request.POST["password"], first_name=first, last_name=last
            )
        use(invitation, user, now())
    if not request.user.is_authenticated:
        login(request, user, settings.AUTHENTICATION_BACKENDS[0])
        # Else the second factor, which comes next, would ask for this same password once more.
        record_authentication(request, user, method="password", reauthenticated=True)
    messages.success(request, _("Welcome. Your account is ready."))
    if invitation.kind == Invitation.Kind.STAFF and not settings.DEMO:
        return redirect("mfa_index")
    return redirect("home")


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text.strip())
    except ValueError:
        return None
