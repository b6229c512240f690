"""Pages of one process made one after the other, not all at the same time.

Python lets one thread work at a time. Threads that share it wait for it anew after every row that
the database hands over: eight pages begun together are all done last. One after the other, the
first is done eight times sooner and the last no later.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from threading import Lock
from time import monotonic
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
        self._since = 0.0
        self.when_free: Callable[[], object] = lambda: None

    @property
    def at_work(self) -> bool:
        """Whether a page is being made, and not for longer than others wait for it."""
        return self._turn.locked() and monotonic() - self._since < self._patience

    def __call__(
        self, environ: dict[str, Any], start_response: Callable[..., Any]
    ) -> Iterable[bytes]:
        """Passes a request on when it is its turn, or when it has waited long enough."""
        mine = self._turn.acquire(timeout=self._patience)
        if mine:
            self._since = monotonic()
        try:
            return self._behind(environ, start_response)
        finally:
            if mine:
                self._turn.release()
                self.when_free()


def leave_to_others(server: Any, turns: Turns) -> None:
    """Has a process that makes a page take no call from the port that it shares with others.

    It would be the first to accept one while another process has nothing to do. A page that takes
    long ends that: the server looks again within a second.

    Inputs:
        server: of waitress, with `turns` behind it.
    """
    usual = server.readable
    server.readable = lambda: usual() and not turns.at_work
    turns.when_free = server.pull_trigger
