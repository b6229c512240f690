"""Everything else of mine: the way to it, and how I want to read."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import translation
from django.utils.translation import gettext as _
from django.utils.translation import gettext_noop as noop

from longwatch.store.models import Patient, Wishes
from longwatch.web.access import Viewer, may
from longwatch.web.context import Way

_FURTHER = (
    ("my-calendar", noop("My dates in my calendar")),
    ("my-calendar-file", noop("My dates as a file for my calendar")),
    ("my-card", noop("My card for emergencies")),
    ("my-skin", noop("Look at my skin")),
    ("my-relapse", noop("A new or worse MS symptom")),
    ("my-felt", noop("What others felt")),
    ("my-people", noop("Who sees my pages")),
    ("my-file", noop("Everything about me as one file")),
)


def _further(request: HttpRequest, person: Patient) -> list[Way]:
    """Where this viewer may go; the file of dates only where the page with both ways is closed."""
    viewer: Viewer = request.viewer  # type: ignore[attr-defined]
    opened = [one for one in _FURTHER if may(viewer, one[0], person.pk)]
    if "my-calendar" in dict(opened):
        opened = [one for one in opened if one[0] != "my-calendar-file"]
    return [Way(_(words), reverse(name, args=[person.pk]), False) for name, words in opened]


def more(request: HttpRequest, patient: int) -> HttpResponse:
    """The list of further pages; a POST changes language and size of letters."""
    person = get_object_or_404(Patient, pk=patient)
    if request.method == "POST":
        language = request.POST.get("language", "")
        if language not in dict(settings.LANGUAGES):
            language = settings.LANGUAGE_CODE
        Wishes.objects.update_or_create(
            pk=request.user.pk,
            defaults={"language": language, "large": request.POST.get("large") == "yes"},
        )
        with translation.override(language):
            messages.success(request, _("Saved."))
        return redirect("my-more", patient)
    context = {
        "person": person,
        "further": _further(request, person),
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
    }
    return render(request, "web/own/more.html", context)
