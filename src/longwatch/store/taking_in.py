"""Messages written down with all that follows from them: one transaction for several of them."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace

from django.db import transaction

from longwatch.store.arrived import Arrived
from longwatch.store.audit import Entry, record_entries
from longwatch.store.desk import Batch, Decision, decide, decide_together, write_together
from longwatch.store.message_read import Read, Reception
from longwatch.store.models import Message
from longwatch.store.people_at_hand import TogetherError
from longwatch.store.plainly import added, fetched_among, moment, padded

# The state in words of the query: as a parameter it would keep the server from using the index.
_SEEN = f"""
    SELECT "digest", "channel", "id" FROM "store_message"
    WHERE "first_id" IS NULL AND "state" <> '{Message.State.REFUSED.value}' AND "digest" IN
"""  # noqa: S608 (a word of ours)


def take_in(
    messages: Sequence[Read], reception: Reception, and_then: Callable[..., None] | None
) -> list[Arrived]:
    """See `store.arrivals.receive_together`."""
    with transaction.atomic():
        seen = _seen(messages)
        firsts = [
            None if one.refused else seen.get((one.delivery.digest, one.delivery.channel))
            for one in messages
        ]
        new = [one for one, first in zip(messages, firsts, strict=True) if first is None]
        made = iter(_decided(new, reception))
        found = [None if first is not None else next(made) for first in firsts]
        states = [_state(one, what) for one, what in zip(messages, found, strict=True)]
        keys = _keep(messages, states, firsts)
        answers = _written(messages, found, states, keys)
        if and_then is not None:
            and_then(*answers)
        record_entries([_entry(*pair) for pair in zip(messages, answers, strict=True)])
    return answers


def _seen(messages: Sequence[Read]) -> dict[tuple[str, str], int]:
    """The messages that brought these bytes on their channels before."""
    digests = padded([one.delivery.digest for one in messages if not one.refused])
    return {(digest, channel): key for digest, channel, key in fetched_among(_SEEN, digests)}


def _decided(messages: Sequence[Read], reception: Reception) -> list[Decision]:
    def batch(one: Read) -> Batch:
        local = one.delivery.received.astimezone(reception.zone).replace(tzinfo=None)
        return Batch(one.items, one.delivery.channel, one.kind, local)

    if not messages:
        return []
    batches, manner = [batch(one) for one in messages], reception.manner
    if not manner.retry:
        made = decide_together(batches, manner)
        if not any(one.somebody_became_known for one in made):
            return made
    if len(messages) > 1:
        # What waits is tried again: it may be of anybody.
        raise TogetherError
    return [decide(batches[0], replace(manner, retry=True))]


def _state(message: Read, made: Decision | None) -> Message.State:
    if message.refused:
        return Message.State.REFUSED
    if made is None:
        return Message.State.DUPLICATE
    if made.account.held:
        return Message.State.HELD
    if made.account.duplicates and not made.account.filed:
        return Message.State.DUPLICATE
    return Message.State.FILED


def _keep(
    messages: Sequence[Read], states: Sequence[Message.State], firsts: Sequence[int | None]
) -> list[int]:
    """Puts the messages themselves down, and says their keys."""
    rows = []
    for one, state, first in zip(messages, states, firsts, strict=True):
        came = one.delivery
        rows.append(
            {
                "raw": b"" if first else came.raw,
                "digest": came.digest,
                "channel": came.channel,
                "origin": came.origin or None,
                "sender": came.sender,
                "control_id": came.control_id,
                "received_at": moment(came.received),
                "state": state.value,
                "reason": one.refused or None,
                "first_id": first,
            }
        )
    return added(Message._meta.db_table, rows, "digest")


def _written(
    messages: Sequence[Read],
    made: Sequence[Decision | None],
    states: Sequence[Message.State],
    keys: Sequence[int],
) -> list[Arrived]:
    decisions = [
        (decision, one.delivery.received, key, one.delivery.channel)
        for one, decision, key in zip(messages, made, keys, strict=True)
        if decision is not None
    ]
    touched = iter(write_together(decisions))
    answers = []
    for decision, state, key in zip(made, states, keys, strict=True):
        if decision is None:
            answers.append(Arrived(key, state, duplicates=1))
            continue
        account = decision.account
        answers.append(
            Arrived(
                key,
                state,
                frozenset(next(touched)),
                dict(Counter(account.filed) + Counter(decision.retried.filed)),
                dict(account.held),
                dict(account.counted),
                account.duplicates,
            )
        )
    return answers


def _entry(message: Read, answer: Arrived) -> Entry:
    (only,) = answer.touched if len(answer.touched) == 1 else (None,)
    return Entry(
        "received",
        actor=f"longwatch {message.delivery.channel}",
        at=message.delivery.received,
        kind="message",
        target=str(answer.message),
        patient=only,
        detail={
            "state": answer.state.value,
            "touched": sorted(answer.touched),
            "filed": dict(answer.filed),
            "held": dict(answer.held),
            "duplicates": answer.duplicates,
        },
    )
