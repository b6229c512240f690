"""What could not be filed: why, whose it may be, and what a person decides about it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from datetime import date
from typing import Any

from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _

from longwatch.core.catalogue import catalogue
from longwatch.core.errors import UsageError
from longwatch.core.held import HeldReason
from longwatch.exchange.heldbook import NOT_RETRIED
from longwatch.store.aliases import confirm_alias, teach_code, teach_unit, withdraw_alias
from longwatch.store.correcting import Correction
from longwatch.store.desk_candidates import candidates, fact_in, laboratory_and_code
from longwatch.store.held_desk import file_held, reject_held, reopen_held, retry_held
from longwatch.store.merging import merge, unmerge
from longwatch.store.models import HeldItem, Patient
from longwatch.store.waiting_list import shown, taught, waiting
from longwatch.web.clinic_work import alerts_follow, attempt, reception
from longwatch.web.clock import now

_DECIDED = 20


def desk(request: HttpRequest, refused: list[str] | None = None) -> HttpResponse:
    """Everything that waits, the oldest first; what was taught; who was joined."""
    wanted = request.GET.get("reason", "")
    rows = waiting(now())
    reasons = Counter(str(row["reason"]) for row in rows)
    keys = dict(HeldItem.objects.filter(resolved_at=None).values_list("key", "pk"))
    ended = HeldItem.objects.exclude(resolved_at=None).exclude(resolved_by=None)
    decided = list(ended.order_by("-resolved_at")[:_DECIDED])
    joined = Patient.objects.exclude(joined_into=None).select_related("joined_into")
    context = {
        "rows": [
            (row, keys.get(row["key"]), sentence(row["reason"]))
            for row in rows
            if wanted in ("", row["reason"])
        ],
        "reasons": [(name, sentence(name), count) for name, count in reasons.most_common()],
        "wanted": wanted,
        "all": len(rows),
        "taught": taught(),
        "joined": joined.order_by("reference"),
        "decided": [(one, sentence(one.reason)) for one in decided],
        "refused": refused,
        "typed": request.POST,
    }
    return render(request, "web/desk.html", context, status=422 if refused else 200)


def item(request: HttpRequest, held: int) -> HttpResponse:
    """One item whole; a POST files it, rejects it, or teaches what its sender means."""
    one = get_object_or_404(HeldItem, pk=held)
    refused: list[str] = []
    # What is searched for is a name or a number: it is sent as a form, and stands in no address.
    if request.method == "POST" and request.POST.get("step") != "search":
        steps: dict[str, tuple[str, Callable[..., object]]] = {
            "file": (_("Filed. Alerts follow at once."), _file),
            "reject": (_("Set aside with your reason; it is kept."), _reject),
            "reopen": (_("It waits again, as on the day it came."), _reopen),
            "teach": (_("Recorded. It counts when a second person has confirmed it."), _teach),
        }
        words, work = steps.get(request.POST.get("step", ""), ("", _no_step))
        refused = attempt(request, words, lambda: work(request, one))
        if not refused:
            return redirect("desk")
    row = shown(one.key, by=request.user.get_username(), now=now())
    laboratory, code, unit = laboratory_and_code(one)
    asked = request.POST.get("q", "").strip()
    context = {
        "one": one,
        "row": row,
        "why": sentence(row["reason"]),
        "files": bool(one.payload) and one.reason not in NOT_RETRIED,
        "fact": fact_in(one),
        "people": candidates(one, asked),
        "asked": asked,
        "laboratory": laboratory,
        "code": code,
        "unit": unit,
        "tests": sorted(catalogue().tests.values(), key=lambda test: test.name),
        "refused": refused,
        "typed": request.POST,
        "set_aside": one.resolution == HeldItem.Resolution.REJECTED,
    }
    return render(request, "web/desk_item.html", context, status=422 if refused else 200)


def step(request: HttpRequest) -> HttpResponse:
    """What concerns no single item: try all again, sign or withdraw, join or separate people."""
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    steps: dict[str, tuple[str, Callable[[HttpRequest], object]]] = {
        "retry": (_("Everything that waits was tried again."), _retry),
        "confirm": (_("Confirmed. What waited for it was tried again."), _confirm),
        "withdraw": (_("Withdrawn. Results filed by it stay and say so."), _withdraw),
        "merge": (_("They are read as one person now. It can be undone."), _merge),
        "unmerge": (_("They are two people again, as before."), _unmerge),
    }
    words, work = steps.get(request.POST.get("step", ""), ("", _no_step))
    refused = attempt(request, words, lambda: work(request))
    return desk(request, refused) if refused else redirect("desk")


def sentence(reason: str | None) -> str:
    """Why something is held, in words."""
    try:
        words = HeldReason(reason or "").sentence
    except ValueError:
        return reason or _("no reason was recorded")
    return words[0].upper() + words[1:]


def _who(request: HttpRequest) -> dict[str, Any]:
    return {"by": request.user.get_username(), "at": now()}


def _why(request: HttpRequest) -> str:
    return request.POST.get("reason", "")


def _file(request: HttpRequest, one: HeldItem) -> None:
    told = request.POST
    day = told.get("day", "").strip()
    try:
        read = date.fromisoformat(day) if day else None
    except ValueError:
        raise UsageError(_("The day of the specimen cannot be read; write 2026-11-22")) from None
    right = Correction(told.get("patient") or None, told.get("unit", "").strip() or None, read)
    file_held(
        one.key,
        **_who(request),
        reason=_why(request),
        reception=reception(),
        correction=right,
        and_then=alerts_follow(),
    )


def _reject(request: HttpRequest, one: HeldItem) -> None:
    reject_held(one.key, **_who(request), reason=_why(request), and_then=alerts_follow())


def _reopen(request: HttpRequest, one: HeldItem) -> None:
    reopen_held(one.key, **_who(request), reason=_why(request), and_then=alerts_follow())


def _teach(request: HttpRequest, one: HeldItem) -> None:
    laboratory, code, unit = laboratory_and_code(one)
    test, meaning = request.POST.get("test", ""), request.POST.get("meaning", "").strip()
    who = _who(request)
    if meaning:
        teach_unit(laboratory, test, unit, meaning, **who, reason=_why(request))
    else:
        teach_code(laboratory, code, test, **who, reason=_why(request))


def _no_step(*_of: object) -> None:
    raise UsageError(_("There is no such step"))


def _number(request: HttpRequest) -> int:
    told = request.POST.get("number", "")
    return int(told) if told.isascii() and told.isdigit() else 0


def _retry(request: HttpRequest) -> None:
    retry_held(**_who(request), reception=reception(), and_then=alerts_follow())


def _confirm(request: HttpRequest) -> None:
    and_then = alerts_follow()
    confirm_alias(_number(request), **_who(request), reception=reception(), and_then=and_then)


def _withdraw(request: HttpRequest) -> None:
    withdraw_alias(_number(request), **_who(request), reason=_why(request))


def _merge(request: HttpRequest) -> None:
    pair = (request.POST.get(name, "").strip() for name in ("patient", "into"))
    merge(*pair, **_who(request), reason=_why(request), and_then=alerts_follow())


def _unmerge(request: HttpRequest) -> None:
    patient = request.POST.get("patient", "")
    unmerge(patient, **_who(request), reason=_why(request), and_then=alerts_follow())
