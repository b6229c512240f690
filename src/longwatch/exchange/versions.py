"""Several versions of one result: which came later, and what a withdrawal takes back.

The watch tells versions apart by `received`. A version that the laboratory issued earlier may reach
the clinic later; it then gets a `received` just before the newer one's, so that every order of
arrival ends in the same answer. When it was issued stays in the column `issued`.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from longwatch.exchange.shelf import Row

_TICK = timedelta(microseconds=1)
_RANK = {"preliminary": 0, "final": 1, "corrected": 2, "cancelled": 3}
WITHDRAWN_NOTE = "taken back by the laboratory"


def original_status(row: Row) -> str:
    """The status with which a row was sent (`was` keeps it when it was taken back)."""
    return row.get("was") or row.get("status") or "final"


def content(row: Row) -> tuple[object, ...]:
    """What a result says, without when it came: equal contents are duplicates.

    >>> content({"test": "alt", "value": 5.0, "text": ""}) == content({"test": "alt", "value": 5.0})
    True
    """
    return (
        row.get("date"),
        row.get("test"),
        _number(row.get("value")),
        row.get("comparator") or None,
        _number(row.get("value_high")),
        row.get("text") or None,
        row.get("unit") or None,
        original_status(row),
        row.get("source") or None,
    )


def _number(value: object) -> float | None:
    """A number that may have come back from CSV as text."""
    if value is None or value == "":
        return None
    return float(value)  # type: ignore[arg-type]


def take_back(rows: Iterable[Row], source: str, issued: str | None, note: str) -> int:
    """Cancels the rows of one source that were issued no later than the withdrawal.

    `received` is emptied: the watch lets a cancelled row retract what reached the clinic before it,
    and one laboratory's withdrawal must not retract another's result of the same day.

    Returns:
        How many rows were cancelled.
    """
    cancelled = 0
    for row in rows:
        if row.get("source") != source or row.get("status") == "cancelled":
            continue
        if issued and row.get("issued") and row["issued"] > issued:
            continue
        row["was"] = original_status(row)
        row["status"] = "cancelled"
        row["received"] = None
        row["note"] = "; ".join(filter(None, (row.get("note"), note)))
        cancelled += 1
    return cancelled


def order_versions(rows: list[Row], fresh: set[int], received: datetime) -> None:
    """Gives the new rows of one source, test and day a `received` in the order of issue.

    Inputs:
        rows: every row of that source, test and day.
        fresh: `id()` of the rows filed by this import; the others stay as they are.
        received: when this import reached the clinic.
    """
    versions = [row for row in rows if row.get("received") is not None or id(row) in fresh]
    versions = [row for row in versions if row.get("status") != "cancelled" or not row.get("was")]
    if len(versions) < 2:
        return
    known = all(row.get("issued") for row in versions)
    if not known:
        versions = [row for row in versions if id(row) in fresh]

    def key(row: Row) -> tuple[str, int]:
        return (row["issued"] if known else "", _RANK.get(original_status(row), 1))

    versions.sort(key=key)
    # Forwards: never before an older version. Backwards: never after a newer one that was here.
    before: tuple[tuple[str, int], datetime] | None = None
    for row in versions:
        if id(row) in fresh:
            least = received if before is None else before[1] + _TICK * (key(row) > before[0])
            row["received"] = max(received, least)
        before = key(row), max(row["received"], before[1]) if before else row["received"]
    after: tuple[tuple[str, int], datetime] | None = None
    for row in reversed(versions):
        if after is not None and id(row) in fresh:
            row["received"] = min(row["received"], after[1] - _TICK * (key(row) < after[0]))
        after = key(row), min(row["received"], after[1]) if after else row["received"]


def order_joined(rows: list[Row]) -> None:
    """The same for versions filed under two references of one person: the newest keeps its time.

    Inputs:
        rows: every row of one source, test and day; `received` is changed in place.
    """
    versions = [row for row in rows if row.get("received") is not None]
    if len(versions) < 2 or not all(row.get("issued") for row in versions):
        return
    versions.sort(key=lambda row: (row["issued"], _RANK.get(original_status(row), 1)))
    later = versions[-1]
    for row in reversed(versions[:-1]):
        told_apart = row["issued"] < later["issued"] or original_status(row) != original_status(
            later
        )
        row["received"] = min(row["received"], later["received"] - _TICK * told_apart)
        later = row
