"""What pages need to change the clinic's store as its commands do: reception, alerts, refusals."""

from __future__ import annotations

from collections.abc import Callable

from django.contrib import messages
from django.http import HttpRequest

from longwatch.alerts.clinic import read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.core.errors import LongwatchError
from longwatch.store.arrivals import Reception
from longwatch.store.arrived import Then
from longwatch.web.clock import clinic_zone, now


def reception() -> Reception:
    """How this clinic takes what arrives."""
    return Reception(clinic_zone())


def alerts_follow() -> Then:
    """The alerts of everybody touched, in the transaction of the change."""
    return hook(read_clinic(clinic_zone()), now, engine="python")


def refusals(error: LongwatchError) -> list[str]:
    """What was wrong and how to mend it, a sentence for each problem."""
    told = []
    for problem in error.problems:
        parts = (problem.what, problem.why, problem.how)
        place = f"{problem.where}: " if ".yaml" in problem.where else ""
        told.append(place + ". ".join(part[0].upper() + part[1:] for part in parts if part) + ".")
    return told


def attempt(request: HttpRequest, words: str, work: Callable[[], object]) -> list[str]:
    """Does something and says so; else what was wrong, and nothing was changed.

    Inputs:
        words: what to say when it is done.

    Returns:
        Sentences for the error summary; empty when it is done.
    """
    try:
        work()
    except LongwatchError as error:
        return refusals(error)
    messages.success(request, words)
    return []
