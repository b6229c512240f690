"""What the feed asks of a store, and what it tells it: the one seam between wire and database."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Protocol, runtime_checkable


@dataclass(frozen=True, slots=True)
class Channel:
    """The way on which bytes came.

    Inputs:
        name: the clinic's name for this way in (`mllp`, `folder`).
        origin: who was at the other end: an address, or the name of a file.
    """

    name: str
    origin: str


@dataclass(frozen=True, slots=True)
class Stored:
    """What became of a message. That it was returned means: it is in the database, for good.

    Inputs:
        duplicate: whether these very bytes were there before; then nothing was changed.
        refused: why a person must look before anything of it counts (an unknown sender); the
            sender is told AR. Empty for everything that was filed or held.
    """

    duplicate: bool = False
    refused: str = ""


class Store(Protocol):
    """Where messages are kept; called from several threads at once.

    Both calls return only after the commit has reached the disk, and raise when it has not: then
    nothing of the message is there. The same bytes a second time change nothing.
    """

    def store(self, raw: bytes, channel: Channel, received: datetime) -> Stored:
        """Keeps a message with all that follows from it (results, held items, alerts).

        Inputs:
            raw: the message as it came, without transport marks.
            channel: the way on which it came.
            received: when, with offset.

        Raises:
            Exception: any, when it was not stored. The words of a `LongwatchError` reach the
                sender; they hold no patient data.
        """
        ...

    def keep_refused(
        self, raw: bytes, channel: Channel, received: datetime, why: str, size: int
    ) -> None:
        """Keeps what is no whole message, for a person to look at.

        Inputs:
            raw: what there is of it, at most `mllp.KEPT_BYTES` where it was too long.
            channel, received: as in `store`.
            why: what is wrong with it, in words.
            size: how long it was.

        Raises:
            Exception: any, when it was not kept.
        """
        ...


@dataclass(frozen=True, slots=True)
class Came:
    """A message with the way and the moment of its arrival; see `Store.store`."""

    raw: bytes
    channel: Channel
    received: datetime


@runtime_checkable
class StoreOfMany(Store, Protocol):
    """A store to which several messages at once cost less than one after the other."""

    def store_each(self, messages: Sequence[Came]) -> list[Stored | Exception]:
        """`store` for each of these messages, in their order; what `store` would raise is given."""
        ...
