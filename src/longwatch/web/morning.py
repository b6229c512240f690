"""The morning as the pages show it: the most urgent people of each place, with all one must know.

Nothing is judged here, and the number of queries does not grow with the number of people: what is
open stands in the table of alerts, where everybody stands in the table of standings.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from typing import Any

from django.db.models import F

from longwatch.alerts.inbox import InboxRules
from longwatch.alerts.listing import value_as_sent
from longwatch.core.status import TIERS
from longwatch.store.merging import with_those_under
from longwatch.store.models import (
    Alert,
    AlertState,
    Contact,
    Event,
    Patient,
    Standing,
    State,
)
from longwatch.watch.words import value_words
from longwatch.web.come_in import ComeIn, come_in
from longwatch.web.places import ACT, IN_HAND, Counted, count_with_first
from longwatch.web.trends import Trend, trends_of

_RANK = {tier.value: place for place, tier in enumerate(TIERS)}


@dataclass(slots=True)
class Open:
    """One alert with what was found, as it was when it was raised, and its newest step."""

    alert: Alert
    detail: Mapping[str, Any]
    newest: AlertState | None = None

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
        sent = f"; reported as {result.comparator}" if result.comparator else ""
        return value_words(result.test, result.value, result.unit, sent)

    @property
    def taken(self) -> date | None:
        """The day of the specimen: what is found may be of a later day, joined with a sign."""
        return self.alert.result.date if self.alert.result and self.value else None

    @property
    def in_hand(self) -> bool:
        """Whether somebody has said what was done, or put it off with a reason."""
        return self.alert.state in (State.ACTED, State.SNOOZED, State.CLOSABLE)

    @property
    def snoozed(self) -> bool:
        """Whether somebody has put it off."""
        return self.alert.state == State.SNOOZED

    @property
    def days(self) -> int | None:
        """Of an overdue item: days since its window closed, when it was raised."""
        return self.detail.get("days")

    @property
    def since(self) -> date | None:
        """Of an overdue item: the first day on which it was."""
        day = self.detail.get("since") if self.alert.kind == Alert.Kind.OVERDUE else None
        return date.fromisoformat(day) if day else None


@dataclass(slots=True)
class Line:
    """One person of the worklist with all that is open, most urgent first."""

    patient: Patient
    place: str
    alerts: list[Open] = field(default_factory=list)
    trend: Trend | None = None
    symptoms: list[Event] = field(default_factory=list)
    contact: Contact | None = None

    @property
    def first(self) -> Open:
        """What decides the place on the list."""
        return self.alerts[0]

    @property
    def first_or_none(self) -> Open | None:
        """The same; None where every alert was closed with a reason."""
        return self.alerts[0] if self.alerts else None

    @property
    def late(self) -> list[tuple[date, list[Open]]]:
        """What is late and in nobody's hand, by the day since which it is: the longest first."""
        return late_together(one for one in self.alerts if not one.in_hand)

    @property
    def besides(self) -> list[Open]:
        """What is open besides what `late` has."""
        return [one for one in self.alerts if one.since is None or one.in_hand]

    @property
    def snoozed(self) -> bool:
        """Whether what decides was put off."""
        return bool(self.alerts) and self.first.snoozed

    @property
    def month(self) -> int | None:
        """Month of the watch, counted from the last infusion; None before and after it."""
        standing = self.standing
        if standing is None or standing.last is None or standing.ends is None:
            return None
        month = _months(standing.last, standing.as_of)
        return month if month <= self.months else None

    @property
    def months(self) -> int:
        """How many months the watch lasts after the last infusion."""
        standing = self.standing
        assert standing is not None
        assert standing.last is not None
        assert standing.ends is not None
        return _months(standing.last, standing.ends)

    @property
    def standing(self) -> Standing | None:
        """Where the watch saw this person last."""
        return getattr(self.patient, "standing", None)


@dataclass(slots=True)
class Morning:
    """Everything that the worklist shows; `counted.counts` adds up to everybody."""

    counted: Counted
    lines: dict[str, list[Line]]
    others: list[Open]
    closed: list[Open]
    come: ComeIn
    leaving: Sequence[Standing]
    courses: Sequence[Standing]


def morning(rules: InboxRules, now: datetime, most: int = 12, fewer: int = 8) -> Morning:
    """What the worklist shows at a moment.

    Inputs:
        rules: spans of days that the clinic has set.
        now: with the clinic's time zone.
        most, fewer: so many people are shown who need somebody today or are in hand, and of each
            other place; the rest stands on pages of its own.
    """
    today = now.date()
    counted, first = count_with_first(most)
    first = {
        place: some if place in (ACT, IN_HAND) else some[:fewer] for place, some in first.items()
    }
    lines = lines_of(first, today, rules)
    come = come_in(now - timedelta(days=rules.sign_off_within_days))
    midnight = datetime.combine(today, datetime.min.time(), now.tzinfo)
    # Asked so that the database begins with the few of these days, and not with everybody.
    joined = Patient.objects.exclude(joined_into=None).values("pk")
    whose = Standing.objects.exclude(patient__in=joined).select_related("patient")
    return Morning(
        counted=counted,
        lines=lines,
        others=_with_steps(Alert.objects.exclude(state=State.CLOSED).filter(patient=None)),
        closed=closed_since(midnight, most),
        come=come,
        leaving=list(
            whose.filter(
                ends__gte=today, ends__lte=today + timedelta(days=rules.leaves_within_days)
            ).order_by("ends", "pk")[:most]
        ),
        courses=list(
            whose.filter(
                course_on__gte=today,
                course_on__lte=today + timedelta(days=rules.courses_within_days),
            ).order_by("course_on", "pk")[:most]
        ),
    )


