"""The outbox: claimed, sent, recorded; nothing inside a transaction, nothing by two at once.

1. claim: one conditional update; of two workers one gets it, for as long as its lease lasts;
2. look again: stopped, opted out, answered meanwhile? Then it is cancelled;
3. send, outside every transaction;
4. record: attempt, contact, audit, and what follows, in one transaction.

A worker that dies between 3 and 4 leaves a text that may have gone out. When the lease has passed,
that is noted as `unknown`, and it is sent again under the same key.
"""

from __future__ import annotations

import logging
import uuid
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from time import monotonic

from django.db import transaction
from django.db.models import F, Q

from longwatch.reminders.aftermath import bounced, failed_for_good, note_contact
from longwatch.reminders.channels import (
    AddressRefusedError,
    Channel,
    MaybeSentError,
    NotSentError,
    Parcel,
    SetupError,
    TryLaterError,
)
from longwatch.reminders.clinic import Clinic
from longwatch.store.models import Dispatch, SendAttempt

LEASE = timedelta(minutes=15)
"""Longer than any channel takes, all its time-outs one after the other."""
SICK_AFTER = 3
"""So many texts in a row that a channel did not take: the others wait for the next round."""

_LOG = logging.getLogger("longwatch.reminders")
_Outcome = SendAttempt.Outcome


class NotNow(Exception):  # noqa: N818 (no error: this one waits)
    """A text that has to wait, or is not wanted any more; nothing was tried."""


Prepare = Callable[[Dispatch, datetime], Parcel]
"""Writes a text; raises `NotNow` when it must wait, and has recorded it when it is cancelled."""


@dataclass(slots=True)
class Delivery:
    """What one round of sending came to.

    Inputs:
        counts: by outcome; `waiting` for what had to wait.
        problems: sentences for staff, without names.
    """

    counts: Counter[str] = field(default_factory=Counter)
    problems: list[str] = field(default_factory=list)


def deliver(
    now: datetime,
    clinic: Clinic,
    channels: Mapping[str, Channel],
    prepare: Prepare,
    purposes: Iterable[str] = Dispatch.Purpose.values,
) -> Delivery:
    """Tries everything whose time has come, once each.

    Inputs:
        now: with a time zone; what passes while sending is added.
        channels: by kind; what has none waits, and a problem says so.
        prepare: writes the text anew and looks whether it is still wanted.
    """
    began, done = monotonic(), Delivery()
    sick: Counter[str] = Counter()
    waiting = Dispatch.objects.filter(
        state=Dispatch.State.WAITING, not_before__lte=now, purpose__in=list(purposes)
    ).order_by("not_before", "pk")
    for pk, kind in list(waiting.values_list("pk", "channel")):
        if kind not in channels:
            done.problems.append(f"no channel for {kind} is set up")
            done.counts["waiting"] += 1
            continue
        if sick[kind] >= SICK_AFTER:
            done.counts["waiting"] += 1
            continue
        outcome = _try(pk, lambda: now + timedelta(seconds=monotonic() - began), clinic,
                       channels[kind], prepare)  # fmt: skip
        done.counts[outcome or "waiting"] += 1
        if outcome in (_Outcome.LATER, _Outcome.SETUP, _Outcome.UNKNOWN):
            sick[kind] += 1
        elif outcome == _Outcome.SENT:
            sick[kind] = 0
    done.problems += [
        f"{kind} is in trouble: it did not take {count} texts in a row"
        for kind, count in sick.items()
        if count >= SICK_AFTER
    ]
    done.problems = sorted(set(done.problems))
    return done


def claim(pk: int, now: datetime, worker: str) -> Dispatch | None:
    """Takes one text for this worker alone until the lease ends; None when another has it."""
    free = Q(lease_until=None) | Q(lease_until__lt=now)
    mine = Dispatch.objects.filter(
        free, pk=pk, state=Dispatch.State.WAITING, not_before__lte=now
    ).update(worker=worker, lease_until=now + LEASE, attempts=F("attempts") + 1)
    return Dispatch.objects.select_related("patient", "user").get(pk=pk) if mine else None


def _try(
    pk: int, clock: Callable[[], datetime], clinic: Clinic, channel: Channel, prepare: Prepare
) -> str | None:
    worker = uuid.uuid4().hex
    dispatch = claim(pk, clock(), worker)
    if dispatch is None:
        return None
    _note_lost_attempts(dispatch, clock())
    try:
        parcel = prepare(dispatch, clock())
    except NotNow:
        _give_back(dispatch, worker)
        return None
    outcome, code = _send(channel, parcel)
    record(dispatch, worker, outcome, code, clock(), clinic)
    return outcome


def _send(channel: Channel, parcel: Parcel) -> tuple[SendAttempt.Outcome, str]:
    try:
        channel.send(parcel)
    except AddressRefusedError as error:
        return _Outcome.REFUSED, error.code
    except MaybeSentError as error:
        return _Outcome.UNKNOWN, error.code
    except SetupError as error:
        return _Outcome.SETUP, error.code
    except (TryLaterError, NotSentError) as error:
        return _Outcome.LATER, error.code
    except Exception as error:
        # Whatever a plug-in raises may quote the text or the address: its kind alone is told.
        return _Outcome.SETUP, type(error).__name__
    return _Outcome.SENT, "taken"


def record(
    dispatch: Dispatch,
    worker: str,
    outcome: SendAttempt.Outcome,
    code: str,
    at: datetime,
    clinic: Clinic,
) -> None:
    """Writes down what became of an attempt, and what follows from it.

    Success counts whoever reports it; a failure only while the lease is this worker's own.
    """
    _LOG.info("dispatch %s by %s: %s %s", dispatch.key, dispatch.channel, outcome, code)
    rows = Dispatch.objects.filter(pk=dispatch.pk)
    with transaction.atomic():
        SendAttempt.objects.create(
            dispatch=dispatch, number=dispatch.attempts, at=at, outcome=outcome, code=code
        )
        if outcome == _Outcome.SENT:
            # Also when it was cancelled while it was on its way: it did go out.
            first = rows.exclude(state=Dispatch.State.SENT).update(
                state=Dispatch.State.SENT, sent_at=at, cancelled=None, lease_until=None
            )
            if first:
                note_contact(dispatch, "sent", at)
            return
        mine = rows.filter(state=Dispatch.State.WAITING, worker=worker)
        if outcome == _Outcome.REFUSED:
            if mine.update(state=Dispatch.State.BOUNCED, lease_until=None):
                bounced(dispatch, at)
            return
        minutes = clinic.ladder.retry_minutes
        if dispatch.attempts <= len(minutes):
            wait = timedelta(minutes=minutes[dispatch.attempts - 1])
            mine.update(lease_until=None, not_before=at + wait)
        elif mine.update(state=Dispatch.State.FAILED, lease_until=None):
            failed_for_good(dispatch, at)


def _give_back(dispatch: Dispatch, worker: str) -> None:
    """Nothing was tried: the claim leaves no trace."""
    Dispatch.objects.filter(pk=dispatch.pk, worker=worker).update(
        lease_until=None, attempts=F("attempts") - 1
    )


def _note_lost_attempts(dispatch: Dispatch, at: datetime) -> None:
    """Attempts that were claimed and never recorded: their worker died, or is very slow."""
    told = set(dispatch.tried.values_list("number", flat=True))
    for number in range(1, dispatch.attempts):
        if number not in told:
            SendAttempt.objects.create(
                dispatch=dispatch, number=number, at=at, outcome=_Outcome.UNKNOWN, code="stopped"
            )
