"""What makes a filed row the same row: everything it says, and how many times it was said."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any


def digests(columns: Sequence[str], rows: Iterable[tuple[Any, ...]]) -> list[str]:
    """One digest for each row; the second of two equal rows has another than the first.

    Inputs:
        columns: names of the cells.
        rows: cells as the database takes them.

    >>> rows = [(1, "alt"), (1, "ast"), (1, "alt")]
    >>> one, two, again = digests(("patient_id", "test"), rows)
    >>> one == digest(told(("patient_id", "test"), rows[0])), one != again
    (True, True)
    """
    said: Counter[str] = Counter()
    made = []
    for row in rows:
        text = told(columns, row)
        made.append(digest(text, said[text]))
        said[text] += 1
    return made


def told(columns: Sequence[str], row: Iterable[Any]) -> str:
    """All that a row says; empty cells say nothing, so that a new column changes no digest."""
    pairs = zip(columns, row, strict=True)
    return repr(sorted([pair for pair in pairs if pair[1] is not None]))


def digest(text: str, time: int = 0, supersedes: int | None = None) -> str:
    """The digest of a row's text.

    Inputs:
        time: how many rows said the same before it.
        supersedes: key of the row whose place it takes.
    """
    whole = f"{text}\x1f{time}\x1f{supersedes or ''}"
    return hashlib.sha256(whole.encode("utf-8", "surrogatepass")).hexdigest()[:32]
