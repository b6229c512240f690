"""When to call: the protocol's red flags by what to do, as the person reads them.

What can only come soon after an infusion stands apart once that time is over: a long list hides
the signs that count today.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from longwatch.core.status import Tier
from longwatch.protocols.model import AllOf, InfusionCondition, RedFlag
from longwatch.web.dossier import Dossier
from longwatch.web.told import Told


@dataclass(frozen=True, slots=True)
class Sign:
    """A red flag in the language of the page; what is suspected stays in the doctors' words."""

    signs: str
    tell: str
    suspects: Sequence[str]


@dataclass(frozen=True, slots=True)
class Help:
    """Signs by what to do; emergencies first.

    Inputs:
        after_infusion: emergencies and signs of the same day whose time after the newest infusion
            is over; they count again after the next.
        later: what can wait for a day or more, with how long.
    """

    ambulance: Sequence[Sign]
    same_day: Sequence[Sign]
    after_infusion: Sequence[Sign]
    later: Sequence[Sign]


def when_to_call(dossier: Dossier) -> Help:
    """The protocol's red flags, in the order in which they stand there."""
    told = Told(dossier.pack)
    days = [row["date"] for row in dossier.infusions]
    over = {flag.id for flag in dossier.pack.red_flags if is_over(flag, days, dossier.as_of)}

    def of(tiers: Sequence[str], past: bool) -> list[Sign]:
        return [
            Sign(told.say(flag.signs), told.say(flag.tell), flag.suspects)
            for flag in dossier.pack.red_flags
            if flag.tier in tiers and (flag.id in over) == past
        ]

    emergency, today = (Tier.EMERGENCY.value,), (Tier.SAME_DAY.value,)
    rest = [tier.value for tier in Tier if tier.value not in (*emergency, *today)]
    return Help(
        of(emergency, False),
        of(today, False),
        of((*emergency, *today), True),
        [*of(rest, False), *of(rest, True)],
    )


def is_over(flag: RedFlag, infusions: Sequence[date], as_of: date) -> bool:
    """Whether a flag asks for an infusion that was too long ago; never without a known infusion."""
    parts = flag.when.all if isinstance(flag.when, AllOf) else (flag.when,)
    spans = [one.infusion_within_days for one in parts if isinstance(one, InfusionCondition)]
    if not spans or not infusions:
        return False
    return (as_of - max(infusions)).days > min(spans)
