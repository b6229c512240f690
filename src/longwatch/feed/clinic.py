"""The feed's store is the clinic's database: from bytes on a channel to one transaction there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from django.db import Error, connection, transaction

from longwatch.alerts.clinic import Clinic, read_clinic
from longwatch.alerts.evaluate import hook
from longwatch.alerts.warming import warm_up
from longwatch.core.errors import LongwatchError, Problem
from longwatch.feed.ack import read_header
from longwatch.feed.arrival import Channel, Stored
from longwatch.store import arrivals
from longwatch.store.arrivals import Arrived, Reception
from longwatch.store.models import Message, Setting

_ROOM = 2**24
"""Bytes that must be free beside the store: a message may be as large."""

_REHEARSAL = (
    b"MSH|^~\\&|LIS|LAB|||20260101||ORU^R01|R0|P|2.5\r"
    b"PID|1||0^^^LONGWATCH-REHEARSAL^MR\rOBR|1|P0|A0|777-3^Platelets^LN|||20260101\r"
    b"OBX|1|NM|777-3^Platelets^LN||250|10*9/L|150-400||||F\r"
)
"""A message that is never kept."""


class ClinicStore:
    """A `feed.arrival.Store` on the database that `store.setup.configure` has opened.

    Inputs:
        reception: how this clinic takes what arrives.
        clinic: hours and protocols, by which alerts are raised in the transaction of each message;
            None: as the settings in the store say.
    """

    def __init__(self, reception: Reception, clinic: Clinic | None = None) -> None:
        self._reception = reception
        self._clinic = clinic
        self._hook: Callable[[Arrived], None] | None = None

    def warm_up(self) -> None:
        """Does what takes long once, so that the first message does not wait for it.

        Raises:
            ProtocolError: the clinic's protocol cannot be read.
        """
        self._clinic = self._clinic or read_clinic(self._reception.zone)
        warm_up(self._clinic, datetime.now(UTC))
        arrivals.rehearse(_REHEARSAL, reception=self._reception, received=datetime.now(UTC))

    def _and_then(self, arrived: Arrived) -> None:
        if self._hook is None:
            self._clinic = self._clinic or read_clinic(self._reception.zone)
            self._hook = hook(self._clinic, lambda: datetime.now(UTC))
        if self._clinic is not None:
            self._clinic.refresh(datetime.now(UTC))
        self._hook(arrived)

    def store(self, raw: bytes, channel: Channel, received: datetime) -> Stored:
        """See `feed.arrival.Store`."""
        sender, control_id = _who(raw)

        def work() -> Arrived:
            return arrivals.receive(
                raw,
                channel=channel.name,
                origin=channel.origin,
                received=received,
                reception=self._reception,
                sender=sender,
                control_id=control_id,
                and_then=self._and_then,
            )

        return Stored(duplicate=_on_a_connection(work).state == Message.State.DUPLICATE)

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
                reception=self._reception,
                why=shown,
            )

        _on_a_connection(work)


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


def _on_a_connection(work: Callable[[], Arrived]) -> Arrived:
    try:
        return work()
    except Error as error:
        # The next message gets a fresh connection: a database that went away may be back.
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


def _who(raw: bytes) -> tuple[str | None, str | None]:
    """Application and facility that sent it, and its id; nothing where it is no HL7 v2."""
    header = read_header(raw)
    if header is None:
        return None, None
    sender = "/".join(_text(header.part(number)) for number in (3, 4)).strip("/")
    return sender or None, _text(header.control_id) or None


def _text(field: bytes) -> str:
    return field.decode("utf-8", "backslashreplace")