def late_together(alerts: Iterable[Open]) -> list[tuple[date, list[Open]]]:
    """What is late, put together by the day since which it is, the longest first."""
    found: dict[date, list[Open]] = {}
    for one in alerts:
        if one.since is not None:
            found.setdefault(one.since, []).append(one)
    return sorted(found.items(), key=lambda some: some[0])


def lines_of(
    keys: Mapping[str, Sequence[int]], today: date, rules: InboxRules
) -> dict[str, list[Line]]:
    """The lines of these people, by place, in the order given."""
    everybody = [key for some in keys.values() for key in some]
    whose = with_those_under(everybody).select_related("standing")
    people = {one.pk: one for one in whose}
    opened = Alert.objects.exclude(state=State.CLOSED).filter(patient__in=list(people))
    by_patient: dict[int, list[Open]] = {}
    for one in _with_steps(opened):
        assert one.alert.patient_id is not None
        person = people[one.alert.patient_id]
        by_patient.setdefault(person.joined_into_id or person.pk, []).append(one)
    lines: dict[str, list[Line]] = {}
    for place, some in keys.items():
        lines[place] = []
        for key in some:
            alerts = sorted(by_patient.get(key, ()), key=urgency)
            lines[place].append(Line(people[key], place, alerts))
    _add_what_else(lines, today, rules)
    return lines


def closed_since(moment: datetime, most: int) -> list[Open]:
    """Alerts that a person closed since then, newest first: a slip can be taken back."""
    steps = AlertState.objects.filter(state=State.CLOSED, at__gte=moment, actor__isnull=False)
    steps = steps.select_related("alert__patient", "alert__result", "actor").order_by("-at")[:most]
    return [
        Open(step.alert, json.loads(step.alert.detail), step)
        for step in steps
        if step.alert.step == step.number
    ]


def _with_steps(alerts: Any) -> list[Open]:
    """Alerts with the newest step of each, in two queries."""
    rows = alerts.select_related("result").order_by("raised_at", "id")
    return list(with_newest_steps(rows).values())


def with_newest_steps(alerts: Iterable[Alert]) -> dict[int, Open]:
    """These alerts by key, each with its newest step, in the same order."""
    opened = {alert.pk: Open(alert, json.loads(alert.detail)) for alert in alerts}
    steps = AlertState.objects.filter(alert__in=list(opened), number=F("alert__step"))
    for step in steps.select_related("actor"):
        opened[step.alert_id].newest = step
    return opened


def _months(begin: date, day: date) -> int:
    return (day.year - begin.year) * 12 + day.month - begin.month


def urgency(one: Open) -> tuple[Any, ...]:
    """The order of a person's alerts: what waits first, then by tier and by how long."""
    alert = one.alert
    calm = alert.state != State.NOBODY_ANSWERED
    kind = alert.kind == Alert.Kind.OVERDUE
    return (one.in_hand, alert.historic, calm, _RANK[alert.tier], kind, alert.raised_at, alert.pk)


def _add_what_else(lines: Mapping[str, Sequence[Line]], today: date, rules: InboxRules) -> None:
    """Earlier results, reported symptoms and the newest contact: one query each."""
    shown = {line.patient.pk: line for some in lines.values() for line in some}
    with_result = [
        line
        for place, some in lines.items()
        for line in some
        if place != IN_HAND and line.alerts and line.first.alert.result is not None
    ]
    found = trends_of(
        [
            (line.patient, line.first.alert.result.test)
            for line in with_result
            if line.first.alert.result is not None
        ]
    )
    for line in with_result:
        result = line.first.alert.result
        assert result is not None
        line.trend = found.get((line.patient.pk, result.test))
    since = today - timedelta(days=rules.symptoms_within_days)
    events = Event.objects.filter(
        patient__in=list(shown), kind="symptom", date__gte=since, date__lte=today,
        gone=False, superseded_by=None,
    )  # fmt: skip
    for event in events.order_by("-date", "-id"):
        shown[event.patient_id].symptoms.append(event)
    for contact in newest_contacts(list(shown)).values():
        shown[contact.patient_id].contact = contact


def newest_contacts(people: Sequence[int]) -> dict[int, Contact]:
    """The newest attempt to reach each of these people."""
    rows = Contact.objects.filter(patient__in=people).select_related("actor").order_by("at", "pk")
    return {row.patient_id: row for row in rows}
