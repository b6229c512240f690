"""The demo's front door: one click to enter as each role. Not there in a clinic."""

from __future__ import annotations

from django.conf import settings
from django.contrib.auth import get_user_model, login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_variables

from longwatch.web.demo import DEMO_USERS


@sensitive_variables()
def enter(request: HttpRequest) -> HttpResponse:
    """Shows who one can be; a POST makes one that person."""
    if not settings.DEMO:
        raise Http404
    if request.method == "POST":
        name = request.POST.get("as", "")
        if name in {user.name for user in DEMO_USERS}:
            user = get_user_model().objects.get(username=name)
            login(request, user, settings.AUTHENTICATION_BACKENDS[0])
            return redirect("home")
    return render(request, "web/enter.html", {"users": DEMO_USERS})
