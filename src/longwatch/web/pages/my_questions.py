"""Questions before the next visit: written, kept, printed; the clinic may answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.store.diary import ask_question, step_of_question
from longwatch.store.models import Patient, QuestionStep
from longwatch.web.clock import now

_LONGEST = 2000
_WRONG = 422


def questions(request: HttpRequest, patient: int) -> HttpResponse:
    """The list and a field for a new one; a POST writes one, or settles one."""
    person = get_object_or_404(Patient, pk=patient)
    text, error = "", ""
    if request.method == "POST" and request.POST.get("settle", "").isdigit():
        found = get_object_or_404(person.questions, pk=int(request.POST["settle"]))
        if not found.steps.filter(kind=QuestionStep.Kind.SETTLED).exists():
            step_of_question(
                found,
                QuestionStep.Kind.SETTLED,
                "",
                actor=request.user,  # type: ignore[arg-type]
                at=now(),
            )
        messages.success(request, _("Moved to the settled questions."))
        return redirect("my-questions", patient)
    if request.method == "POST":
        text = request.POST.get("text", "").replace("\x00", "").strip()
        if not text:
            error = _("Write your question first.")
        elif len(text) > _LONGEST:
            error = _("The text is too long. Use at most 2,000 letters.")
        else:
            ask_question(person, text, author=request.user, at=now())  # type: ignore[arg-type]
            messages.success(request, _("Saved. Your clinic can see it."))
            return redirect("my-questions", patient)
    asked = list(person.questions.prefetch_related("steps__actor").order_by("-at", "-pk"))
    settled = {
        one.pk
        for one in asked
        if any(step.kind == QuestionStep.Kind.SETTLED for step in one.steps.all())
    }
    context = {
        "person": person,
        "open": [one for one in asked if one.pk not in settled],
        "settled": [one for one in asked if one.pk in settled],
        "text": text,
        "error": error,
    }
    return render(request, "web/own/questions.html", context, status=_WRONG if error else None)
