"""The feed's store is the clinic's database: from bytes on a channel to one transaction there."""

from __future__ import annotations

import hashlib
import logging
import shutil
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

from django.db import DataError, Error, IntegrityError, connection, transaction

from longwatch.alerts.clinic import Clinic, read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.alerts.warming import warm_up
from longwatch.core.errors import LongwatchError, Problem, UsageError
from longwatch.feed.ack import read_header
from longwatch.feed.arrival import Came, Channel, Stored
from longwatch.feed.stubborn import TRIES, Stubborn
from longwatch.store import arrivals
from longwatch.store.apart import in_groups
from longwatch.store.arrivals import Arrived, Delivery, Reception
from longwatch.store.message_read import Read, read_delivery
from longwatch.store.models import Message, Setting

_ROOM = 2**24
"""Bytes that must be free beside the store: a message may be as large."""

_REHEARSAL = (
    b"MSH|^~\\&|LIS|LAB|||20260101||ORU^R01|R0|P|2.5\r"
    b"PID|1||0^^^LONGWATCH-REHEARSAL^MR\rOBR|1|P0|A0|777-3^Platelets^LN|||20260101\r"
    b"OBX|1|NM|777-3^Platelets^LN||250|10*9/L|150-400||||F\r"
)
"""A message that is never kept."""

log = logging.getLogger("longwatch.feed")

_Found = TypeVar("_Found")

_TURN = threading.RLock()
"""SQLite lets one write at a time, and waits by chance: under load one of several threads could
wait until it gives up. In line, each has its turn."""


class ClinicStore:
    """A `feed.arrival.Store` on the database that `store.setup.configure` has opened.

    Inputs:
        reception: how this clinic takes what arrives.
        clinic: hours and protocols, by which alerts are raised in the transaction of each message;
            None: as the settings in the store say.
        and_then: what belongs into that transaction instead of the alerts, for tests.
        tries: how often the same bytes may fail before they are kept raw for a person.
    """

    def __init__(
        self,
        reception: Reception,
        clinic: Clinic | None = None,
        and_then: Callable[..., None] | None = None,
        tries: int = TRIES,
    ) -> None:
        self.reception = reception
        self._clinic = clinic
        self._hook = and_then
        self._stubborn = Stubborn(tries)

    def warm_up(self) -> None:
        """Does what takes long once, so that the first message does not wait for it.

        Raises:
            ProtocolError: the clinic's protocol cannot be read.
        """
        self._clinic = self._clinic or read_clinic(self.reception.zone)
        warm_up(self._clinic, datetime.now(UTC))
        arrivals.rehearse(_REHEARSAL, reception=self.reception, received=datetime.now(UTC))

    def and_then(self, *arrived: Arrived) -> None:
        """What belongs into the transaction of messages: their alerts."""
        if self._hook is None:
            self._clinic = self._clinic or read_clinic(self.reception.zone)
            self._hook = hook(self._clinic, lambda: datetime.now(UTC))
        if self._clinic is not None:
            self._clinic.refresh(datetime.now(UTC))
        self._hook(*arrived)

    def store(self, raw: bytes, channel: Channel, received: datetime) -> Stored:
        """See `feed.arrival.Store`."""

        def work() -> Arrived:
            return arrivals.receive(**_told(raw, channel, received), reception=self.reception,
                                    and_then=self.and_then)  # fmt: skip

        found = self.unless_stubborn(raw, channel, received, work)
        if found is None:
            return Stored(refused=self._stubborn.words())
        return _stored(found)

    def store_each(self, messages: Sequence[Came]) -> list[Stored | Exception]:
        """See `feed.arrival.StoreOfMany`: in one transaction what can be, else each in its own."""
        found: list[Stored | Exception] = []
        for group in self._groups(messages):
            together = self._stored_together(group) if len(group) > 1 else None
            found += together or [self._stored_alone(came) for came, _ in group]
        return found

    def _groups(self, messages: Sequence[Came]) -> Iterator[list[tuple[Came, Read | None]]]:
        """Messages that can be filed together, read; None: reading it failed."""
        if len(messages) < 2:
            yield [(came, None) for came in messages]
            return
        came_as: dict[int, Came] = {}
        readable: list[Read] = []
        for came in messages:
            try:
                read = read_delivery(Delivery(**_told(came.raw, came.channel, came.received)),
                                     self.reception)  # fmt: skip
            except Exception:
                # Alone it fails again, and is counted.
                yield from self._of(readable, came_as)
                readable = []
                yield [(came, None)]
                continue
            came_as[id(read)] = came
            readable.append(read)
        yield from self._of(readable, came_as)

    def _of(
        self, readable: Sequence[Read], came_as: Mapping[int, Came]
    ) -> Iterator[list[tuple[Came, Read | None]]]:
        for group in in_groups(readable, self.reception):
            yield [(came_as[id(read)], read) for read in group]

    def _stored_together(self, group: Sequence[tuple[Came, Read | None]]) -> list[Stored] | None:
        """What became of each; None where they could not be stored together, and nothing was."""
        reads = [read for _, read in group if read is not None]

        def work() -> list[Arrived]:
            return arrivals.receive_together(reads, self.reception, self.and_then)

        try:
            return [_stored(one) for one in on_a_connection(work)]
        except Exception as error:
            log.warning("%s: %d messages are stored one by one", type(error).__name__, len(group))
            return None

    def _stored_alone(self, came: Came) -> Stored | Exception:
        try:
            return self.store(came.raw, came.channel, came.received)
        except Exception as error:
            return error

    def unless_stubborn(
        self, raw: bytes, channel: Channel, received: datetime, work: Callable[[], _Found]
    ) -> _Found | None:
        """Does the work of a message; None when it failed too often and is kept for a person.

        A database or disk that fails is no fault of the message: then it is tried for ever.

        Raises:
            Exception: it was not stored, and may be next time.
        """
        try:
            return on_a_connection(work)
        except Exception as error:
            ours = isinstance(error, LongwatchError) and not isinstance(error, UsageError)
            if ours or isinstance(error, OSError | MemoryError):
                raise
            connection.close()
            if not self._stubborn.failed(raw):
                raise
            log.error(
                "%s: the store failed %d times on digest %s: kept for a person",
                type(error).__name__,
                self._stubborn.tries,
                hashlib.sha256(raw).hexdigest()[:12],
            )
        if not self._stubborn.kept(raw):
            why = f"the program failed on it {self._stubborn.tries} times; nothing of it was filed"
            self.keep_refused(raw, channel, received, why, len(raw))
            self._stubborn.note_kept(raw)
        return None

    def keep_refused(
        self, raw: bytes, channel: Channel, received: datetime, why: str, size: int
    ) -> None:
        """See `feed.arrival.Store`."""
        shown = why if size == len(raw) else f"{why} ({size:,} bytes, {len(raw):,} of them kept)"

        def work() -> Arrived:
            return arrivals.keep_refused(
                raw,
                channel=channel.name,
                origin=channel.origin,
                received=received,
                reception=self.reception,
                why=shown,
            )

        on_a_connection(work)


