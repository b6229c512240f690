"""What was typed when a session had ended: shown to its writer, to be sent now or thrown away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.store.models import Draft
from longwatch.web.clock import now
from longwatch.web.drafts import fields_of


def draft(request: HttpRequest, draft: int) -> HttpResponse:
    """The form once more, as it was; a POST throws it away. Of somebody else it is not there."""
    assert request.user.pk is not None
    mine = Draft.objects.filter(user_id=request.user.pk, expires_at__gt=now())
    one = get_object_or_404(mine, pk=draft)
    if request.method == "POST":
        one.delete()
        messages.success(request, _("Thrown away."))
        return redirect("home")
    fields = fields_of(one)
    context = {"draft": one, "fields": _shown(fields or {}), "lost": fields is None}
    return render(request, "web/draft.html", context)


def _shown(fields: object) -> list[tuple[str, str, str, bool]]:
    """Name, words for it, value, and whether a person typed it: then it can be changed here."""
    assert isinstance(fields, dict)
    rows = []
    for name, values in fields.items():
        for value in values:
            typed = len(values) == 1 and (" " in value or len(value) > _LONGEST_KEY)
            rows.append((name, name.replace("_", " ").capitalize(), value, typed))
    return rows


_LONGEST_KEY = 24
"""What is longer, or holds a blank, was typed and not chosen from a list."""
