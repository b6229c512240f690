"""What arrives: the bytes, what was made of them, and the audit entry, in one transaction.

When a call returns, the commit is on the disk; when it raises, nothing of the message is there.
Calls may come from several threads.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime
from typing import TypeVar

from django.db import IntegrityError, OperationalError

from longwatch.core.errors import Problem, UsageError
from longwatch.core.held import HeldReason
from longwatch.exchange.intake import Unreadable
from longwatch.store.arrived import Arrived as Arrived
from longwatch.store.message_read import SHOWN, Read, read_delivery
from longwatch.store.message_read import Delivery as Delivery
from longwatch.store.message_read import Reception as Reception
from longwatch.store.taking_in import take_in

_TRIES = 5

_DEADLOCK = "40P01"
"""What PostgreSQL calls two transactions that wait for each other; it ends one of them."""

_Answer = TypeVar("_Answer")


def receive(
    raw: bytes,
    *,
    channel: str,
    received: datetime,
    reception: Reception,
    origin: str = "",
    sender: str | None = None,
    control_id: str | None = None,
    and_then: Callable[[Arrived], None] | None = None,
) -> Arrived:
    """Keeps a message or file with all that follows from it.

    Inputs:
        raw: as it came, without transport marks; told by its content: HL7 v2, FHIR, CSV.
        channel, origin: by which way and from whom it came.
        received: when, with a time zone.
        sender, control_id: as the message says, where it does.
        and_then: what else belongs into the same transaction, as alerts do.

    Raises:
        UsageError: `received` has no time zone.
        django.db.Error: it could not be stored.
    """
    delivery = Delivery(raw, channel, received, origin, sender, control_id)
    (only,) = receive_together([read_delivery(delivery, reception)], reception, and_then)
    return only


def receive_together(
    messages: Sequence[Read],
    reception: Reception,
    and_then: Callable[..., None] | None = None,
) -> list[Arrived]:
    """Keeps several messages in one transaction, all of them or none.

    Inputs:
        messages: such that none has to do with another: see `store.apart`.
        and_then: called with all answers, in the transaction.

    Returns:
        What became of each, in their order.

    Raises:
        TogetherError: they have to do with each other after all; each alone can be kept.
        UsageError, django.db.Error: as in `receive`.
    """
    if any(one.delivery.received.tzinfo is None for one in messages):
        raise UsageError(Problem("received has no time zone", how="give datetime.now(UTC)"))
    return _several_times(lambda: take_in(messages, reception, and_then))


def keep_refused(
    raw: bytes,
    *,
    channel: str,
    received: datetime,
    reception: Reception,
    why: str,
    origin: str = "",
) -> Arrived:
    """Keeps what is no whole message; a person sees it among what could not be filed."""
    delivery = Delivery(raw, channel, received, origin)
    text = raw[:SHOWN].decode("utf-8", "backslashreplace")
    remedy = "ask the sender to send it again"
    item = Unreadable(HeldReason.BAD_MESSAGE, why, remedy, text, delivery.where)
    (only,) = receive_together([Read(delivery, [item], refused=why)], reception)
    return only


def rehearse(raw: bytes, *, reception: Reception, received: datetime) -> None:
    """Takes a message in and forgets it: what is read and compiled once has been, after it."""

    def forget(_: Arrived) -> None:
        raise _ForgottenError

    with suppress(_ForgottenError):
        receive(raw, channel="rehearsal", received=received, reception=reception, and_then=forget)


class _ForgottenError(Exception):
    """Rolls the transaction of a rehearsal back."""


def _several_times(work: Callable[[], _Answer]) -> _Answer:
    """Two messages at the same moment may want the same row: one of them begins again."""
    for _ in range(_TRIES - 1):
        try:
            return work()
        except IntegrityError:
            continue
        except OperationalError as error:
            if getattr(error.__cause__, "sqlstate", None) != _DEADLOCK:
                raise
    return work()