def cannot_store() -> str:
    """Why nothing can be stored now, in words; '' when the store takes a message."""
    try:
        with transaction.atomic():
            # Taken back again: what is read-only, locked or gone refuses it all the same.
            Setting.objects.create(key="health.probe", value="1")
            transaction.set_rollback(True)
    except Error as error:
        connection.close()
        return f"the database refused ({type(error).__name__})"
    if connection.vendor == "sqlite":
        folder = Path(str(connection.settings_dict["NAME"])).parent
        if shutil.disk_usage(folder).free < _ROOM:
            return "the disk is full"
    return ""


def on_a_connection(work: Callable[[], _Found]) -> _Found:
    """Does some work on the database; after a failure the next one gets a fresh connection.

    Raises:
        LongwatchError: the database failed, without its own words.
        DataError, IntegrityError: it refused this message, and would again.
    """
    try:
        with _TURN if connection.vendor == "sqlite" else nullcontext():
            return work()
    except (DataError, IntegrityError):
        raise
    except Error as error:
        # A database that went away may be back.
        connection.close()
        raise _in_words(error) from error


def _in_words(error: Error) -> LongwatchError:
    """Without the database's own words: they may repeat a row."""
    return LongwatchError(
        Problem(
            f"the database refused ({type(error).__name__}); send it again later",
            how="look at the database, the disk and the rights to both",
        )
    )


def _told(raw: bytes, channel: Channel, received: datetime) -> dict[str, Any]:
    """A message as the store wants it told: with application and facility, and its id."""
    told: dict[str, Any] = {
        "raw": raw,
        "channel": channel.name,
        "origin": channel.origin,
        "received": received,
        "sender": None,
        "control_id": None,
    }
    header = read_header(raw)
    if header is not None:
        sender = "/".join(_text(header.part(number)) for number in (3, 4)).strip("/")
        told |= {"sender": sender or None, "control_id": _text(header.control_id) or None}
    return told


def _stored(arrived: Arrived) -> Stored:
    return Stored(duplicate=arrived.state == Message.State.DUPLICATE)


def _text(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")
