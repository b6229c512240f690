"""The morning as the pages show it: everybody's open alerts, and counts that add up.

What is open stands in the table of alerts, so the list needs no watch to be run: the worker and
every message keep it up to date.
"""

from __future__ import annotations

import json
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from longwatch.alerts.listing import value_as_sent
from longwatch.core.status import TIERS
from longwatch.store.models import Alert, Patient, Result, State
from longwatch.watch.words import value_words

ACT, SOON, OVERDUE, IN_HAND, QUIET = "act", "soon", "overdue", "in-hand", "quiet"
"""Where a person stands; everybody stands in exactly one."""

_AT_ONCE = frozenset({TIERS[0].value, TIERS[1].value})
_RANK = {tier.value: place for place, tier in enumerate(TIERS)}
_TREND = timedelta(days=400)
"""How far back the small picture beside a line looks."""


@dataclass(frozen=True, slots=True)
class Open:
    """One open alert with what was found, as it was when it was raised."""

    alert: Alert
    detail: Mapping[str, Any]

    @property
    def title(self) -> str:
        """The rule or the activity in words."""
        return str(self.detail.get("title", self.alert.rule))

    @property
    def value(self) -> str:
        """The result in words; empty for what is no result."""
        result = self.alert.result
        if result is None or result.value is None:
            return "" if result is None else value_as_sent(result)
        return value_words(result.test, result.value, result.unit)

    @property
    def in_hand(self) -> bool:
        """Whether somebody has said what was done, or put it off with a reason."""
        return self.alert.state in (State.ACTED, State.SNOOZED, State.CLOSABLE)

    @property
    def days(self) -> int | None:
        """Of an overdue item: days since its window closed, when it was raised."""
        return self.detail.get("days")


@dataclass(slots=True)
class Line:
    """One person of the worklist with all that is open, most urgent first."""

    patient: Patient
    where: str
    alerts: list[Open] = field(default_factory=list)
    trend: Sequence[tuple[date, float]] = ()

    @property
    def first(self) -> Open:
        """What decides the place on the list."""
        return self.alerts[0]


@dataclass(slots=True)
class Morning:
    """The lines by where they stand; `counts` adds up to `everybody`."""

    lines: dict[str, list[Line]]
    counts: Counter[str]
    everybody: int
    others: list[Open]
    newest: datetime | None


def morning(trends: int = 20) -> Morning:
    """Everybody's open alerts.

    Inputs:
        trends: for so many lines of the most urgent the earlier results are read, too.
    """
    opened = [
        Open(alert, json.loads(alert.detail))
        for alert in Alert.objects.exclude(state=State.CLOSED)
        .select_related("patient", "result", "role")
        .order_by("raised_at", "id")
    ]
    by_patient: dict[int, list[Open]] = defaultdict(list)
    for one in opened:
        if one.alert.patient_id is not None:
            by_patient[one.alert.patient_id].append(one)
    lines: dict[str, list[Line]] = {where: [] for where in (ACT, SOON, OVERDUE, IN_HAND)}
    for alerts in by_patient.values():
        alerts.sort(key=_urgency)
        person = alerts[0].alert.patient
        assert person is not None
        lines[_where(alerts)].append(Line(person, _where(alerts), alerts))
    for some in lines.values():
        some.sort(key=lambda line: (_urgency(line.first), line.patient.reference))
    _add_trends([line for where in (ACT, SOON) for line in lines[where]][:trends])
    everybody = Patient.objects.filter(joined_into=None).count()
    counts = Counter({where: len(some) for where, some in lines.items()})
    counts[QUIET] = everybody - sum(counts.values())
    newest = Result.objects.order_by("-filed_at").values_list("filed_at", flat=True).first()
    others = [one for one in opened if one.alert.patient_id is None]
    return Morning(lines, counts, everybody, others, newest)


def _where(alerts: Sequence[Open]) -> str:
    waiting = [one for one in alerts if not one.in_hand and not one.alert.historic]
    if any(one.alert.tier in _AT_ONCE and one.alert.kind != Alert.Kind.OVERDUE for one in waiting):
        return ACT
    if any(one.alert.kind == Alert.Kind.OVERDUE for one in waiting):
        return OVERDUE
    return SOON if waiting else IN_HAND


def _urgency(one: Open) -> tuple[Any, ...]:
    alert = one.alert
    calm = alert.state != State.NOBODY_ANSWERED
    kind = alert.kind == Alert.Kind.OVERDUE
    return (one.in_hand, alert.historic, calm, _RANK[alert.tier], kind, alert.raised_at, alert.pk)


def _add_trends(lines: Sequence[Line]) -> None:
    """The earlier values of the test that decides each line, in one query."""
    wanted = {
        (line.patient.pk, line.first.alert.result.test): line
        for line in lines
        if line.first.alert.result is not None
    }
    found: dict[tuple[int, str], list[tuple[date, float]]] = defaultdict(list)
    rows = Result.objects.filter(
        patient_id__in={patient for patient, _ in wanted},
        test__in={test for _, test in wanted},
        gone=False,
        superseded_by=None,
    ).order_by("date", "id")
    for patient, test, day, value in rows.values_list("patient_id", "test", "date", "value"):
        if value is not None:
            found[patient, test].append((day, value))
    for key, line in wanted.items():
        points = found[key]
        since = points[-1][0] - _TREND if points else None
        line.trend = [point for point in points if since is not None and point[0] >= since]
