"""The MLLP listener: takes connections, and nothing is acknowledged that is not stored."""

from __future__ import annotations

import asyncio
import ipaddress
import logging
import socket
import ssl
import time
from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import UTC, datetime
from functools import partial

from longwatch.feed.answering import Answer, Waiting
from longwatch.feed.arrival import Channel, Store
from longwatch.feed.connection import Connection
from longwatch.feed.gathering import Gatherer
from longwatch.feed.limits import Limits
from longwatch.feed.mllp import Frame

log = logging.getLogger("longwatch.feed")

Network = ipaddress.IPv4Network | ipaddress.IPv6Network


def _utc_now() -> datetime:
    return datetime.now(UTC)


class Listener:
    """Listens for senders until it is stopped.

    Inputs:
        store: where messages are kept.
        host, port: where to listen; port 0 takes a free one, see `port`.
        tls: from `tls.server_context`; None listens in the clear, for a loopback or a VPN.
        senders: the networks that may send; empty lets all in. MLLP itself knows no passwords.
        limits: the bounds.
        name: the channel's name.
        clock: the moment of arrival, with offset.
        shared: other processes listen on the same port; the system spreads connections over them.
    """

    def __init__(
        self,
        store: Store,
        host: str = "127.0.0.1",
        port: int = 2575,
        *,
        tls: ssl.SSLContext | None = None,
        senders: Sequence[Network] = (),
        limits: Limits | None = None,
        name: str = "mllp",
        clock: Callable[[], datetime] = _utc_now,
        shared: bool = False,
    ) -> None:
        self._store = store
        self._shared = shared
        self._host = host
        self._asked_port = port
        self._tls = tls
        self._senders = tuple(senders)
        self._limits = limits or Limits()
        self._name = name
        self._clock = clock
        self._connections: dict[Connection, asyncio.Task[None]] = {}
        self._server: asyncio.Server | None = None
        self._gatherer = Gatherer(store, self._limits.workers)

    @property
    def port(self) -> int:
        """The port it listens on; 0 before the start."""
        if self._server is None or not self._server.sockets:
            return 0
        return int(self._server.sockets[0].getsockname()[1])

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            OSError: when the address or the port cannot be had.
        """
        patience = self._limits.write_seconds if self._tls is not None else None
        self._server = await asyncio.start_server(
            self._connected,
            self._host,
            self._asked_port,
            reuse_port=self._shared or None,
            ssl=self._tls,
            ssl_handshake_timeout=patience,
            ssl_shutdown_timeout=patience,
        )
        log.info("listening on %s:%d%s", self._host, self.port, " with TLS" if self._tls else "")

    async def stop(self) -> None:
        """Takes nobody new, finishes what has begun, and leaves.

        A message still with the store when `stop_seconds` are over may be stored, and is not
        acknowledged: it comes again, as a duplicate.
        """
        if self._server is None:
            return
        self._server.close()
        tasks = list(self._connections.values())
        for connection in list(self._connections):
            connection.leave()
        if tasks:
            _, late = await asyncio.wait(tasks, timeout=self._limits.stop_seconds)
            for task in late:
                task.cancel()
            await asyncio.gather(*late, return_exceptions=True)
        self._gatherer.close()
        log.info("stopped listening")

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        host, address = _peer(writer)
        if not self._may_send(host) or not self._has_room(host):
            writer.close()
            return
        with suppress(OSError, AttributeError):
            kept = writer.get_extra_info("socket")
            kept.setsockopt(socket.SOL_SOCKET, socket.SO_KEEPALIVE, 1)
        handle = partial(self._handle, Channel(self._name, address))
        served = Connection(reader, writer, host, handle, self._limits, time.monotonic)
        task = asyncio.current_task()
        assert task is not None
        self._connections[served] = task
        try:
            await served.run()
        finally:
            del self._connections[served]

    async def _handle(self, channel: Channel, frames: list[Frame]) -> list[Answer]:
        now = self._clock()
        return await self._gatherer.answers([Waiting(frame, channel, now) for frame in frames])

    def _may_send(self, host: str) -> bool:
        if not self._senders:
            return True
        with suppress(ValueError):
            found = ipaddress.ip_address(host.partition("%")[0])
            found = getattr(found, "ipv4_mapped", None) or found
            if any(found in network for network in self._senders):
                return True
        log.warning("%s may not send: not one of the senders named for this listener", host)
        return False

    def _has_room(self, host: str) -> bool:
        """Whether one more fits; a connection that only idles makes room.

        A sender whose line broke without a word comes back on a new connection, and its old ones
        would otherwise shut it out.
        """
        staying = [one for one in self._connections if not one.leaving]
        for held, most in (
            ([one for one in staying if one.address == host], self._limits.per_address),
            (staying, self._limits.connections),
        ):
            if len(held) < most:
                continue
            idle = [(one.idle_since, one) for one in held if one.idle_since is not None]
            if not idle:
                log.warning("%s refused: all %d connections are busy", host, most)
                return False
            min(idle, key=lambda pair: pair[0])[1].leave()
        return True


def _peer(writer: asyncio.StreamWriter) -> tuple[str, str]:
    """The sender's address, alone and with its port."""
    name = writer.get_extra_info("peername")
    if not isinstance(name, tuple) or not name:
        return "unknown", "unknown"
    return str(name[0]), f"{name[0]}:{name[1]}"
