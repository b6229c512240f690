"""Laboratories that should be heard: silence is an alert, a message heard makes it closable."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from django.db.models import Max

from longwatch.alerts.clinic import Clinic
from longwatch.alerts.life import lived
from longwatch.alerts.silence import Expected, Silence, silences
from longwatch.alerts.steps import New, Step, raise_alert, take_step
from longwatch.core.errors import Problem, UsageError
from longwatch.store.clinic_facts import LABORATORIES
from longwatch.store.examination import Finding, Level
from longwatch.store.models import Alert, Message, Setting, State

RULE = "SILENT"

_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")


def listen_for_silence(now: datetime, clinic: Clinic) -> list[int]:
    """Raises an alert for each laboratory that is silent, and says of which it was heard again.

    Inputs:
        now: with a time zone.
        clinic: hours and holidays.

    Returns:
        Keys of the alerts that were raised.

    Raises:
        UsageError: the setting cannot be read.
    """
    expected = expected_laboratories()
    hours = clinic.hours
    silent = silences(expected, last_heard(), now, hours.zone, hours.holidays)
    subjects = {f"laboratory:{one.laboratory}" for one in silent}
    standing = {
        alert.subject: alert
        for alert in Alert.objects.filter(kind=Alert.Kind.FEED, rule=RULE).exclude(
            state=State.CLOSED
        )
    }
    for subject, alert in standing.items():
        _say_whether_heard(alert, subject not in subjects, now, clinic)
    return [
        _raise(one, now, clinic) for one in silent if f"laboratory:{one.laboratory}" not in standing
    ]


def _say_whether_heard(alert: Alert, heard: bool, now: datetime, clinic: Clinic) -> None:
    life = lived(alert.states.order_by("number").values_list("state", flat=True))
    if heard and not life.closable:
        told = Step(note="A message has arrived, or it is no longer waited for.")
        take_step(clinic, alert, life, State.CLOSABLE, now, told)
    elif not heard and life.closable:
        take_step(clinic, alert, life, State.RAISED_AGAIN, now, Step(note="It is silent again."))


def _raise(silence: Silence, now: datetime, clinic: Clinic) -> int:
    told = clinic.operation(RULE)
    heard = silence.last_heard.isoformat() if silence.last_heard else "never"
    new = New(
        subject=f"laboratory:{silence.laboratory}",
        kind=Alert.Kind.FEED.value,
        rule=RULE,
        episode=f"since {heard}",
        tier=told.tier or "same-day",
        detail={
            "title": told.title,
            "action": " ".join(told.steps),
            "what": silence.sentence,
            "last_heard": heard,
        },
        role="laboratory-desk",
    )
    return raise_alert(clinic, new, now).pk


def examine_feeds(now: datetime, clinic: Clinic) -> Iterator[Finding]:
    """What `longwatch doctor` says of each laboratory that is waited for, by its own limit.

    Raises:
        UsageError: the setting cannot be read.
    """
    expected, heard = expected_laboratories(), last_heard()
    hours = clinic.hours
    silent = {
        one.laboratory: one for one in silences(expected, heard, now, hours.zone, hours.holidays)
    }
    for one in expected:
        if one.laboratory in silent:
            found = silent[one.laboratory]
            hint = "ask the laboratory, then look at the connection"
            yield Finding("doctor.feed", Level.WARNING, found.sentence, hint)
        else:
            what = f"{one.laboratory} is within the {one.hours:g} working hours agreed"
            yield Finding("doctor.feed", Level.OK, what)


def last_heard() -> dict[str, datetime]:
    """When each sender, and each channel, was last heard."""
    whole = Message.objects.exclude(state=Message.State.REFUSED).order_by()
    found: dict[str, datetime] = {}
    for name in ("channel", "sender"):
        rows = whole.exclude(**{name: None}).values_list(name).annotate(Max("received_at"))
        found |= dict(rows)
    return found


def expected_laboratories() -> list[Expected]:
    """The laboratories that the clinic waits for, as its settings say.

    Raises:
        UsageError: the setting cannot be read.
    """
    row = Setting.objects.filter(key=LABORATORIES).first()
    return read_laboratories(row.value) if row else []


def read_laboratories(said: str) -> list[Expected]:
    """Laboratories as they are set.

    Inputs:
        said: as JSON, a list of `{"laboratory": NAME, "hours": 24,
            "since": "2026-11-01T08:00+01:00", "weekdays": ["mon", …]}`; NAME is the sender as
            HL7 v2 says it (application/facility), or the channel by which its files come.

    Raises:
        UsageError: it cannot be read.
    """
    try:
        return [_expected(one) for one in json.loads(said)]
    except (ValueError, TypeError, KeyError) as error:
        how = '[{"laboratory": "LIS/LAB", "hours": 24, "since": "2026-11-01T08:00+01:00"}]'
        problem = Problem(f"setting {LABORATORIES} cannot be read: {error!r}", how=how)
        raise UsageError(problem) from None


def _expected(one: dict[str, Any]) -> Expected:
    since = datetime.fromisoformat(one["since"])
    if since.tzinfo is None:
        raise ValueError("since has no offset")
    days = frozenset(_DAYS.index(day) for day in one.get("weekdays", _DAYS))
    return Expected(one["laboratory"], float(one["hours"]), since, days)
