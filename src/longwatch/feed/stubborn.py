"""Messages on which the store fails every time: kept for a person instead of blocking a feed.

A sender that hears AE sends the same message again, for ever, and everything behind it waits. The
third failure of the same bytes (or as many as the clinic says) is the last: they are kept raw.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from threading import Lock

TRIES = 3
"""How often the same bytes may fail before they are kept for a person."""

_REMEMBERED = 1000


class Stubborn:
    """Counts failures of the same bytes, in memory: after a restart they are counted anew.

    Inputs:
        tries: how often they may fail.

    >>> stubborn = Stubborn(2)
    >>> stubborn.failed(b"x"), stubborn.failed(b"x"), stubborn.kept(b"x")
    (False, True, False)
    """

    def __init__(self, tries: int = TRIES) -> None:
        self.tries = max(1, tries)
        self._failures: OrderedDict[str, int] = OrderedDict()
        self._kept: OrderedDict[str, None] = OrderedDict()
        self._lock = Lock()

    def failed(self, raw: bytes) -> bool:
        """Notes a failure; whether it was the last that is waited for."""
        key = hashlib.sha256(raw).hexdigest()
        with self._lock:
            count = self._failures.pop(key, 0) + 1
            self._failures[key] = count
            if len(self._failures) > _REMEMBERED:
                self._failures.popitem(last=False)
        return count >= self.tries

    def kept(self, raw: bytes) -> bool:
        """Whether these bytes are kept already: once is enough."""
        with self._lock:
            return hashlib.sha256(raw).hexdigest() in self._kept

    def note_kept(self, raw: bytes) -> None:
        """Notes that they are kept."""
        with self._lock:
            self._kept[hashlib.sha256(raw).hexdigest()] = None
            if len(self._kept) > _REMEMBERED:
                self._kept.popitem(last=False)

    def words(self) -> str:
        """What the sender is told; no word of the message."""
        return (
            f"it failed {self.tries} times in the same way and is kept for a person; "
            "do not send it again"
        )
