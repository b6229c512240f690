"""What all pages that invite have in common: the code shown once, the mail, the error in words."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from django.contrib import messages
from django.core.mail import send_mail
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _

from longwatch.core.errors import UsageError
from longwatch.store.invitations import To, invite
from longwatch.web.clinic import clinic
from longwatch.web.clock import now
from longwatch.web.dates import day_words
from longwatch.web.mail import has_mail

_SHOWN_ONCE = "invitation"


@dataclass(frozen=True, slots=True)
class Letter:
    """What the one who invites hands over: whom it is for, the code, where it is typed."""

    name: str
    code: str
    address: str
    until: str
    mailed_to: str


def send_invitation(request: HttpRequest, to: To) -> None:
    """Makes an invitation, keeps its code for one look, and mails it where an address was given.

    Raises:
        UsageError: something is missing.
    """
    made, code = invite(to, by=request.user, at=now())
    address = request.build_absolute_uri(reverse("join"))
    mail = request.POST.get("mail", "").strip()
    if mail and has_mail():
        lines = (
            _("You are invited to make an account at %(clinic)s.") % {"clinic": clinic().name},
            _("Open %(address)s and type this code: %(code)s") % {"address": address, "code": code},
            _("If you did not expect this, do nothing."),
        )
        send_mail(_("Your invitation"), "\n\n".join(lines), None, [mail])
    elif mail:
        messages.warning(request, _("This clinic has set no mail server: hand the code over."))
        mail = ""
    until = made.expires_at.date().isoformat()
    request.session[_SHOWN_ONCE] = [made.name, code, address, until, mail]


def letter(request: HttpRequest) -> Letter | None:
    """The invitation that was just made, for one look."""
    told = request.session.pop(_SHOWN_ONCE, None)
    if not told:
        return None
    name, code, address, until, mailed_to = told
    return Letter(name, code, address, day_words(date.fromisoformat(until)), mailed_to)


def attempt(
    request: HttpRequest, steps: Mapping[str, Callable[[HttpRequest], None]]
) -> dict[str, Any]:
    """Does the step that a form asks for.

    Returns:
        What went wrong, for the page to show beside what was typed; empty when it was done.
    """
    step = steps.get(request.POST.get("step", ""))
    try:
        if step is None:
            raise UsageError(_("no such step"))
        step(request)
    except UsageError as error:
        problem = error.problems[0]
        return {"wrong": f"{problem.what}. {problem.how or ''}".strip(), "typed": request.POST}
    messages.success(request, _("Recorded."))
    return {}
