"""What has come in: when a laboratory was last heard, and what waits for a person."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any, NamedTuple

from longwatch.alerts.asking import ask
from longwatch.store.models import Message
from longwatch.store.plainly import moment


class ComeIn(NamedTuple):
    """The feed at one moment.

    Inputs:
        heard: when the newest message came that was taken; None: none ever.
        filed: when the newest result was filed; None: none ever.
        held: how many things wait at the desk.
        unsigned: how many results wait to be signed off. late: of them, for too long.
    """

    heard: datetime | None
    filed: datetime | None
    held: int
    unsigned: int
    late: int


# The newest by key, which grows with time and has an index. One query: each costs more to ask
# than to answer.
_QUERY = f"""
    SELECT (SELECT received_at FROM store_message WHERE state <> '{Message.State.REFUSED}'
            ORDER BY id DESC LIMIT 1),
        (SELECT filed_at FROM store_result ORDER BY id DESC LIMIT 1),
        (SELECT COUNT(*) FROM store_helditem WHERE resolved_at IS NULL),
        (SELECT COUNT(*) FROM store_inboxitem),
        (SELECT COUNT(*) FROM store_inboxitem WHERE arrived_at < %s)
"""  # noqa: S608 (own words)


def come_in(late: datetime) -> ComeIn:
    """The feed now.

    Inputs:
        late: a result that arrived before has waited too long.
    """
    ((heard, filed, *counts),) = ask(_QUERY, [moment(late)])
    return ComeIn(_time(heard), _time(filed), *counts)


def _time(cell: Any) -> datetime | None:
    """A moment as the database keeps it; SQLite keeps UTC, and does not say so."""
    found: datetime | None = datetime.fromisoformat(cell) if isinstance(cell, str) else cell
    if found is not None and found.tzinfo is None:
        return found.replace(tzinfo=UTC)
    return found
