"""From what the store knows of some people to their alerts, in one transaction."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta
from itertools import groupby
from operator import itemgetter
from typing import Any

from django.db import connection, transaction
from django.db.models import Q

from longwatch.alerts.asking import ASKED_SINGLY, ask, places
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.inbox import inbox_rules
from longwatch.alerts.judging import Finding, Judged, judge
from longwatch.alerts.life import lived
from longwatch.alerts.reconcile import Known, Wanted, reconcile
from longwatch.alerts.roles import role
from longwatch.alerts.standing import keep_standings, put_into_inbox
from longwatch.alerts.steps import New, Step, raise_alert, take_step
from longwatch.alerts.stray import raise_for_strays
from longwatch.protocols.model import Pack
from longwatch.store.arrived import Arrived
from longwatch.store.audit import record_audit
from longwatch.store.models import (
    Alert,
    Event,
    Result,
    State,
)
from longwatch.watch.engine import Engine

PROGRAM = "longwatch alerts"
"""Who raised it, in the audit log."""

_ROUNDS = 4
"""Steps in a row that one evaluation may take: raised, closable, closed, and one to see the end."""


@dataclass(slots=True)
class Changes:
    """What an evaluation did: steps by state, and the alerts they belong to."""

    steps: Counter[str] = field(default_factory=Counter)
    alerts: list[int] = field(default_factory=list)

    def note(self, state: str, alert: int) -> None:
        """Counts one step."""
        self.steps[state] += 1
        if alert not in self.alerts:
            self.alerts.append(alert)


def hook(
    clinic: Clinic, now: Callable[[], datetime], engine: Engine = "auto"
) -> Callable[[Arrived], None]:
    """What `store.arrivals.receive(..., and_then=…)` runs: the alerts of everybody touched.

    Inputs:
        clinic: hours, zone, protocols; kept for all messages.
        now: the clock; read once for each message.
        engine: see `longwatch.watch.watch`.
    """

    def raise_alerts(arrived: Arrived) -> None:
        at = now()
        if arrived.touched:
            evaluate(arrived.touched, at, clinic, engine=engine)
        if arrived.held and arrived.message is not None:
            raise_for_strays(arrived.message, at, clinic)

    return raise_alerts


def evaluate(
    references: Iterable[str],
    now: datetime,
    clinic: Clinic,
    *,
    why: str = "facts changed",
    engine: Engine = "auto",
) -> Changes:
    """Brings the alerts of some people up to what the store knows; a second call does nothing.

    Inputs:
        references: of the people; unknown ones are passed over.
        now: with a time zone.
        clinic: hours and protocols.
        why: what made it necessary, for the audit log.
        engine: see `longwatch.watch.watch`.

    Returns:
        The steps that were taken.
    """
    changes = Changes()
    # Part of the message's transaction: whatever goes wrong here takes back all of it.
    with transaction.atomic(savepoint=False):
        patients, into = _locked(list(references))
        for name, some in by_protocol(patients, clinic.today(now)).items():
            pack = clinic.pack(name)
            if clinic.is_lost(name):
                raise_incident(clinic, "PROTOCOL", f"{name}", now)
            judged = judge(pack, some, clinic.today(now), engine, into)
            _settle(clinic, pack, some, judged, now, changes)
            keep_what_lists_show(clinic, pack, some, judged, now)
        if changes.alerts:
            (only,) = patients.values() if len(patients) == 1 else (None,)
            record_audit(
                "alerts",
                actor=PROGRAM,
                at=now,
                kind="alert",
                patient=only,
                detail={"why": why, "alerts": changes.alerts, "steps": dict(changes.steps)},
            )
    return changes


def keep_what_lists_show(
    clinic: Clinic,
    pack: Pack,
    patients: Mapping[int, str],
    judged: Mapping[str, Judged],
    now: datetime,
) -> None:
    """Where these people stand, and the results of theirs that wait to be signed off."""
    standing = {key: judged[reference].stand for key, reference in patients.items()}
    keep_standings(pack, standing, clinic.today(now), now)
    rules = inbox_rules()
    put_into_inbox(patients, now, rules.arrived_within_days, rules.entered_within_days)


def by_protocol(patients: Mapping[int, str], today: date) -> dict[str | None, dict[int, str]]:
    """People by the protocol in force; None for those who have none of their own."""
    keys = list(patients)
    few = f"AND patient_id IN ({places(keys)})" if len(keys) <= ASKED_SINGLY else ""
    rows = ask(
        "SELECT patient_id, protocol FROM store_protocolinforce "  # noqa: S608
        f"WHERE since <= %s {few} ORDER BY since, id",
        [today.isoformat(), *(keys if few else ())],
    )
    newest = dict(rows)
    groups: dict[str | None, dict[int, str]] = {}
    for key, reference in patients.items():
        groups.setdefault(newest.get(key), {})[key] = reference
    return groups


def _locked(references: Sequence[str]) -> tuple[dict[int, str], dict[int, int] | None]:
    """The people by key, with everybody who is the same person.

    Until the transaction ends nobody else evaluates them.

    Returns:
        The people; and {} where nobody of them is read under another, else None.
    """
    lock = "FOR UPDATE" if connection.vendor == "postgresql" else ""
    found: dict[int, str] = {}
    joined = False
    for at in range(0, len(references), ASKED_SINGLY):
        some = references[at : at + ASKED_SINGLY]
        here = places(some)
        rows = ask(
            "SELECT id, reference, joined_into_id FROM store_patient "  # noqa: S608
            f"WHERE reference IN ({here}) OR joined_into_id IN "
            f"(SELECT id FROM store_patient WHERE reference IN ({here})) OR id IN "
            f"(SELECT joined_into_id FROM store_patient WHERE reference IN ({here})) "
            f"ORDER BY id {lock}",
            [*some, *some, *some],
        )
        found |= {key: reference for key, reference, _ in rows}
        joined = joined or any(into is not None for _, _, into in rows)
    return found, None if joined else {}


_OF_AN_ALERT = (
    *("id", "patient_id", "kind", "rule", "episode", "protocol", "detail"),
    *("historic", "tier", "step", "state", "role_id"),
)
_KNOWN = (
    f"SELECT {', '.join(f'a.{name}' for name in _OF_AN_ALERT)}, s.state, s.detail "  # noqa: S608
    "FROM store_alert a JOIN store_alertstate s ON s.alert_id = a.id "
    "WHERE a.kind IN ('finding', 'overdue') {few} ORDER BY a.id, s.number"
)


def known_alerts(patients: Sequence[int]) -> dict[int, list[Known]]:
    """Findings and overdue items that were ever raised for these people, by key of the person."""
    few = f"AND a.patient_id IN ({places(patients)})" if len(patients) <= ASKED_SINGLY else ""
    rows = ask(_KNOWN.format(few=few), patients if few else [])
    known: dict[int, list[Known]] = {}
    size = len(_OF_AN_ALERT)
    for _, some in groupby(rows, key=itemgetter(0)):
        first, *rest = some
        cells = dict(zip(_OF_AN_ALERT, first[:size], strict=True))
        cells["historic"] = bool(cells["historic"])
        # Its moments are asked for when a step is taken: with most messages none is.
        alert = Alert.from_db(connection.alias, list(cells), list(cells.values()))
        states = [first, *rest]
        details = [alert.detail, *(row[size + 1] for row in states if row[size + 1])]
        keys = frozenset(key for text in details for key in json.loads(text).get("keys", ()))
        one = Known(alert, lived(row[size] for row in states), keys)
        known.setdefault(alert.patient_id or 0, []).append(one)
    return known


def missing_steps(
    clinic: Clinic, pack: Pack, judged: Judged, known: Sequence[Known], today: date
) -> list[Wanted]:
    """The steps that the alerts of one person still need."""
    days = clinic.response(pack.id).historic_after.value
    return reconcile(judged, known, today - timedelta(days=days))


def _settle(
    clinic: Clinic,
    pack: Pack,
    patients: Mapping[int, str],
    judged: Mapping[str, Judged],
    now: datetime,
    changes: Changes,
) -> None:
    waiting = dict(patients)
    for _ in range(_ROUNDS):
        known = known_alerts(list(waiting))
        moved: dict[int, str] = {}
        for key, reference in waiting.items():
            steps = missing_steps(
                clinic, pack, judged[reference], known.get(key, []), clinic.today(now)
            )
            for wanted in steps:
                if _do(clinic, pack, key, reference, wanted, now, changes):
                    moved[key] = reference
        waiting = moved
        if not waiting:
            return


def _do(
    clinic: Clinic,
    pack: Pack,
    key: int,
    reference: str,
    wanted: Wanted,
    now: datetime,
    changes: Changes,
) -> bool:
    """Writes one step; whether there was anything to write."""
    if wanted.known is None:
        first = wanted.findings[0] if wanted.findings else None
        new = New(
            subject=reference,
            kind=wanted.kind,
            rule=wanted.rule,
            episode=wanted.episode,
            tier=wanted.tier,
            detail=_detail(pack, wanted),
            patient=key,
            protocol=pack.id,
            version=pack.version,
            result=first.result if first else None,
            historic=wanted.historic,
        )
        changes.note(State.RAISED, raise_alert(clinic, new, now).pk)
        return True
    alert, life = wanted.known.alert, wanted.known.life
    state, step = wanted.state, Step(tier=wanted.tier)
    if state == State.RAISED_AGAIN:
        first = wanted.findings[0] if wanted.findings else None
        step = Step(
            tier=wanted.tier,
            role=role(clinic.response(pack.id).first),
            result=first.result if first else None,
            detail=_detail(pack, wanted),
            historic=wanted.historic,
        )
    elif state == State.VALUE_CORRECTED:
        step = Step(note="The watch no longer finds it: the value was corrected or taken back.")
    elif state in (State.CLOSABLE, State.CLOSED):
        ended = _what_ended_it(pack, key, wanted)
        if not life.closable:
            told = Step(result=ended.result, event=ended.event, next_at=alert.next_at)
            if not take_step(clinic, alert, life, State.CLOSABLE, now, told):
                return False
            changes.note(State.CLOSABLE, alert.pk)
            life = life.then(State.CLOSABLE)
        elif ended == _NOTHING or state == State.CLOSABLE:
            return False
        if ended == _NOTHING or state == State.CLOSABLE:
            return True
        step = Step(result=ended.result, event=ended.event)
    if not take_step(clinic, alert, life, State(state), now, step):
        return False
    changes.note(state, alert.pk)
    return True


def _detail(pack: Pack, wanted: Wanted) -> dict[str, Any]:
    """The finding in words, as they are now: they are shown when the pack has changed, too."""
    if wanted.overdue is not None:
        one = wanted.overdue
        title = next(part.title for part in pack.recurring if part.id == one.activity)
        return {"title": title, "since": f"{one.since}", "days": one.days}
    rule = next(rule for rule in (*pack.rules, *pack.red_flags) if rule.id == wanted.rule)
    evidence = rule.evidence[0]
    return {
        "title": rule.title,
        "suspects": list(rule.suspects),
        "action": rule.action,
        "source": f"{pack.sources[evidence.source].title}, {evidence.place}",
        "keys": [finding.key for finding in wanted.findings],
        "finding": _finding(wanted.findings[0]),
    }


def _finding(finding: Finding) -> dict[str, Any]:
    return {
        "date": f"{finding.day}",
        "test": finding.test,
        "value": finding.value,
        "active": finding.active,
        "undecided": finding.undecided,
        "preliminary": finding.preliminary,
    }


@dataclass(frozen=True, slots=True)
class _Ended:
    result: int | None = None
    event: int | None = None


_NOTHING = _Ended()


def _what_ended_it(pack: Pack, patient: int, wanted: Wanted) -> _Ended:
    """The later fact after which a reason is gone."""
    final = Q(status=None) | Q(status__in=("final", "corrected"))
    whose = Q(patient_id=patient) | Q(patient__joined_into_id=patient)
    results = Result.objects.filter(whose, final, gone=False, superseded_by=None).order_by(
        "-date", "-id"
    )
    if wanted.looks_for is not None:
        test, day = wanted.looks_for
        return _Ended(result=_first(results.filter(test=test, date__gt=day)))
    if wanted.answered is None:
        return _NOTHING
    name, day = wanted.answered
    part = next(part for part in pack.recurring if part.id == name)
    found = _first(results.filter(test__in=part.answered_by.tests, date=day))
    if found is not None or not part.answered_by.events:
        return _Ended(result=found)
    kinds = [event.kind for event in part.answered_by.events if event.kind]
    events = Event.objects.filter(whose, kind__in=kinds, date=day, gone=False, superseded_by=None)
    return _Ended(event=_first(events.order_by("-id")))


def _first(rows: Any) -> int | None:
    found: int | None = rows.values_list("id", flat=True).first()
    return found


def raise_incident(
    clinic: Clinic, rule: str, what: str, now: datetime, detail: Mapping[str, Any] | None = None
) -> Alert | None:
    """Raises an incident of the clinic, unless the same stands open; None then.

    Inputs:
        rule: of the operations of the protocol: `SWEEP`, `PROTOCOL`.
        what: what it is about, without patient data.
    """
    subject = f"clinic:{what}" if rule == "PROTOCOL" else "clinic"
    kind = Alert.Kind.INCIDENT.value
    standing = Alert.objects.filter(subject=subject, kind=kind, rule=rule)
    if standing.exclude(state=State.CLOSED).exists():
        return None
    told = clinic.operation(rule)
    words = {"title": told.title, "action": " ".join(told.steps), "what": what, **(detail or {})}
    episode = f"{clinic.today(now)}"
    tier = told.tier or "same-day"
    new = New(subject, kind, rule, episode, tier, detail=words, role="administrator")
    return raise_alert(clinic, new, now)
