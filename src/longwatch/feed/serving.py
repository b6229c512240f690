"""Listener and folders together, from the start of the process to its end."""

from __future__ import annotations

import asyncio
import logging
import signal
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from longwatch.feed.folder import Folder, Look
from longwatch.feed.listener import Listener

if TYPE_CHECKING:
    from longwatch.feed.fhir_server import FhirServer

log = logging.getLogger("longwatch.feed")

LOOK_SECONDS = 5.0
"""How often a folder is looked at."""


async def serve(
    listener: Listener | None,
    folders: Sequence[Folder],
    *,
    ready: Callable[[], None] = lambda: None,
    looked: Callable[[Look], None] = lambda _: None,
    look_seconds: float = LOOK_SECONDS,
    fhir: FhirServer | None = None,
) -> None:
    """Serves until SIGTERM or SIGINT; what has begun is finished.

    Inputs:
        listener: not started yet; None when only folders are watched.
        folders: the watched folders.
        ready: called when everything listens.
        looked: called with what each look at a folder came to, in a thread.
        look_seconds: how often a folder is looked at.
        fhir: what serves FHIR over HTTP, not started yet.

    Raises:
        OSError: when the address or the port cannot be had.
    """
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        with suppress(NotImplementedError):  # not there on every system
            loop.add_signal_handler(number, stop.set)
    if listener is not None:
        await listener.start()
    if fhir is not None:
        await fhir.start()
    watching = [
        asyncio.create_task(_watch(folder, stop, looked, look_seconds)) for folder in folders
    ]
    ready()
    try:
        await stop.wait()
    finally:
        stop.set()
        if listener is not None:
            await listener.stop()
        if fhir is not None:
            await fhir.stop()
        await asyncio.gather(*watching)


async def _watch(
    folder: Folder, stop: asyncio.Event, looked: Callable[[Look], None], seconds: float
) -> None:
    while not stop.is_set():
        try:
            looked(await asyncio.to_thread(folder.look, datetime.now(UTC), time.monotonic()))
        except OSError as error:
            # A network drive comes and goes; the listener must not go with it.
            log.error("a watched folder cannot be read: %s", error.strerror)
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await stop.wait()
