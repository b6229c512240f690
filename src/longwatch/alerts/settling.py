"""The steps that alerts still need, taken: whoever is raised for many people is raised at once."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from itertools import product
from typing import Any

from django.db.models import Q

from longwatch.alerts.asking import ASKED_SINGLY, ask, places
from longwatch.alerts.clinic import Clinic
from longwatch.alerts.facts_at_hand import joined_into
from longwatch.alerts.judging import Finding, Judged
from longwatch.alerts.known import known_alerts, missing_steps
from longwatch.alerts.reconcile import Known, Wanted
from longwatch.alerts.roles import role
from longwatch.alerts.steps import Move, New, Step, raise_alerts, take_moves
from longwatch.protocols.model import Pack
from longwatch.store.models import Event, Result, State
from longwatch.store.plainly import batched, padded

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


def settle(
    clinic: Clinic,
    pack: Pack,
    patients: Mapping[int, str],
    judged: Mapping[str, Judged],
    now: datetime,
    changes: Mapping[int, Changes],
) -> None:
    """Takes every step that the alerts of some people still need, in the caller's transaction.

    Inputs:
        patients: reference of each by key; nobody else settles them meanwhile.
        judged: what the watch says of each.
        changes: where the steps are noted, by key of the person.
    """
    waiting = dict(patients)
    for _ in range(_ROUNDS):
        known = known_alerts(list(waiting))
        missing = [
            (key, wanted)
            for key, reference in waiting.items()
            for wanted in missing_steps(
                clinic, pack, judged[reference], known.get(key, []), clinic.today(now)
            )
        ]
        fresh = [(key, wanted) for key, wanted in missing if wanted.known is None]
        new = [_new(pack, key, patients[key], wanted) for key, wanted in fresh]
        raised = iter(raise_alerts(clinic, new, now))
        standing = [(key, wanted) for key, wanted in missing if wanted.known is not None]
        taken = iter(_take(clinic, pack, standing, now))
        moved: dict[int, str] = {}
        for key, wanted in missing:
            if wanted.known is None:
                steps = [(State.RAISED, next(raised).pk)]
            else:
                steps = [(state, wanted.known.alert.pk) for state in next(taken)]
            for state, alert in steps:
                changes[key].note(state, alert)
                moved[key] = patients[key]
        waiting = moved
        if not waiting:
            return


def _take(
    clinic: Clinic, pack: Pack, wanted: Sequence[tuple[int, Wanted]], now: datetime
) -> list[list[State]]:
    """Takes steps of alerts that stand; which of them, for each."""
    ended = _what_ended_them(pack, wanted)
    moves = [
        Move(one.known.alert, one.known.life, _steps(clinic, pack, one, one.known, ended[place]))
        for place, (_, one) in enumerate(wanted)
        if one.known is not None
    ]
    claimed = iter(take_moves(clinic, [move for move in moves if move.steps], now))
    taken: list[list[State]] = []
    for move in moves:
        mine = bool(move.steps) and next(claimed)
        taken.append([state for state, _ in move.steps] if mine else [])
    return taken


def _new(pack: Pack, key: int, reference: str, wanted: Wanted) -> New:
    first = wanted.findings[0] if wanted.findings else None
    return New(
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


def _steps(
    clinic: Clinic, pack: Pack, wanted: Wanted, standing: Known, ended: _Ended
) -> list[tuple[State, Step]]:
    """The steps themselves; none where a closing lacks the fact that it needs."""
    alert, state = standing.alert, State(wanted.state)
    if state == State.RAISED_AGAIN:
        first = wanted.findings[0] if wanted.findings else None
        again = Step(
            tier=wanted.tier,
            role=role(clinic.response(pack.id).first),
            result=first.result if first else None,
            detail=_detail(pack, wanted),
            historic=wanted.historic,
        )
        return [(state, again)]
    if state == State.VALUE_CORRECTED:
        gone = "The watch no longer finds it: the value was corrected or taken back."
        return [(state, Step(note=gone))]
    if state not in (State.CLOSABLE, State.CLOSED):
        return [(state, Step(tier=wanted.tier))]
    steps = []
    if not standing.life.closable:
        told = Step(result=ended.result, event=ended.event, next_at=alert.next_at)
        steps.append((State.CLOSABLE, told))
    if state == State.CLOSED and ended != _NOTHING:
        steps.append((State.CLOSED, Step(result=ended.result, event=ended.event)))
    return steps


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


def _what_ended_them(pack: Pack, wanted: Sequence[tuple[int, Wanted]]) -> list[_Ended]:
    """For each step the later fact after which a reason is gone."""
    closing = (State.CLOSABLE, State.CLOSED)
    asked = {(key, one.answered[1]) for key, one in wanted
             if one.state in closing and one.answered is not None}  # fmt: skip
    answers = _results_of(asked) if asked else {}
    found = []
    for key, one in wanted:
        if one.state not in closing:
            found.append(_NOTHING)
        elif one.looks_for is not None:
            found.append(_later_result(key, *one.looks_for))
        elif one.answered is None:
            found.append(_NOTHING)
        else:
            name, day = one.answered
            part = next(part for part in pack.recurring if part.id == name)
            results = [answers.get((key, test, f"{day}"), 0) for test in part.answered_by.tests]
            kinds = [event.kind for event in part.answered_by.events if event.kind]
            newest = max(results, default=0)
            found.append(_Ended(result=newest) if newest else _event_of(key, kinds, day))
    return found


_FINAL = (
    "(r.status IS NULL OR r.status IN ('final', 'corrected')) AND NOT r.gone "
    "AND NOT EXISTS (SELECT 1 FROM store_result s WHERE s.supersedes_id = r.id)"
)


def _results_of(asked: Collection[tuple[int, date]]) -> dict[tuple[int, str, str], int]:
    """The newest final result by person, test and ISO day, also of who is the same person."""
    people, days = {key for key, _ in asked}, {f"{day}" for _, day in asked}
    into = joined_into(people)
    newest: dict[tuple[int, str, str], int] = {}
    whole = sorted({*people, *into})
    for some, dates in product(batched(whole, ASKED_SINGLY), batched(days, ASKED_SINGLY)):
        keys, dated = padded(some), padded(dates)
        rows = ask(
            "SELECT r.patient_id, r.test, r.date, r.id FROM store_result r "  # noqa: S608
            f"WHERE r.patient_id IN ({places(keys)}) AND r.date IN ({places(dated)}) AND {_FINAL}",
            [*keys, *dated],
        )
        for key, test, day, number in rows:
            for whose in (key, into.get(key)):
                if whose in people:
                    place = whose, test, f"{day}"
                    newest[place] = max(newest.get(place, 0), number)
    return newest


def _later_result(patient: int, test: str, day: date) -> _Ended:
    final = Q(status=None) | Q(status__in=("final", "corrected"))
    later = Result.objects.filter(_whose(patient), final, gone=False, superseded_by=None)
    found = later.filter(test=test, date__gt=day).order_by("-date", "-id")
    return _Ended(result=_first(found))


def _event_of(patient: int, kinds: Sequence[str], day: date) -> _Ended:
    if not kinds:
        return _NOTHING
    events = Event.objects.filter(_whose(patient), kind__in=kinds, date=day)
    return _Ended(event=_first(events.filter(gone=False, superseded_by=None).order_by("-id")))


def _whose(patient: int) -> Q:
    return Q(patient_id=patient) | Q(patient__joined_into_id=patient)


def _first(rows: Any) -> int | None:
    found: int | None = rows.values_list("id", flat=True).first()
    return found
