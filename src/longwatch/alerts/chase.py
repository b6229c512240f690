"""Draws without a result, preliminary values without a final one, repeats that were promised.

A draw is known by an event of kind `procedure` and a code below, or by a preliminary result. Any
final result of the same day answers a draw; one of the same test and day makes a value final.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db import transaction
from django.db.models import Exists, F, OuterRef, Q, QuerySet

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import lived
from longwatch.alerts.steps import New, Step, raise_alert, take_step
from longwatch.store.models import Alert, Event, Result, State

DRAWS = ("blood-draw", "urine-sample")
"""Codes of the procedures after which a result is waited for."""

DRAWN, PRELIMINARY, PROMISED = "PEND", "PRELIM", "FOLLOW-UP"
_KINDS = (Alert.Kind.CHASE, Alert.Kind.FOLLOW_UP)


@dataclass(frozen=True, slots=True)
class _Missing:
    """A result that should have come: whose, of which day, of which test where it is known."""

    patient: int
    reference: str
    rule: str
    day: date
    test: str | None = None
    result: int | None = None
    says: dict[str, Any] = field(default_factory=dict)

    @property
    def episode(self) -> str:
        return f"{self.day} {self.test}" if self.test else f"{self.day}"


def chase(now: datetime, clinic: Clinic) -> list[int]:
    """Raises an alert for each result that should have come, and closes those that came.

    Inputs:
        now: with a time zone.
        clinic: hours, holidays, and the waits (rules PEND and PRELIM of the protocol).

    Returns:
        Keys of the alerts that were raised.
    """
    for alert in Alert.objects.filter(kind__in=_KINDS).exclude(state=State.CLOSED):
        _close_if_come(alert, now, clinic)
    raised = []
    for missing in (*_drawn(now, clinic), *_preliminary(now, clinic)):
        like = Alert.objects.filter(
            subject=missing.reference, kind=Alert.Kind.CHASE, rule=missing.rule
        )
        # One at a time for each person and rule; the next comes to light when it is closed.
        if like.filter(Q(episode=missing.episode) | ~Q(state=State.CLOSED)).exists():
            continue
        raised.append(_raise(missing, now, clinic))
    return raised


def _raise(missing: _Missing, now: datetime, clinic: Clinic) -> int:
    told = clinic.operation(missing.rule)
    new = New(
        subject=missing.reference,
        kind=Alert.Kind.CHASE.value,
        rule=missing.rule,
        episode=missing.episode,
        tier=told.tier or "week",
        detail={
            "title": told.title,
            "action": " ".join(told.steps),
            "day": f"{missing.day}",
            "test": missing.test,
        },
        patient=missing.patient,
        result=missing.result,
    )
    return raise_alert(clinic, new, now).pk


def _final() -> QuerySet[Result]:
    final = Q(status=None) | Q(status__in=("final", "corrected"))
    return Result.objects.filter(final, gone=False, superseded_by=None)


def _wait(clinic: Clinic, rule: str) -> tuple[int, str]:
    """Number and unit of the wait of a rule: `(3, "working-d")`."""
    number, unit = clinic.operation(rule).after[0].split()
    return int(number), unit


def _oldest(now: datetime, clinic: Clinic) -> date:
    """What is older is chased no more: it was entered long after the fact."""
    return clinic.today(now) - timedelta(days=clinic.response(None).historic_after.value)


def _drawn(now: datetime, clinic: Clinic) -> Iterator[_Missing]:
    days, _ = _wait(clinic, DRAWN)
    today = clinic.today(now)
    answer = _final().filter(patient_id=OuterRef("patient_id"), date=OuterRef("date"))
    draws = Event.objects.filter(
        ~Exists(answer), kind="procedure", code__in=DRAWS, gone=False, superseded_by=None,
        date__gte=_oldest(now, clinic), date__lt=today,
    )  # fmt: skip
    rows = draws.values_list("patient_id", "patient__reference", "date").distinct().order_by("date")
    for patient, reference, day in rows:
        if clinic.hours.working_days_after(day, days) < today:
            yield _Missing(patient, reference, DRAWN, day)


def _preliminary(now: datetime, clinic: Clinic) -> Iterator[_Missing]:
    hours, _ = _wait(clinic, PRELIMINARY)
    answer = _final().filter(
        patient_id=OuterRef("patient_id"), date=OuterRef("date"), test=OuterRef("test")
    )
    waiting = Result.objects.filter(
        ~Exists(answer), status="preliminary", gone=False, superseded_by=None,
        filed_at__lte=now - timedelta(hours=hours), date__gte=_oldest(now, clinic),
    ).annotate(reference=F("patient__reference"))  # fmt: skip
    for row in waiting.order_by("date", "id"):
        yield _Missing(row.patient_id, row.reference, PRELIMINARY, row.date, row.test, row.pk)


def _close_if_come(alert: Alert, now: datetime, clinic: Clinic) -> None:
    detail = json.loads(alert.detail)
    assert alert.patient_id is not None
    come = _final().filter(patient_id=alert.patient_id)
    if alert.rule == PROMISED:
        if detail.get("test") is None:
            return
        come = come.filter(test=detail["test"], date__gt=date.fromisoformat(detail["since"]))
    else:
        come = come.filter(date=date.fromisoformat(detail["day"]))
        if detail.get("test"):
            come = come.filter(test=detail["test"])
    result = come.order_by("-date", "-id").values_list("id", flat=True).first()
    if result is None:
        return
    life = lived(alert.states.order_by("number").values_list("state", flat=True))
    with transaction.atomic():
        if take_step(clinic, alert, life, State.CLOSABLE, now, Step(result=result)):
            after = life.then(State.CLOSABLE)
            take_step(clinic, alert, after, State.CLOSED, now, Step(result=result))
