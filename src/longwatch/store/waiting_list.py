"""What waits for a person, as lists to be read; nothing is changed here but the audit log."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from django.db import transaction

from longwatch.core.errors import Problem, UsageError
from longwatch.core.held import HeldReason
from longwatch.exchange.intake import IdentityFact, Person
from longwatch.exchange.payload import unpack_fact
from longwatch.store.audit import record_audit
from longwatch.store.models import HeldItem, LearnedAlias
from longwatch.store.people_at_hand import people_at_hand

_COLUMNS = ("key", "table", "source", "where", "reason", "detail", "mend", "patient", "filed_at")
_SECONDS_OF_AN_HOUR = 3600


def waiting(
    now: datetime, *, reason: HeldReason | None = None, patient: str | None = None
) -> list[dict[str, Any]]:
    """Everything that waits, the oldest first.

    Inputs:
        now: with a time zone; ages count to it.
        reason, patient: only those.

    Returns:
        One row for each: the columns of `held`, `since`, and `hours` for how long it waits.
    """
    found = HeldItem.objects.filter(resolved_at=None).order_by("filed_at", "id")
    if reason is not None:
        found = found.filter(reason=reason)
    if patient is not None:
        found = found.filter(patient=patient)
    return [_row(cells, now) for cells in found.values(*_COLUMNS)]


def shown(key: str, *, by: str, now: datetime) -> dict[str, Any]:
    """One held item whole, with the people whom it may mean beside what it says of them.

    Inputs:
        by: who reads it, for the audit log.

    Returns:
        The row of `waiting`, `raw`, how it was resolved, `said` (one or two people as sent) and
        `here` (the patients with one of their numbers).

    Raises:
        UsageError: nothing has this key.
    """
    with transaction.atomic():
        item = HeldItem.objects.filter(key=key).first()
        if item is None:
            raise UsageError(
                Problem(f"nothing is held under {key!r}", how="see the list: longwatch desk list")
            )
        row = _row({name: getattr(item, name) for name in _COLUMNS}, now)
        said = _people(item)
        here, _ = people_at_hand(said)
        record_audit("read", actor=by, at=now, kind="held", target=key, patient=item.patient)
    row["raw"] = item.raw
    row["resolved"] = item.resolution and (
        f"{item.resolution} by {item.resolved_by}: {item.resolution_reason}"
    )
    row["said"] = [_told(who) for who in said]
    row["here"] = [
        {
            **{name: _plain(value) for name, value in one.items() if name != "ms_onset"},
            "numbers": sorted(
                f"{value} of {authority}"
                for authority, values in here.numbers.get(name, {}).items()
                for value in values
            ),
            "read_under": here.joined.get(name),
        }
        for name, one in sorted(here.rows.items())
    ]
    return row


def taught() -> list[dict[str, Any]]:
    """What persons taught and nobody withdrew; `confirmed_by` is empty while it does not count."""
    found = LearnedAlias.objects.filter(withdrawn_at=None).order_by("id")
    columns = ("id", "kind", "laboratory", "said", "test", "meaning", "reason")
    names = ("author__username", "confirmed_by__username")
    return [
        {
            **{name: row[name] for name in columns},
            "author": row[names[0]],
            "confirmed_by": row[names[1]],
        }
        for row in found.values(*columns, *names)
    ]


def _row(cells: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    row = dict(cells)
    since = row.pop("filed_at")
    hours = int((now - since).total_seconds() // _SECONDS_OF_AN_HOUR)
    return {**row, "since": since, "hours": max(hours, 0)}


def _people(item: HeldItem) -> list[Person]:
    if not item.payload:
        return []
    fact = unpack_fact(item.payload, "")
    return [fact.who, fact.before] if isinstance(fact, IdentityFact) else [fact.who]


def _told(who: Person) -> dict[str, Any]:
    return {
        "name": who.name,
        "birth_date": _plain(who.birth_date),
        "sex": who.sex,
        "numbers": [f"{value} of {authority}" for authority, value in who.identifiers],
    }


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value
