"""From what the store knows of some people to their alerts, in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction

from longwatch.alerts.asking import ASKED_SINGLY, ask, places
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.inbox import inbox_rules
from longwatch.alerts.judging import Judged, judge
from longwatch.alerts.settling import Changes, settle
from longwatch.alerts.standing import keep_standings, put_into_inbox
from longwatch.alerts.steps import New, raise_alert
from longwatch.alerts.stray import raise_for_strays
from longwatch.protocols.model import Pack
from longwatch.store.arrived import Arrived
from longwatch.store.audit import Entry, record_entries
from longwatch.store.models import Alert, State
from longwatch.store.plainly import padded
from longwatch.watch.engine import Engine

PROGRAM = "longwatch alerts"
"""Who raised it, in the audit log."""


def hook(
    clinic: Clinic, now: Callable[[], datetime], engine: Engine = "auto"
) -> Callable[..., None]:
    """What `store.arrivals.receive(..., and_then=…)` runs: the alerts of everybody touched.

    It takes what became of one message, or of several that touch different people.

    Inputs:
        clinic: hours, zone, protocols; kept for all messages.
        now: the clock; read once for each message.
        engine: see `longwatch.watch.watch`.
    """

    def raise_alerts(*arrived: Arrived) -> None:
        at = now()
        told = [one for one in arrived if one.touched]
        messages = [one.message for one in told if one.message is not None]
        if told:
            evaluate_each(
                [one.touched for one in told],
                at,
                clinic,
                engine=engine,
                # What a person did at the desk may bring what came by other messages.
                messages=messages if len(messages) == len(told) else None,
            )
        for one in arrived:
            if one.held and one.message is not None:
                raise_for_strays(one.message, at, clinic)

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
    (changes,) = evaluate_each([list(references)], now, clinic, why=why, engine=engine)
    return changes


def evaluate_each(
    groups: Sequence[Collection[str]],
    now: datetime,
    clinic: Clinic,
    *,
    why: str = "facts changed",
    engine: Engine = "auto",
    messages: Sequence[int] | None = None,
) -> list[Changes]:
    """`evaluate` for several groups of people with nobody in common, judged together.

    Inputs:
        messages: those that brought whatever is new; None: not known.

    Returns:
        The steps taken for each group; each has its own entry in the audit log.
    """
    changes = [Changes() for _ in groups]
    # Part of the message's transaction: whatever goes wrong here takes back all of it.
    with transaction.atomic(savepoint=False):
        patients, group_of, into = _locked(groups)
        for name, some in by_protocol(patients, clinic.today(now)).items():
            pack = clinic.pack(name)
            if clinic.is_lost(name):
                raise_incident(clinic, "PROTOCOL", f"{name}", now)
            judged = judge(pack, some, clinic.today(now), engine, into)
            theirs = {key: changes[group_of[key]] for key in some}
            settle(clinic, pack, some, judged, now, theirs)
            keep_what_lists_show(clinic, pack, some, judged, now, messages)
        entries = []
        for number, one in enumerate(changes):
            if one.alerts:
                mine = [name for key, name in patients.items() if group_of[key] == number]
                (only,) = mine if len(mine) == 1 else (None,)
                detail = {"why": why, "alerts": one.alerts, "steps": dict(one.steps)}
                entries.append(
                    Entry("alerts", PROGRAM, now, kind="alert", patient=only, detail=detail)
                )
        if entries:
            record_entries(entries)
    return changes


def keep_what_lists_show(
    clinic: Clinic,
    pack: Pack,
    patients: Mapping[int, str],
    judged: Mapping[str, Judged],
    now: datetime,
    messages: Sequence[int] | None = None,
) -> None:
    """Where these people stand, and the results of theirs that wait to be signed off."""
    standing = {key: judged[reference].stand for key, reference in patients.items()}
    keep_standings(pack, standing, clinic.today(now), now)
    rules = inbox_rules()
    put_into_inbox(patients, now, rules.arrived_within_days, rules.entered_within_days, messages)


def by_protocol(patients: Mapping[int, str], today: date) -> dict[str | None, dict[int, str]]:
    """People by the protocol in force; None for those who have none of their own."""
    keys = padded(list(patients))
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


def _locked(
    groups: Sequence[Collection[str]],
) -> tuple[dict[int, str], dict[int, int], dict[int, int] | None]:
    """The people by key, with everybody who is the same person.

    Until the transaction ends nobody else evaluates them.

    Returns:
        The people; the number of the group of each; and {} where nobody of them is read under
        another, else None.
    """
    lock = "FOR NO KEY UPDATE" if connection.vendor == "postgresql" else ""
    named = {reference: number for number, group in enumerate(groups) for reference in group}
    references = list(named)
    rows: dict[int, tuple[str, int | None]] = {}
    for at in range(0, len(references), ASKED_SINGLY):
        some = padded(references[at : at + ASKED_SINGLY])
        here = places(some)
        for key, reference, into in ask(
            "SELECT id, reference, joined_into_id FROM store_patient "  # noqa: S608
            # Each part by its index: with OR the server would go through everybody.
            f"WHERE id IN (SELECT id FROM store_patient WHERE reference IN ({here}) "
            "UNION SELECT p.id FROM store_patient n JOIN store_patient p "
            f"ON p.joined_into_id = n.id WHERE n.reference IN ({here}) "
            f"UNION SELECT joined_into_id FROM store_patient WHERE reference IN ({here})) "
            f"ORDER BY id {lock}",
            [*some, *some, *some],
        ):
            rows[key] = reference, into
    group_of = {key: named[name] for key, (name, _) in rows.items() if name in named}
    # Whoever is read with somebody belongs to their group.
    for key, (_, into) in rows.items():
        if into is not None and into in rows:
            one, other = (key, into) if key in group_of else (into, key)
            group_of.setdefault(other, group_of[one])
    joined = any(into is not None for _, into in rows.values())
    return {key: name for key, (name, _) in rows.items()}, group_of, None if joined else {}


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
