"""The desk: a person files, corrects or rejects what could not be filed.

Each step is one transaction with its audit entry and what hangs on it; of two people who decide
about one thing at once, the second is told who was first.
"""

from __future__ import annotations

from datetime import datetime

from django.db import transaction
from django.utils.timezone import localtime

from longwatch.core.errors import Problem, UsageError
from longwatch.exchange.heldbook import NOT_RETRIED
from longwatch.exchange.payload import Fact, unpack_fact
from longwatch.store.arrivals import Reception
from longwatch.store.arrived import Arrived, Then
from longwatch.store.audit import record_audit
from longwatch.store.correcting import Correction, corrected
from longwatch.store.desk import Batch, Decision, decide_with
from longwatch.store.models import HeldItem, Message
from longwatch.store.roles import DESK, acting, needs_reason
from longwatch.store.waiting import StoredHeldbook


def file_held(
    key: str,
    *,
    by: str,
    reason: str,
    at: datetime,
    reception: Reception,
    correction: Correction | None = None,
    and_then: Then | None = None,
) -> Arrived:
    """A person files what waits: as it is, or corrected.

    Inputs:
        key: of the held item.
        by, reason: user name, and why it may be filed.
        at: now, with a time zone.
        reception: how this clinic takes what arrives.
        correction: whose it is, and what the sender got wrong.
        and_then: what else belongs into the same transaction, as alerts do.

    Raises:
        UsageError: it waits no longer, the role does not allow it, or it still cannot be filed;
            then nothing was changed.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        why = needs_reason(reason)
        item = _waiting(key)
        correction = correction or Correction()
        fact = corrected(fact_of(item), correction)
        held = StoredHeldbook(by, why)
        held.take_one(key)
        local = localtime(at, reception.zone).replace(tzinfo=None)
        made = decide_with(held, _batch([fact], local), [], reception.manner, True)
        _only_if_filed(made, key)
        touched = made.write(at, item.message_id, by, why)
        told = {"reason": why, "was": item.reason, "correction": _told(correction)}
        record_audit(
            "filed what was held",
            actor=by,
            at=at,
            kind="held",
            target=key,
            patient=min(touched, default=item.patient),
            detail={**told, "filed": dict(made.account.filed), "touched": sorted(touched)},
        )
        answer = Arrived(None, Message.State.FILED, frozenset(touched), dict(made.account.filed))
        if and_then is not None:
            and_then(answer)
    return answer


def reject_held(
    key: str, *, by: str, reason: str, at: datetime, and_then: Then | None = None
) -> None:
    """A person sets aside what waits; it is kept, and not held again when it comes again.

    Inputs, Raises: as in `file_held`.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        why = needs_reason(reason)
        item = _waiting(key)
        HeldItem.objects.filter(pk=item.pk).update(
            resolved_at=at,
            resolved_by=by,
            resolution=HeldItem.Resolution.REJECTED,
            resolution_reason=why,
        )
        record_audit(
            "rejected what was held",
            actor=by,
            at=at,
            kind="held",
            target=key,
            patient=item.patient,
            detail={"reason": why, "was": item.reason},
        )
        if and_then is not None:
            and_then(Arrived(None, Message.State.HELD))


def reopen_held(
    key: str, *, by: str, reason: str, at: datetime, and_then: Then | None = None
) -> None:
    """What was set aside waits again, as on the day it came; what was filed stays filed.

    Inputs: as in `file_held`.

    Raises:
        UsageError: it was not set aside, or the role does not allow it.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        why = needs_reason(reason)
        item = HeldItem.objects.select_for_update(of=("self",), no_key=True).filter(key=key).first()
        if item is None or item.resolution != HeldItem.Resolution.REJECTED:
            how = "a result that was filed wrongly is corrected where it was filed"
            raise UsageError(Problem("only what was set aside can wait again", key, how=how))
        was = {"by": item.resolved_by, "reason": item.resolution_reason}
        HeldItem.objects.filter(pk=item.pk).update(
            resolved_at=None, resolved_by=None, resolution=None, resolution_reason=None
        )
        record_audit(
            "took up again what was set aside",
            actor=by,
            at=at,
            kind="held",
            target=key,
            patient=item.patient,
            detail={"reason": why, "was": was},
        )
        if and_then is not None:
            and_then(Arrived(None, Message.State.HELD))


def retry_held(
    *, by: str, at: datetime, reception: Reception, and_then: Then | None = None
) -> Arrived:
    """Everything that waits is tried again, as it is after something was learned.

    Inputs, Raises: as in `file_held`.

    Returns:
        What could be filed; the rest waits as before.
    """
    with transaction.atomic():
        acting(by, DESK, at)
        return try_again(by=by, at=at, reception=reception, and_then=and_then)


def try_again(*, by: str, at: datetime, reception: Reception, and_then: Then | None) -> Arrived:
    """`retry_held` inside the transaction of somebody whose role was asked already."""
    held = StoredHeldbook()
    waiting = list(held.take_waiting())
    local = localtime(at, reception.zone).replace(tzinfo=None)
    made = decide_with(held, _batch([], local), waiting, reception.manner)
    touched = made.write(at, None, by, "tried again")
    filed = dict(made.retried.filed)
    record_audit(
        "tried again what was held",
        actor=by,
        at=at,
        kind="held",
        detail={"waiting": len(waiting), "filed": filed, "touched": sorted(touched)},
    )
    answer = Arrived(None, Message.State.FILED, frozenset(touched), filed)
    if and_then is not None:
        and_then(answer)
    return answer


def _batch(facts: list[Fact], local: datetime) -> Batch:
    return Batch(facts, "desk", "desk", local)


def fact_of(item: HeldItem) -> Fact:
    """What a held item says, so that it can be filed.

    Raises:
        UsageError: there is nothing in it that could be filed.
    """
    if item.reason in NOT_RETRIED or not item.payload:
        why = "it tells of something that a person must look at, and holds no fact of its own"
        how = "look at it, do what is needed, then reject it with what you did as the reason"
        raise UsageError(Problem("this cannot be filed", item.key, why, how))
    return unpack_fact(item.payload, item.raw or "")


def _waiting(key: str) -> HeldItem:
    item = HeldItem.objects.select_for_update(of=("self",), no_key=True).filter(key=key).first()
    if item is None:
        raise UsageError(
            Problem(f"nothing is held under {key!r}", how="see the list: longwatch desk list")
        )
    if item.resolved_at is not None:
        done = f"{item.resolved_by} has {item.resolution} it: {item.resolution_reason}"
        raise UsageError(Problem("this waits no longer", key, done, "nothing is to do"))
    return item


def _only_if_filed(made: Decision, key: str) -> None:
    """Refuses what would only be held again, or counted as nothing that is watched."""
    account = made.account
    if account.filed or (account.duplicates and not made.holds_again):
        return
    why = made.still_held or "nobody watches what it tells"
    how = "correct what is wrong (patient, unit, date), teach the code or unit, or reject it"
    raise UsageError(Problem("it still cannot be filed", key, why, how))


def _told(correction: Correction) -> dict[str, str]:
    parts = {"patient": correction.patient, "unit": correction.unit, "day": correction.day}
    return {name: str(value) for name, value in parts.items() if value is not None}
