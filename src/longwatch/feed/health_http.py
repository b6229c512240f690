"""Whether this process lives and can store, for the programs that watch it, over plain HTTP.

`GET /health/live` is answered 200 as long as the process answers at all; `GET /health/ready` 200
when the store takes a message now, 503 with the reason otherwise. Nothing of any patient is told.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress

log = logging.getLogger("longwatch.feed")

_PATIENCE = 5.0
_REQUEST_BYTES = 8192
_WORDS = {200: "OK", 404: "Not Found", 405: "Method Not Allowed", 503: "Service Unavailable"}


class HealthServer:
    """Answers until it is stopped.

    Inputs:
        problem: why nothing can be stored now, in words without patient data; '' when it can.
            Called in a thread; it may take its time, and then the answer is 503.
        host, port: where to listen; port 0 takes a free one, see `port`.
    """

    def __init__(
        self, problem: Callable[[], str], host: str = "127.0.0.1", port: int = 8575
    ) -> None:
        self._problem = problem
        self._host = host
        self._asked_port = port
        self._server: asyncio.Server | None = None
        self._threads = ThreadPoolExecutor(1, "health")

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
        self._server = await asyncio.start_server(
            self._connected, self._host, self._asked_port, limit=_REQUEST_BYTES
        )
        log.info("health is told on %s:%d", self._host, self.port)

    async def stop(self) -> None:
        """Stops listening."""
        if self._server is not None:
            self._server.close()
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # One request for each connection: who asks every few seconds needs no more.
        with suppress(
            OSError, TimeoutError, asyncio.LimitOverrunError, asyncio.IncompleteReadError
        ):
            async with asyncio.timeout(2 * _PATIENCE):
                request = await reader.readuntil(b"\r\n\r\n")
                status, told = await self._answer(request.split(b"\r\n", 1)[0])
                writer.write(_response(status, told, request.startswith(b"HEAD")))
                await writer.drain()
        writer.close()

    async def _answer(self, line: bytes) -> tuple[int, dict[str, str]]:
        method, _, rest = line.partition(b" ")
        path = rest.partition(b" ")[0].partition(b"?")[0]
        if path not in (b"/health/live", b"/health/ready"):
            return 404, {"status": "there is /health/live and /health/ready"}
        if method not in (b"GET", b"HEAD"):
            return 405, {"status": "ask with GET"}
        if path == b"/health/live":
            return 200, {"status": "live"}
        try:
            async with asyncio.timeout(_PATIENCE):
                loop = asyncio.get_running_loop()
                problem = await loop.run_in_executor(self._threads, self._problem)
        except TimeoutError:
            problem = f"the store has not answered for {_PATIENCE:g} seconds"
        except Exception as error:
            # Its own words may repeat a row.
            problem = f"the store failed ({type(error).__name__})"
        if problem:
            return 503, {"status": "not ready", "problem": problem}
        return 200, {"status": "ready"}


def _response(status: int, told: dict[str, str], head_only: bool) -> bytes:
    body = json.dumps(told).encode()
    head = (
        f"HTTP/1.1 {status} {_WORDS[status]}\r\nContent-Type: application/json\r\n"
        f"Content-Length: {len(body)}\r\nCache-Control: no-store\r\nConnection: close\r\n\r\n"
    )
    return head.encode() + (b"" if head_only else body)
