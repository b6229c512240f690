"""What a leg of a rule finds among the facts of a span of days."""

from __future__ import annotations

import numpy as np

from longwatch.watch.facts import GIVEN, NONE, Events, Infusions, Values
from longwatch.watch.logic import FALSE, TRUE
from longwatch.watch.program import EVENT_LEG, INFUSION_LEG, TEST_LEG, Legs


def leg_in_span(
    legs: Legs,
    values: Values,
    met: np.ndarray,
    events: Events,
    infusions: Infusions,
    patient: int,
    leg: int,
    spot: int,
    since: int,
    day: int,
) -> int:
    """The best answer of a leg over the facts dated in `[since, day]`."""
    best = FALSE
    if legs.kind[leg] == TEST_LEG:
        for place in range(values.at[legs.test[leg]], values.at[legs.test[leg] + 1]):
            if since <= values.day[place] <= day:
                best = max(best, met[spot, place])
    elif legs.kind[leg] == INFUSION_LEG:
        for row in range(infusions.begin[patient], infusions.end[patient]):
            if infusions.status[row] == GIVEN and day - legs.days[leg] <= infusions.day[row] <= day:
                best = TRUE
    else:
        for row in range(events.begin[patient], events.end[patient]):
            if (
                since <= events.day[row] <= day
                and events.meets[events.pair[row], legs.pattern[leg]]
            ):
                best = TRUE
    return best


def leg_runs(
    legs: Legs, events: Events, patient: int, leg: int, since: int, day: int, as_of: int
) -> bool:
    """Has an event in `[since, day]` that meets an event leg not ended by `as_of`?"""
    if legs.kind[leg] != EVENT_LEG:
        return False
    for row in range(events.begin[patient], events.end[patient]):
        if (
            since <= events.day[row] <= day
            and events.meets[events.pair[row], legs.pattern[leg]]
            and (events.ends[row] == NONE or events.ends[row] > as_of)
        ):
            return True
    return False
