"""One connection of a sender: read, store, answer, one message after the other.

While a message is with the store, nothing more is read: the network makes the sender wait.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable

from longwatch.feed.answering import Answer
from longwatch.feed.limits import Limits
from longwatch.feed.mllp import Frame, Framer, framed

log = logging.getLogger("longwatch.feed")

_CHUNK = 64 * 1024


class Connection:
    """Serves one sender until it leaves, errs, or is asked to go.

    Inputs:
        reader, writer: the stream.
        address: who is at the other end.
        handle: stores frames and gives the answers, in their order.
        limits: the bounds.
        now: a monotonic clock, in seconds.
    """

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        address: str,
        handle: Callable[[list[Frame]], Awaitable[list[Answer]]],
        limits: Limits,
        now: Callable[[], float],
    ) -> None:
        self._reader = reader
        self._writer = writer
        self.address = address
        self._handle = handle
        self._limits = limits
        self._now = now
        self._framer = Framer(limits.message_bytes)
        self._began = now()
        self.leaving = False
        self.idle_since: float | None = now()

    def leave(self) -> None:
        """Asks it to go: at once when nothing has begun, else after the message at hand."""
        self.leaving = True
        if self.idle_since is not None:
            self._writer.close()

    async def run(self) -> None:
        """Serves until the end; does not raise for anything that a sender can do."""
        try:
            await self._serve()
        except OSError as error:  # what the network throws, and a sender who does not read
            log.warning("connection of %s broken: %s", self.address, type(error).__name__)
        finally:
            self.idle_since = None
            await self._close()

    async def _serve(self) -> None:
        while not self.leaving or self._framer.open:
            try:
                data = await self._read()
            except TimeoutError:
                lingered = self._framer.may_have_ended
                await self._take(self._framer.finish())
                if lingered:
                    continue
                log.warning("%s was too slow, or silent for too long: closed", self.address)
                return
            if not data:
                await self._take(self._framer.finish())
                return
            was_open = self._framer.open
            frames = self._framer.feed(data)
            await self._take(frames)
            if self.leaving and frames:
                # What stands half behind them was not answered: it will be sent again.
                return
            if frames or not was_open:
                self._began = self._now()

    async def _read(self) -> bytes:
        if not self._framer.open:
            self.idle_since = self._now()
        try:
            async with asyncio.timeout(max(0, self._patience())):
                return await self._reader.read(_CHUNK)
        finally:
            self.idle_since = None

    def _patience(self) -> float:
        """Seconds until the next bytes must be here."""
        if not self._framer.open:
            return self._limits.idle_seconds
        left = self._began + self._limits.message_seconds - self._now()
        return min(left, self._limits.linger_seconds) if self._framer.may_have_ended else left

    async def _take(self, frames: list[Frame]) -> None:
        for said in await self._handle(frames) if frames else ():
            if said.message:
                self._writer.write(framed(said.message))
                async with asyncio.timeout(self._limits.write_seconds):
                    await self._writer.drain()

    async def _close(self) -> None:
        self._writer.close()
        try:
            async with asyncio.timeout(self._limits.write_seconds):
                await self._writer.wait_closed()
        except OSError:
            self._writer.transport.abort()
