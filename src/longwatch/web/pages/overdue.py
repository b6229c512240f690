"""Everybody with something overdue, the greatest risk first, with every attempt to reach them."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from itertools import groupby

from django.db.models import Case, IntegerField, Value, When
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render

from longwatch.core.status import TIERS
from longwatch.store.merging import with_those_under
from longwatch.store.models import Alert, AlertState, Contact, FollowUp, Standing, State
from longwatch.web.clock import today
from longwatch.web.morning import Open, late_together
from longwatch.web.pages.contacts import contact_words
from longwatch.web.paging import page_of

_AT_ONCE = 30
_CONTACTS_SHOWN = 12
_RISK = Case(
    *(When(tier=tier.value, then=Value(rank)) for rank, tier in enumerate(TIERS)),
    default=Value(len(TIERS)),
    output_field=IntegerField(),
)


@dataclass(slots=True)
class Missing:
    """One person with what is overdue, how they were tried, and what was decided."""

    standing: Standing
    alerts: list[Open] = field(default_factory=list)
    contacts: list[Contact] = field(default_factory=list)
    decided: FollowUp | None = None

    @property
    def late(self) -> list[tuple[date, list[Open]]]:
        """What nobody has touched yet, by the day since which it is late: the longest first."""
        return late_together(one for one in self.alerts if one.alert.state == State.RAISED)

    @property
    def touched(self) -> list[Open]:
        """What somebody has seen, acted on, put off or closed."""
        return [one for one in self.alerts if one.since is None or one.alert.state != State.RAISED]

    @property
    def first(self) -> Open | None:
        """The open alert that has waited longest; None where all were closed with a reason."""
        return next((one for one in self.alerts if one.alert.state != State.CLOSED), None)


def overdue(request: HttpRequest) -> HttpResponse:
    """Grouped by risk, then by days; whoever was put off or closed with a reason stays visible."""
    late = Standing.objects.filter(overdue__gt=0, patient__joined_into=None)
    tier = request.GET.get("tier", "")
    if tier in {one.value for one in TIERS}:
        late = late.filter(tier=tier)
    begin, number = page_of(request, _AT_ONCE)
    day, count = today(), late.count()
    rows = late.select_related("patient").order_by(_RISK, "-days_overdue", "patient_id")
    people = _people(list(rows[begin : begin + _AT_ONCE]))
    context = {
        "groups": [
            (name, list(some)) for name, some in groupby(people, key=lambda one: one.standing.tier)
        ],
        "count": count,
        "tier": tier,
        "tiers": [one.value for one in TIERS],
        "page": number,
        "more": begin + _AT_ONCE < count,
        "today": day,
        "stale": any(one.standing.as_of != day for one in people),
        "contact_words": contact_words(),
    }
    return render(request, "web/overdue.html", context)


def _people(rows: Sequence[Standing]) -> list[Missing]:
    """The same people with alerts, contacts and decisions: one query each."""
    found = {row.patient_id: Missing(row) for row in rows}
    alerts = (
        Alert.objects.filter(
            patient__in=with_those_under(found).values("pk"), kind=Alert.Kind.OVERDUE
        )
        .select_related("patient", "result", "role")
        .order_by("raised_at", "id")
    )
    newest: dict[tuple[int, str], Open] = {}
    for alert in alerts:
        assert alert.patient is not None
        whose = alert.patient.joined_into_id or alert.patient.pk
        newest[whose, alert.rule] = Open(alert, json.loads(alert.detail))
    shown = {one.alert.pk: one for one in newest.values()}
    steps = AlertState.objects.filter(alert__in=list(shown)).select_related("actor")
    for step in steps.order_by("number"):
        shown[step.alert_id].newest = step
    for (whose, _rule), one in newest.items():
        by_person = one.newest is not None and one.newest.actor_id is not None
        if one.alert.state != State.CLOSED or by_person:
            found[whose].alerts.append(one)
    contacts = Contact.objects.filter(patient__in=list(found)).select_related("actor")
    for contact in contacts.order_by("-at", "-pk"):
        tried = found[contact.patient_id].contacts
        if len(tried) < _CONTACTS_SHOWN:
            tried.append(contact)
    for row in FollowUp.objects.filter(patient__in=list(found)).order_by("pk"):
        found[row.patient_id].decided = None if row.state == FollowUp.State.BACK else row
    return list(found.values())
