"""This protocol on virtual patients: what a clinic would have to do."""

from __future__ import annotations

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from longwatch.core.errors import Problem, UsageError
from longwatch.core.status import TIERS
from longwatch.protocols.load import packs
from longwatch.web.clinic_work import attempt
from longwatch.web.simulating import MOST_MONTHS, MOST_PATIENTS, begin, installed, newest

_USUAL = {"patients": "50", "months": "48", "seed": "1"}


def simulator(request: HttpRequest) -> HttpResponse:
    """A form, how far the run is, and what came out of the last one."""
    refused: list[str] = []
    if request.method == "POST":
        refused = attempt(request, _("It runs. Look again in a minute."), lambda: _begin(request))
        if not refused:
            return redirect("simulator")
    run = newest()
    context = {
        "installed": installed(),
        "packs": packs(),
        "run": run,
        "rows": [
            (
                tier.value,
                run.tiers.get(tier.value, 0),
                run.tiers.get(tier.value, 0) / run.years,
                run.load.get(tier.value, 0),
            )
            for tier in TIERS
        ]
        if run and run.state == "done"
        else [],
        "most": {"patients": MOST_PATIENTS, "months": MOST_MONTHS},
        "typed": request.POST or _USUAL,
        "refused": refused,
    }
    return render(request, "web/simulator.html", context, status=422 if refused else 200)


def _begin(request: HttpRequest) -> None:
    told = request.POST
    protocol = told.get("protocol", "")
    if protocol not in packs():
        raise UsageError(Problem(_("There is no such protocol"), how=_("choose one of the list")))
    try:
        numbers = [int(told.get(name, "")) for name in _USUAL]
    except ValueError:
        what, how = _("A number is missing"), _("write whole numbers")
        raise UsageError(Problem(what, how=how)) from None
    begin(protocol, *numbers)
