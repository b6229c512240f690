"""FHIR R4 over HTTP for what is sent: an ASGI application without a framework.

`POST /fhir/Observation`, `POST /fhir/DiagnosticReport`, `POST /fhir` (a Bundle: transaction or
batch), `GET /fhir/metadata`. Answered after the commit, never before; every refusal is an
OperationOutcome.
"""

from __future__ import annotations

import asyncio
import logging
import threading
import time
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Any, TypeVar

from django.db import connection

from longwatch.core.errors import LongwatchError
from longwatch.feed.clinic import ClinicStore, on_a_connection
from longwatch.feed.fhir_store import FhirStore, Posted
from longwatch.feed.fhir_words import (
    MEDIA,
    TYPES,
    Answer,
    RefusedError,
    as_bytes,
    capabilities,
)
from longwatch.feed.limits import Limits
from longwatch.store.models import Sender
from longwatch.store.senders import count_strangers, sender_of

log = logging.getLogger("longwatch.feed")

_Found = TypeVar("_Found")

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]

_ROOT = "/fhir"
_TAKEN = {f"{_ROOT}/{kind}": kind for kind in TYPES} | {_ROOT: "Bundle", f"{_ROOT}/": "Bundle"}
_JSON = ("application/fhir+json", "application/json")
_ORIGINS = 1000
_FLUSH_SECONDS = 10.0
_RETRY_SECONDS = "30"


def _utc_now() -> datetime:
    return datetime.now(UTC)


class FhirIntake:
    """The application.

    Inputs:
        store: the clinic's store.
        limits: how large a body may be and how long it may take.
        clock: now, with a time zone.
    """

    def __init__(
        self,
        store: ClinicStore,
        limits: Limits | None = None,
        clock: Callable[[], datetime] = _utc_now,
    ) -> None:
        self._fhir = FhirStore(store)
        self._limits = limits or Limits()
        self._clock = clock
        self._started = clock()
        self._threads = ThreadPoolExecutor(self._limits.workers, "fhir")
        self._strangers = _Strangers()
        self._closed = False

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """One request."""
        if scope["type"] != "http":
            return
        extra: list[tuple[bytes, bytes]] = []
        try:
            answer = await self._answer(scope, receive)
        except RefusedError as refusal:
            answer = refusal.answer
            if refusal.status == 401:
                extra = [(b"www-authenticate", b"Bearer")]
            elif refusal.status == 405:
                extra = [(b"allow", b"POST" if scope["path"] in _TAKEN else b"GET")]
        except Exception as error:
            # Whatever it is: the sender must not hear that it is stored.
            log.error("not stored: %s from fhir", type(error).__name__)
            words = "could not be stored; nothing of it was kept; send it again later"
            if isinstance(error, LongwatchError) and error.problems:
                words = error.problems[0].what
            answer = RefusedError(503, "transient", words).answer
            extra = [(b"retry-after", _RETRY_SECONDS.encode())]
        await _send(send, answer, extra)

    def close(self) -> None:
        """Writes down what is only counted, and lets the threads go."""
        if self._closed:
            return
        self._closed = True
        self._threads.submit(self._strangers.flush, self._clock()).exception()
        self._threads.submit(connection.close)
        self._threads.shutdown(wait=True)

    async def _answer(self, scope: Scope, receive: Receive) -> Answer:
        method, path = scope["method"], scope["path"]
        if path == f"{_ROOT}/metadata":
            if method != "GET":
                raise RefusedError(405, "not-supported", "only GET is answered here")
            return Answer(200, capabilities(self._started))
        kind = _TAKEN.get(path)
        if kind is None:
            words = f"nothing is taken here; see {_ROOT}/metadata"
            raise RefusedError(404, "not-found", words)
        if method != "POST":
            raise RefusedError(405, "not-supported", "only POST is answered here")
        headers = _headers(scope)
        origin = str((scope.get("client") or ("unknown",))[0])
        sender = await self._sender(headers.get("authorization", ""), origin)
        media = headers.get("content-type", "").partition(";")[0].strip().lower()
        if media not in _JSON:
            raise RefusedError(415, "not-supported", f"send {MEDIA}")
        body = await self._body(headers, receive)
        posted = Posted(
            body,
            kind,
            headers.get("if-none-exist", ""),
            f"{scope.get('scheme', 'http')}://{headers.get('host', 'localhost')}{_ROOT}",
            origin,
            self._clock(),
        )
        answer = await self._in_thread(lambda: self._fhir.take(posted, sender))
        log.info("%d %s, %d bytes, from fhir:%s", answer.status, kind, len(body), sender.name)
        return answer

    async def _sender(self, authorization: str, origin: str) -> Sender:
        scheme, _, token = authorization.partition(" ")
        found = None
        if scheme.lower() == "bearer" and token.strip():
            found = await self._in_thread(
                lambda: on_a_connection(lambda: sender_of(token.strip(), origin))
            )
        if found is None:
            log.warning("401: somebody without a valid token at %s", origin)
            now = self._clock()
            if self._strangers.note(origin):
                await self._in_thread(lambda: self._strangers.flush(now))
            raise RefusedError(401, "login", "the token of a registered sender is needed")
        return found

    async def _body(self, headers: dict[str, str], receive: Receive) -> bytes:
        most = self._limits.message_bytes
        told = headers.get("content-length", "")
        too_long = RefusedError(413, "too-long", f"more than {most} bytes; send it in parts")
        if told.isdecimal() and int(told) > most:
            raise too_long
        body = bytearray()
        try:
            async with asyncio.timeout(self._limits.message_seconds):
                while True:
                    event = await receive()
                    if event["type"] != "http.request":
                        raise RefusedError(400, "incomplete", "the connection broke")
                    body += event.get("body", b"")
                    if len(body) > most:
                        raise too_long
                    if not event.get("more_body", False):
                        return bytes(body)
        except TimeoutError:
            raise RefusedError(408, "timeout", "the body took too long to come") from None

    async def _in_thread(self, work: Callable[[], _Found]) -> _Found:
        return await asyncio.get_running_loop().run_in_executor(self._threads, work)


