"""DetectedIssue: what the watch found and what is overdue, as it stands in the clinic's alerts."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from itertools import groupby

from django.db.models import Q, QuerySet

from longwatch.core.status import Tier
from longwatch.exchange.fhir.elements import Json
from longwatch.store.models import Alert, AlertState, State
from longwatch.web.fhir.asking import Parameter, token
from longwatch.web.fhir.by_patient import code_is, of_every_row, of_patient
from longwatch.web.fhir.moments import on_moments
from longwatch.web.fhir.rows import concept, stamped, subject, whose
from longwatch.web.fhir.source import Table

RULE, STATE, TIER = "urn:longwatch:rule", "urn:longwatch:state", "urn:longwatch:tier"
_SEVERITY = {
    Tier.EMERGENCY.value: "high",
    Tier.SAME_DAY.value: "high",
    Tier.HOURS_48.value: "moderate",
    Tier.WEEK.value: "moderate",
    Tier.ROUTINE.value: "low",
}


def _rows() -> QuerySet[Alert]:
    kinds = (Alert.Kind.FINDING, Alert.Kind.OVERDUE)
    rows = Alert.objects.filter(kind__in=kinds, patient__isnull=False)
    return rows.select_related("patient__joined_into")


def _write(alerts: Sequence[Alert]) -> Iterable[tuple[Json, str]]:
    steps = AlertState.objects.filter(alert__in=alerts).order_by("alert_id", "number")
    lives = {key: list(some) for key, some in groupby(steps, key=lambda step: step.alert_id)}
    for alert in alerts:
        assert alert.patient is not None
        life = lives.get(alert.pk, [])
        at = life[-1].at if life else alert.raised_at
        yield stamped(_issue(alert, life), at), alert.patient.reference


def _issue(alert: Alert, life: Sequence[AlertState]) -> Json:
    assert alert.patient is not None
    told = json.loads(alert.detail)
    open_still = alert.state != State.CLOSED
    body: Json = {
        "resourceType": "DetectedIssue",
        "id": str(alert.pk),
        "extension": [
            {"url": STATE, "valueCode": alert.state},
            {"url": TIER, "valueCode": alert.tier},
        ],
        "status": "preliminary" if _is_doubtful(told) else "final",
        "code": concept(RULE, alert.rule, told.get("title", alert.rule)),
        "severity": _SEVERITY[alert.tier],
        "patient": subject(whose(alert.patient)),
        "identifiedDateTime": alert.raised_at.isoformat(timespec="seconds"),
        "detail": " ".join(part for part in _sentences(told, open_still=open_still) if part),
        "author": {"display": f"Longwatch, protocol {alert.protocol} {alert.version}"},
    }
    if alert.result_id is not None:
        body["evidence"] = [{"detail": [{"reference": f"Observation/{alert.result_id}"}]}]
    done = [step for step in life if step.state == State.ACTED and step.note]
    if done:
        body["mitigation"] = [
            {"action": {"text": step.note}, "date": step.at.isoformat(timespec="seconds")}
            for step in done
        ]
    return body


def _is_doubtful(told: Json) -> bool:
    found = told.get("finding") or {}
    return bool(found.get("undecided") or found.get("preliminary"))


def _sentences(told: Json, *, open_still: bool) -> Iterable[str]:
    yield "" if open_still else "Closed."
    yield f"{told['action']}" if told.get("action") else ""
    if told.get("suspects"):
        yield f"To think of: {', '.join(told['suspects'])}."
    yield f"Source: {told['source']}." if told.get("source") else ""


def _by_status(said: str) -> Q:
    _, code = token(said)
    doubtful = Q(detail__contains='"undecided": true') | Q(detail__contains='"preliminary": true')
    return {"final": ~doubtful, "preliminary": doubtful}.get(code, Q(pk__in=()))


def _by_code(said: str) -> Q:
    _, code = token(said)
    return Q(rule=code) if code_is(said, RULE, (code,)) else Q(pk__in=())


def _by_state(said: str) -> Q:
    return Q(state=token(said)[1])


PARAMETERS = {
    **{n: p for n, p in of_every_row("raised_at").items() if n == "_id"},
    "patient": of_patient()["patient"],
    "code": Parameter("token", "the rule or activity", _by_code),
    "identified": Parameter("date", "when it was found", lambda s: on_moments("raised_at", s)),
    "status": Parameter("token", "final, preliminary", _by_status),
    "state": Parameter("token", "where it stands: raised, seen, acted, …, closed", _by_state),
}
ISSUE = Table(_rows, _write, PARAMETERS)
