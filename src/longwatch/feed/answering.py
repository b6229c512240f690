"""From a frame to its answer: stored and AA, not stored and AE, no message and AR.

The one place that decides what a sender is told. AA is said after the store has returned, never
before; whatever goes wrong on the way there is AE, and the sender keeps the message.
"""

from __future__ import annotations

import errno
import hashlib
import logging
import secrets
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from longwatch.core.errors import LongwatchError
from longwatch.feed.ack import Code, Header, acknowledge, read_header
from longwatch.feed.arrival import Came, Channel, Store, Stored, StoreOfMany
from longwatch.feed.mllp import Frame, Kind

log = logging.getLogger("longwatch.feed")

_WHY = {
    Kind.TOO_LONG: "the message is longer than the limit of this listener; send it in parts",
    Kind.UNFINISHED: "the message has no end mark (1C 0D); it may be cut off; send it again",
    Kind.HEADLESS: "no start mark (0B) before the message; its beginning may be missing",
    Kind.STRAY: "bytes between two messages",
}
_NO_MESSAGE = "no HL7 v2 message: it does not begin with a readable MSH segment"
_NO_ROOM = {errno.ENOSPC, errno.EDQUOT}


@dataclass(frozen=True, slots=True)
class Answer:
    """What a sender is told.

    Inputs:
        code: the verdict; None where nothing is said.
        message: the answer without transport marks; empty where nothing is said.
    """

    code: Code | None
    message: bytes


@dataclass(frozen=True, slots=True)
class Waiting:
    """A frame that waits for its answer, with the way and the moment of its arrival."""

    frame: Frame
    channel: Channel
    received: datetime


def answer(frame: Frame, channel: Channel, store: Store, now: datetime) -> Answer:
    """Stores a frame and makes the answer to it.

    Inputs:
        frame: what came.
        channel: the way on which it came.
        store: where it is kept; asked once, and the answer waits for it.
        now: the moment of arrival, with offset.

    Returns:
        The answer. This function does not raise: every failure of the store is AE.
    """
    (only,) = answer_each([Waiting(frame, channel, now)], store)
    return only


def answer_each(waiting: Sequence[Waiting], store: Store) -> list[Answer]:
    """`answer` for frames that wait at the same time, in their order."""
    headers = [read_header(one.frame.data) for one in waiting]
    answers: list[Answer] = []
    messages: list[tuple[Waiting, Header]] = []
    for one, header in zip(waiting, headers, strict=True):
        if one.frame.kind is Kind.MESSAGE and header is not None:
            messages.append((one, header))
            continue
        # What is no message keeps its place among those of its sender.
        answers += _answers(messages, store)
        messages = []
        code, words = _refused(one, store)
        answers.append(_answer(one, header, code, words))
    return answers + _answers(messages, store)


def _answers(messages: Sequence[tuple[Waiting, Header]], store: Store) -> list[Answer]:
    came = [Came(one.frame.data, one.channel, one.received) for one, _ in messages]
    answers = []
    for (one, header), stored in zip(messages, _stored(came, store), strict=True):
        if isinstance(stored, Exception):
            # Whatever it is: the sender must not hear AA.
            log.error("not stored: %s from %s", type(stored).__name__, one.channel.name)
            answers.append(_answer(one, header, Code.AE, _words(stored)))
        else:
            code = Code.AR if stored.refused else Code.AA
            answers.append(_answer(one, header, code, stored.refused))
    return answers


def _stored(messages: Sequence[Came], store: Store) -> list[Stored | Exception]:
    if isinstance(store, StoreOfMany) and messages:
        try:
            return store.store_each(messages)
        except Exception as error:
            return [error for _ in messages]
    found: list[Stored | Exception] = []
    for one in messages:
        try:
            found.append(store.store(one.raw, one.channel, one.received))
        except Exception as error:
            found.append(error)
    return found


def _refused(one: Waiting, store: Store) -> tuple[Code, str]:
    """Keeps what is no whole message."""
    frame = one.frame
    why = _WHY.get(frame.kind, _NO_MESSAGE)
    try:
        store.keep_refused(frame.data, one.channel, one.received, why, frame.size)
    except Exception as error:
        log.error("not stored: %s from %s", type(error).__name__, one.channel.name)
        return Code.AE, _words(error)
    # Half a message may come whole when it is sent again: AE invites to that, AR does not.
    return (Code.AE if frame.kind is Kind.UNFINISHED else Code.AR), why


def _answer(one: Waiting, header: Header | None, code: Code, words: str) -> Answer:
    _note(one.frame, code, one.channel)
    if one.frame.kind is Kind.STRAY:
        # A log line before a message is no message: an answer would be taken for that of the next.
        return Answer(None, b"")
    own_id = secrets.token_hex(10)
    return Answer(code, acknowledge(header, code, words, one.received, own_id))


def _words(error: Exception) -> str:
    """Why it was not stored. Words of errors we did not write may hold anything: not repeated."""
    if isinstance(error, LongwatchError) and error.problems:
        return error.problems[0].what
    if isinstance(error, OSError) and error.errno in _NO_ROOM:
        return "could not be stored: the disk is full; send it again later"
    return "could not be stored; nothing of it was kept; send it again later"


def _note(frame: Frame, code: Code, channel: Channel) -> None:
    digest = hashlib.sha256(frame.data).hexdigest()[:12]
    level = logging.INFO if code is Code.AA else logging.WARNING
    log.log(
        level,
        "%s %s, %d bytes, digest %s, from %s %s",
        code.value,
        frame.kind.value,
        frame.size,
        digest,
        channel.name,
        channel.origin,
    )