class _Strangers:
    """Counts who tried without a token; written down now and then, so nobody fills the disk."""

    def __init__(self) -> None:
        self._counts: Counter[str] = Counter()
        self._last = float("-inf")
        self._lock = threading.Lock()

    def note(self, origin: str) -> bool:
        """Counts one; whether it is time to write the counts down."""
        with self._lock:
            known = origin in self._counts or len(self._counts) < _ORIGINS
            self._counts[origin if known else "others"] += 1
            due = time.monotonic() - self._last >= _FLUSH_SECONDS
            if due:
                self._last = time.monotonic()
            return due

    def flush(self, now: datetime) -> None:
        """Writes the counts down."""
        with self._lock:
            counts, self._counts = self._counts, Counter()
        for origin, times in counts.items():
            on_a_connection(partial(count_strangers, origin, times, now))


def _headers(scope: Scope) -> dict[str, str]:
    pairs = scope.get("headers") or ()
    return {name.decode("latin-1").lower(): value.decode("latin-1") for name, value in pairs}


async def _send(send: Send, answer: Answer, extra: list[tuple[bytes, bytes]]) -> None:
    body = as_bytes(answer.body)
    headers = [
        (b"content-type", f"{MEDIA}; charset=utf-8".encode()),
        (b"content-length", str(len(body)).encode()),
        (b"cache-control", b"no-store"),
        *extra,
    ]
    if answer.location:
        headers += [(b"location", answer.location.encode()), (b"etag", b'W/"1"')]
    await send({"type": "http.response.start", "status": answer.status, "headers": headers})
    await send({"type": "http.response.body", "body": body})
