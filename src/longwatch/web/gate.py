"""What a browser sees while the clinic's pages are being made ready: that, and not an error."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

_PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<meta http-equiv="refresh" content="1"><title>Getting ready – Longwatch</title></head>
<body><main><h1>Longwatch is getting ready</h1>
<p>This page opens by itself. The very first time, the sample clinic is filled: some seconds.</p>
</main></body></html>
"""
_HEADERS = [
    ("Content-Type", "text/html; charset=utf-8"),
    ("Content-Security-Policy", "default-src 'none'; frame-ancestors 'none'"),
    ("Cache-Control", "no-store"),
    ("Retry-After", "1"),
]

Application = Callable[[dict[str, Any], Callable[..., Any]], Iterable[bytes]]


class Gate:
    """A WSGI application in front of another one, which may still be missing.

    A watchdog is told the truth, too: the status is 503 until the pages are there.
    """

    def __init__(self) -> None:
        self._behind: Application | None = None

    def open(self, application: Application) -> None:
        """From now on every request goes through."""
        self._behind = application

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Passes a request on, or says that it is too early."""
        if self._behind is not None:
            return self._behind(environ, start_response)
        start_response("503 Service Unavailable", _HEADERS)
        return [_PAGE.encode()]
