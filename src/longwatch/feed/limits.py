"""How much and how long: the bounds that keep one bad sender from harming the others."""

from __future__ import annotations

from dataclasses import dataclass

from longwatch.feed.mllp import MESSAGE_BYTES


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of a listener; none of them makes a message lost, for none is acknowledged early.

    Inputs:
        message_bytes: largest message; the memory of a listener is at most twice this times
            `connections`.
        message_seconds: time from the first byte of a message to its last.
        linger_seconds: how long the line end after an end mark is waited for.
        idle_seconds: how long a connection may be silent between two messages.
        write_seconds: how long a sender may take to read its answer.
        stop_seconds: how long a stop waits for what has begun.
        connections: how many at once, over all senders.
        per_address: how many at once from one address.
        workers: how many messages are in the hands of the store at once; over MLLP groups of them,
            one at a time unless it is slow, which makes the largest groups.
    """

    message_bytes: int = MESSAGE_BYTES
    message_seconds: float = 60
    linger_seconds: float = 1
    idle_seconds: float = 3600
    write_seconds: float = 30
    stop_seconds: float = 20
    connections: int = 16
    per_address: int = 8
    workers: int = 4
