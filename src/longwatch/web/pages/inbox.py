"""Results newly arrived: usual ones signed off in one step, all others one at a time."""

from __future__ import annotations

from datetime import timedelta

from django.contrib import messages
from django.db.models import Count, Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from longwatch.alerts.inbox import inbox_rules, sign_off
from longwatch.core.errors import Problem, UsageError
from longwatch.store.models import InboxItem, SignOff
from longwatch.web.clock import now
from longwatch.web.paging import page_of
from longwatch.web.unsigned import lines_of_results, unsigned_of, waiting_people

_AT_ONCE = 12
_SIGNED_SHOWN = 20


def inbox(request: HttpRequest, problem: Problem | None = None) -> HttpResponse:
    """People of whom results wait, with counters; what was signed today below."""
    moment, rules = now(), inbox_rules()
    late = moment - timedelta(days=rules.sign_off_within_days)
    only = request.GET.get("patient", "")
    whose = int(only) if only.isdigit() else None
    counts = InboxItem.objects.aggregate(
        all=Count("id"),
        people=Count("patient", distinct=True),
        late=Count("id", filter=Q(arrived_at__lt=late)),
    )
    begin, number = page_of(request, _AT_ONCE)
    keys = waiting_people(begin, _AT_ONCE, whose)
    midnight = moment.replace(hour=0, minute=0, second=0, microsecond=0)
    people = unsigned_of(keys, moment, rules.sign_off_within_days)
    usual = [
        line for person in people for arrival in person.arrivals for line in arrival.lines
        if line.usual
    ]  # fmt: skip
    context = {
        "counts": counts,
        "days": rules.sign_off_within_days,
        "people": people,
        "usual": usual,
        "whose": whose,
        "page": number,
        "more": whose is None and begin + _AT_ONCE < counts["people"],
        "signed": SignOff.objects.filter(at__gte=midnight)
        .select_related("result__patient", "actor")
        .order_by("-at", "-pk")[:_SIGNED_SHOWN],
        "problem": problem,
        "given": request.POST if problem else {},
    }
    return render(request, "web/inbox.html", context, status=422 if problem else 200)


def sign(request: HttpRequest) -> HttpResponse:
    """Signs results off: those shown as usual together, or one with what was done."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    moment, rules = now(), inbox_rules()
    asked = {int(key) for key in request.POST.getlist("result") if key.isdigit()}
    together = "usual" in request.POST
    try:
        if not asked:
            raise UsageError(Problem(_("no result was chosen"), how=_("choose one")))
        waiting = lines_of_results(asked, moment, rules.sign_off_within_days)
        if together and not all(line.usual for line in waiting):
            how = _("sign the others one at a time, with what was done")
            raise UsageError(Problem(_("not all of these are usual any more"), how=how))
        signed = sign_off(
            asked,
            by=request.user.get_username(),
            at=moment,
            words=request.POST.get("words", ""),
            with_others=together,
        )
    except UsageError as error:
        return inbox(request, error.problems[0])
    words = ngettext("%(n)s result signed off.", "%(n)s results signed off.", signed) % {
        "n": signed
    }
    if signed < len(asked):
        words += " " + _("Somebody else had signed the rest.")
    messages.success(request, words)
    whose = request.POST.get("whose", "")
    address = reverse("inbox")
    return redirect(f"{address}?patient={whose}" if whose.isdigit() else address)
