"""My account: password, second factor, passkeys, open sessions, and what rights it has."""

from __future__ import annotations

from allauth.mfa.utils import is_mfa_enabled
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from longwatch.store.models import Draft, Membership, OwnRecord
from longwatch.web.clock import now


def account(request: HttpRequest) -> HttpResponse:
    """Everything about the account, with ways to change it."""
    user = request.user
    assert user.pk is not None
    context = {
        "second_factor": is_mfa_enabled(user),
        "needs_second_factor": settings.STAFF_NEED_SECOND_FACTOR and not settings.DEMO,
        "roles": Membership.objects.filter(user_id=user.pk, until=None).select_related("role"),
        "own": OwnRecord.objects.filter(user_id=user.pk, until=None).select_related("patient"),
        "drafts": Draft.objects.filter(user_id=user.pk, expires_at__gt=now()).order_by("at"),
    }
    return render(request, "web/account.html", context)
