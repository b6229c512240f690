"""The life of an alert, read off its states: what is still to be done, and what happens next.

```
raised ─► seen ─► acted ─► closed          a person, or a later fact where nobody has to act
  │ nobody looks      │ nothing follows
  ▼                   ▼
escalated ─► … ─► nobody-answered          the next deputy each time, then for all to see
closable, value-corrected                  a later fact: told, and left to a person
raised-again                               a new abnormal value, a worse tier, the end of a snooze
```
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import NamedTuple

from longwatch.alerts.clinic import Clinic
from longwatch.core.status import TIERS
from longwatch.store.models import State

_MUST_BE_ACTED_ON = frozenset({"emergency", "same-day"})


def worse(one: str, other: str) -> bool:
    """Whether a tier asks for more haste than another.

    >>> worse("emergency", "week"), worse("week", "week")
    (True, False)
    """
    return _RANK[one] < _RANK[other]


_RANK = {tier.value: place for place, tier in enumerate(TIERS)}


def must_be_acted_on(tier: str) -> bool:
    """Whether somebody must say what was done before an alert of this tier is closed."""
    return tier in _MUST_BE_ACTED_ON


@dataclass(frozen=True, slots=True)
class Life:
    """Where an alert stands.

    Inputs:
        step: number of the newest state; 0: none yet.
        state: the newest state.
        seen, acted: by a person, since it was raised the last time.
        closable: a later fact says that the reason is gone.
        corrected: the value that raised it was taken back or corrected.
        rung: how often it went further since then.
    """

    step: int = 0
    state: str = ""
    seen: bool = False
    acted: bool = False
    closable: bool = False
    corrected: bool = False
    rung: int = 0

    @property
    def closed(self) -> bool:
        """Whether it has ended."""
        return self.state == State.CLOSED

    def then(self, state: str) -> Life:
        """The life after one more step."""
        number = self.step + 1
        if state in (State.RAISED, State.RAISED_AGAIN):
            return Life(number, state)
        seen, acted, closable = self.seen, self.acted, self.closable
        corrected, rung = self.corrected, self.rung
        if state in (State.SEEN, State.ACTED, State.SNOOZED):
            seen, acted, rung = True, acted or state == State.ACTED, 0
        elif state in (State.ESCALATED, State.NOBODY_ANSWERED):
            rung += 1
        elif state == State.CLOSABLE:
            closable = True
        elif state == State.VALUE_CORRECTED:
            # Whoever saw or acted on the old value must hear of it.
            seen, corrected, rung = False, True, 0
        return Life(number, state, seen, acted, closable, corrected, rung)


def lived(states: Iterable[str]) -> Life:
    """The life after these states, in order.

    >>> lived(["raised", "seen", "escalated"]).seen
    True
    """
    life = Life()
    for state in states:
        life = life.then(state)
    return life


class Waiting(NamedTuple):
    """What decides how long an alert may wait."""

    protocol: str | None
    tier: str
    historic: bool


def next_moment(clinic: Clinic, waiting: Waiting, life: Life, at: datetime) -> datetime | None:
    """When something happens by itself after the newest step; None when it is closed.

    Inputs:
        clinic: hours and protocols.
        waiting: what decides how long; a historic alert waits like a routine one.
        life: with the newest step.
        at: when that step was.
    """
    if life.closed:
        return None
    tier = TIERS[-1].value if waiting.historic else waiting.tier
    rung = clinic.rung(waiting.protocol, tier)
    if not life.seen:
        wait = rung.seen_within
    elif not life.acted:
        wait = rung.acted_within
    else:
        wait = rung.closed_within
    return clinic.hours.after(at, wait, always=rung.hours == "always")
