"""The FHIR intake on a port: uvicorn, told to leave signals and logs to us."""

from __future__ import annotations

import asyncio
import logging
import socket
import ssl
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path

import uvicorn

from longwatch.feed.fhir_rest import FhirIntake

log = logging.getLogger("longwatch.feed")

_AT_ONCE = 64
_IDLE_SECONDS = 30
_STOP_SECONDS = 20
_POLL_SECONDS = 0.01


class _Server(uvicorn.Server):
    @contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        """Signals are those of the whole process; `serving.serve` hears them."""
        yield


class FhirServer:
    """Serves the intake until it is stopped.

    Inputs:
        app: the application.
        host, port: where; port 0 takes any free one.
        certificate, key, senders: PEM files as in `tls.server_context`; none: without TLS.
    """

    def __init__(
        self,
        app: FhirIntake,
        host: str,
        port: int,
        certificate: Path | None = None,
        key: Path | None = None,
        senders: Path | None = None,
    ) -> None:
        self._app = app
        self._address = (host, port)
        self._server = _Server(
            uvicorn.Config(
                app,
                lifespan="off",
                log_config=None,
                access_log=False,
                server_header=False,
                proxy_headers=False,
                limit_concurrency=_AT_ONCE,
                timeout_keep_alive=_IDLE_SECONDS,
                timeout_graceful_shutdown=_STOP_SECONDS,
                ssl_certfile=certificate,
                ssl_keyfile=key,
                ssl_ca_certs=str(senders) if senders else None,
                ssl_cert_reqs=ssl.CERT_REQUIRED if senders else ssl.CERT_NONE,
            )
        )
        self._task: asyncio.Task[None] | None = None
        self.port = 0

    async def start(self) -> None:
        """Begins to listen.

        Raises:
            OSError: when the address or the port cannot be had.
        """
        host, port = self._address
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        bound = socket.create_server((host, port), family=family)
        self.port = int(bound.getsockname()[1])
        self._task = asyncio.create_task(self._server.serve(sockets=[bound]))
        while not self._server.started and not self._task.done():
            await asyncio.sleep(_POLL_SECONDS)
        log.info("FHIR on http port %s:%d", host, self.port)

    async def stop(self) -> None:
        """Takes nobody new, finishes what has begun, and leaves."""
        self._server.should_exit = True
        if self._task is not None:
            await self._task
        self._app.close()
