"""What people treated wrote, for the clinic: diaries to read, questions to answer."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.store.diary import mark_seen, step_of_question
from longwatch.store.models import DiaryEntry, Patient, Question, QuestionStep
from longwatch.web.clock import now, today
from longwatch.web.dossier import Dossier
from longwatch.web.pages.my_diary import entries
from longwatch.web.told import Told

_SHOWN = 200


def from_people(request: HttpRequest) -> HttpResponse:
    """Who wrote something that nobody has read, or asked something that nobody has answered."""
    unread = DiaryEntry.objects.filter(seen=None, superseded_by=None).select_related("patient")
    asked = Question.objects.filter(steps=None).select_related("patient")
    context = {
        "unread": unread.order_by("at")[:_SHOWN],
        "asked": asked.order_by("at")[:_SHOWN],
        "all_unread": unread.count(),
        "all_asked": asked.count(),
    }
    return render(request, "web/own/from_people.html", context)


def one(request: HttpRequest, patient: int) -> HttpResponse:
    """Diary and questions of one person."""
    dossier = Dossier(get_object_or_404(Patient, pk=patient), today())
    asked = dossier.person.questions.prefetch_related("steps__actor").select_related("author")
    context = {
        "dossier": dossier,
        "person": dossier.person,
        "entries": entries(Told(dossier.pack), dossier.person),
        "questions": asked.order_by("-at", "-pk"),
        "clinic_side": True,
    }
    return render(request, "web/own/of_person.html", context)


def step(request: HttpRequest, patient: int) -> HttpResponse:
    """An entry read, or a question answered."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    if request.POST.get("seen", "").isdigit():
        entry = get_object_or_404(DiaryEntry, pk=int(request.POST["seen"]), patient_id=patient)
        mark_seen(entry, actor=request.user, at=now())  # type: ignore[arg-type]
        messages.success(request, _("Recorded."))
    elif request.POST.get("question", "").isdigit():
        question = get_object_or_404(Question, pk=int(request.POST["question"]), patient_id=patient)
        text = request.POST.get("text", "").replace("\x00", "").strip()
        if text:
            step_of_question(
                question,
                QuestionStep.Kind.ANSWER,
                text,
                actor=request.user,  # type: ignore[arg-type]
                at=now(),
            )
            messages.success(request, _("The answer stands on the person's page."))
        else:
            messages.error(request, _("Write the answer first."))
    return redirect("patient-diary", patient)
