"""Pages of one process made one after the other, not all at the same time.

Python lets one thread work at a time. Threads that share it wait for it anew after every row that
the database hands over: eight pages begun together are all done last. One after the other, the
first is done eight times sooner and the last no later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from typing import Any

from longwatch.web.gate import Application

_PATIENCE = 0.25
"""Seconds after which a page no longer waits for its turn: a report must not hold up the others."""


class Turns:
    """A WSGI application in front of another one.

    Inputs:
        behind: what makes the pages.
        patience: seconds that a page waits for its turn at most.
    """

    def __init__(self, behind: Application, patience: float = _PATIENCE) -> None:
        self._behind = behind
        self._patience = patience
        self._turn = Lock()

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Passes a request on when it is its turn, or when it has waited long enough."""
        mine = self._turn.acquire(timeout=self._patience)
        try:
            return self._behind(environ, start_response)
        finally:
            if mine:
                self._turn.release()
