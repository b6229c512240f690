"""Everybody, every night and at each start: whatever alert is missing is raised, and it is told.

The messages raise their own alerts. What the sweep finds of a result that came by a message is an
incident; what the passing of days has made overdue is its ordinary work.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import datetime

from django.db import transaction

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.evaluate import (
    by_protocol,
    evaluate_each,
    keep_what_lists_show,
    raise_incident,
)
from longwatch.alerts.judging import judge
from longwatch.alerts.known import known_alerts, missing_steps
from longwatch.alerts.reconcile import Wanted
from longwatch.store.models import Patient, Result, State
from longwatch.store.snapshot import snapshot
from longwatch.watch.engine import Engine

log = logging.getLogger("longwatch.alerts")

AT_ONCE = 1000
"""People whose facts are in memory at the same time."""

TOGETHER = 50
"""People whose alerts are raised in one transaction: messages about them wait for its end."""


@dataclass(slots=True)
class Swept:
    """What a sweep came to.

    Inputs:
        people: how many were looked at.
        steps: by state.
        missing: alerts of results that a message brought and whose alert it had not raised.
    """

    people: int = 0
    steps: Counter[str] = field(default_factory=Counter)
    missing: list[int] = field(default_factory=list)


def sweep(now: datetime, clinic: Clinic, *, why: str = "sweep", engine: Engine = "auto") -> Swept:
    """Looks at everybody, and brings the alerts of those who need it up to date.

    Inputs:
        now: with a time zone.
        clinic: hours and protocols.
        why: `sweep`, or what has changed for everybody: then nothing that is found is an incident.
        engine: see `longwatch.watch.watch`.
    """
    swept = Swept()
    for some in _chunks():
        swept.people += len(some)
        lacking: dict[str, list[Wanted]] = {}
        seen = []
        with snapshot():
            for name, group in by_protocol(some, clinic.today(now)).items():
                pack = clinic.pack(name)
                judged = judge(pack, group, clinic.today(now), engine)
                seen.append((pack, group, judged))
                known = known_alerts(list(group))
                for key, reference in group.items():
                    steps = missing_steps(
                        clinic, pack, judged[reference], known.get(key, []), clinic.today(now)
                    )
                    if steps:
                        lacking[reference] = steps
        with transaction.atomic():
            for pack, group, judged in seen:
                keep_what_lists_show(clinic, pack, group, judged, now)
        for names in _in_parts(list(lacking)):
            groups = [[name] for name in names]
            done = evaluate_each(groups, now, clinic, why=why, engine=engine)
            by_message = _brought([step for name in names for step in lacking[name]])
            for name, changes in zip(names, done, strict=True):
                swept.steps.update(changes.steps)
                brought = not by_message.isdisjoint(_results(lacking[name]))
                if why == "sweep" and changes.alerts and brought:
                    swept.missing += changes.alerts
    if swept.missing:
        log.error("the sweep raised %d alerts that their messages had not", len(swept.missing))
        raise_incident(clinic, "SWEEP", "sweep", now, {"alerts": swept.missing})
    return swept


def _in_parts(names: list[str]) -> list[list[str]]:
    return [names[at : at + TOGETHER] for at in range(0, len(names), TOGETHER)]


def _brought(steps: list[Wanted]) -> set[int]:
    """Of the results of steps that their messages should have taken: those that came by one."""
    brought = Result.objects.filter(pk__in=_results(steps), message__isnull=False)
    return set(brought.values_list("pk", flat=True))


def _results(steps: list[Wanted]) -> set[int]:
    return {
        finding.result
        for step in steps
        if step.state in (State.RAISED, State.RAISED_AGAIN)
        for finding in step.findings
        if finding.result is not None
    }


def _chunks() -> Iterator[dict[int, str]]:
    last = 0
    while True:
        rows = Patient.objects.filter(pk__gt=last).order_by("pk").values_list("pk", "reference")
        some = dict(rows[:AT_ONCE])
        if not some:
            return
        last = max(some)
        yield some
