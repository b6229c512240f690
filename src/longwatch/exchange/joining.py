"""Two references of one person read as one: the facts of both as if one person had them all along.

What was filed stays as it is under either reference; these functions work on copies that are read.
They do to rows of two references what filing does to those of one: what was said twice stands once,
what was taken back under one reference no longer counts under the other, versions are in order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from longwatch.exchange.courses import count_courses
from longwatch.exchange.filing_dated import event_content, infusion_age, infusion_content
from longwatch.exchange.shelf import Row
from longwatch.exchange.versions import (
    WITHDRAWN_NOTE,
    content,
    order_joined,
    original_status,
    take_back,
)

CANCELLED_NOTE = "cancelled by the laboratory"


def join_results(rows: Sequence[Row], withdrawals: Mapping[str, Sequence[str]]) -> list[Row]:
    """Results of one person from those of several references.

    Inputs:
        rows: of all references, changed in place.
        withdrawals: when (ISO text, or '') the laboratory took back what has a source.
    """
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        known = kept.setdefault(content(row), row)
        if known is not row:
            _same_said(known, row)
    groups: dict[tuple[Any, ...], list[Row]] = {}
    for row in kept.values():
        groups.setdefault((row["date"], row["test"]), []).append(row)
    for group in groups.values():
        _cancel(group, withdrawals)
        sources: dict[Any, list[Row]] = {}
        for row in group:
            sources.setdefault(row.get("source"), []).append(row)
        for versions in sources.values():
            order_joined(versions)
    return list(kept.values())


def _same_said(known: Row, row: Row) -> None:
    """One content under two references: the newest issue counts, the first arrival, a taking back.

    A row that was taken back has lost its time of arrival; then the other must lose it, too.
    """
    if (row.get("issued") or "") > (known.get("issued") or ""):
        known["issued"] = row["issued"]
    if row.get("status") == "cancelled" and known.get("status") != "cancelled":
        if not _issued_after(known, row):
            known |= {name: row.get(name) for name in ("status", "was", "note", "received")}
    elif known.get("received") and row.get("received"):
        known["received"] = min(known["received"], row["received"])


def _issued_after(one: Row, other: Row) -> bool:
    return bool(other.get("issued") and (one.get("issued") or "") > other["issued"])


def _cancel(group: list[Row], withdrawals: Mapping[str, Sequence[str]]) -> None:
    """Takes back what a withdrawal or a cancelled specimen of the other reference speaks of."""
    for row in group:
        source = row.get("source")
        if not source:
            continue
        for when in withdrawals.get(source, ()):
            take_back([row], source, when or None, WITHDRAWN_NOTE)
    gone = [row for row in group if original_status(row) == "cancelled"]
    for row in gone:
        source = row.get("source")
        same = [one for one in group if one.get("source") == source and one is not row]
        if not source or len(same) + 1 == len(group):
            continue
        take_back(same, source, row.get("issued"), CANCELLED_NOTE)
        row["received"] = None


def join_infusions(rows: Sequence[Row]) -> list[Row]:
    """Infusions of one person: the newest version of each administration, courses counted anew."""
    kept: list[Row] = []
    for row in sorted(rows, key=infusion_age, reverse=True):
        said = infusion_content(row)
        if any(
            infusion_content(known) == said
            or (row.get("source") and known.get("source") == row["source"])
            for known in kept
        ):
            continue
        kept.append(row)
    kept.sort(key=lambda row: row["date"])
    count_courses(kept)
    return kept


def join_events(rows: Sequence[Row], withdrawals: Mapping[str, Sequence[str]]) -> list[Row]:
    """Events of one person: each once, none that was taken back."""
    kept: dict[tuple[Any, ...], Row] = {}
    for row in rows:
        if not row.get("source") or row["source"] not in withdrawals:
            kept.setdefault(event_content(row), row)
    return list(kept.values())
