"""The work of `longwatch protocol upgrade`."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any

from longwatch.cli.clinic_store import open_store
from longwatch.cli.options import today
from longwatch.cli.output import hint, print_grid, print_json, print_line

if TYPE_CHECKING:
    from longwatch.store.protocol_change import Proposal

_NOTHING = "nothing"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What was asked on the command line; see `longwatch protocol upgrade --help`."""

    old: str
    new: str
    apply: bool = False
    by: str = ""
    reason: str = ""


def run(wanted: Wanted, as_of: date | None, database: str | None, json: bool) -> None:
    """Shows what would change, and does it where that was asked for.

    Raises:
        UsageError, ProtocolError: nothing was changed.
    """
    open_store(database)
    from longwatch.store.protocol_change import apply, propose

    day = as_of or today()
    proposal = propose(wanted.old, wanted.new, day)
    done = 0
    if wanted.apply:
        now = datetime.now(UTC)
        done = apply(proposal, by=wanted.by, reason=wanted.reason, since=day, at=now)
    if json:
        print_json(
            {
                "from": {"id": proposal.old.id, "version": proposal.old.version},
                "to": {"id": proposal.new.id, "version": proposal.new.version},
                "digest": proposal.digest,
                "as_of": day,
                "patients": len(proposal.patients),
                "changes": [asdict(change) for change in proposal.changes],
                "applied": done,
            }
        )
        return
    _show(proposal)
    if wanted.apply:
        print_line(f"Done: {done} people are watched by {wanted.new} from {day} on.")
    else:
        hint("Nothing was changed. With --apply --by USER --reason WHY it is done.")


def _show(proposal: Proposal) -> None:
    head = ("Patient", "What", "Item", "Day", "Now", "Then")
    rows = [
        (one.patient, one.kind, one.item, one.on, _words(one.before), _words(one.after))
        for one in proposal.changes
    ]
    if rows:
        print_grid(head, rows)
    touched = len({one.patient for one in proposal.changes})
    kinds = Counter(one.kind for one in proposal.changes)
    lost = sum(one.kind == "finding" and one.after is None for one in proposal.changes)
    print_line(
        f"{len(proposal.patients)} people are concerned, {touched} of them would see a change: "
        f"{kinds['date']} dates, {kinds['finding']} findings ({lost} of these would vanish)."
    )


def _words(told: dict[str, Any] | None) -> str:
    if told is None:
        return _NOTHING
    return ", ".join(f"{name} {_NOTHING if cell is None else cell}" for name, cell in told.items())
