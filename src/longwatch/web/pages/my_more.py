"""Everything else of mine: the way to it, and how I want to read."""

from __future__ import annotations

from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import translation
from django.utils.translation import gettext as _

from longwatch.store.models import Patient, Wishes


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
        "languages": settings.LANGUAGES,
        "language": translation.get_language(),
    }
    return render(request, "web/own/more.html", context)
