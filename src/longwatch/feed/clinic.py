"""The feed's store is the clinic's database: from bytes on a channel to one transaction there."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from datetime import datetime
from pathlib import Path

from django.db import Error, connection, transaction

from longwatch.core.errors import LongwatchError, Problem
from longwatch.feed.ack import read_header
from longwatch.feed.arrival import Channel, Stored
from longwatch.store import arrivals
from longwatch.store.arrivals import Arrived, Reception
from longwatch.store.models import Message, Setting

_ROOM = 2**24
"""Bytes that must be free beside the store: a message may be as large."""


class ClinicStore:
    """A `feed.arrival.Store` on the database that `store.setup.configure` has opened.

    Inputs:
        reception: how this clinic takes what arrives.
        and_then: what else belongs into the transaction of each message, as alerts do.
    """

    def __init__(
        self, reception: Reception, and_then: Callable[[Arrived], None] | None = None
    ) -> None:
        self._reception = reception
        self._and_then = and_then

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
